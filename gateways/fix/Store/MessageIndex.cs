using System.Collections.Generic;

namespace HftEngine.Fix.Store;

/// <summary>Where each kept message stands: pages of places by number, made as the numbers come.</summary>
internal sealed class MessageIndex
{
    public const int MaxMessageBytes = 1 << LengthBits;

    private const int PageBits = 12;
    private const int PageMask = (1 << PageBits) - 1;
    private const int LengthBits = 20;

    private readonly List<long[]?> _pages = [];

    public void Add(long number, long at, int length)
    {
        int page = (int)(number >> PageBits);
        while (_pages.Count <= page)
        {
            _pages.Add(null);
        }

        // The place in the file and the length share a word: sixteen bytes a message would be twice the
        // memory.
        (_pages[page] ??= new long[PageMask + 1])[number & PageMask] = (at << LengthBits) | (uint)length;
    }

    /// <summary>Length 0 when nothing is kept under a number.</summary>
    public (long At, int Length) Find(long number)
    {
        long page = number >> PageBits;
        long word = page >= 0 && page < _pages.Count ? _pages[(int)page]?[number & PageMask] ?? 0 : 0;
        return (word >> LengthBits, (int)(word & ((1 << LengthBits) - 1)));
    }

    public void Clear() => _pages.Clear();
}
