using System;
using System.Collections.Generic;
using System.Text;

namespace HftEngine.Server.Tapes;

/// <summary>Names of instruments in the order in which a tape first mentions them.</summary>
internal sealed class SymbolTable
{
    /// <summary>The engine's symbols are no longer than this.</summary>
    public const int MaxLength = 24;

    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public SymbolTable() => _lookup = _indexes.GetAlternateLookup<ReadOnlySpan<char>>();

    public int Count => _names.Count;

    public string this[int index] => _names[index];

    /// <summary>Index of a name of at most <see cref="MaxLength"/> characters; a new one is added.</summary>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        Span<char> characters = stackalloc char[MaxLength];
        int length = Encoding.Latin1.GetChars(name, characters);
        return _lookup.TryGetValue(characters[..length], out int index) ? index : Add(characters[..length]);
    }

    private int Add(ReadOnlySpan<char> name)
    {
        string text = name.ToString();
        _indexes.Add(text, _names.Count);
        _names.Add(text);
        return _names.Count - 1;
    }
}
