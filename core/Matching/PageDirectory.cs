using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Matching;

/// <summary>Finds the page of a price: open addressing over (book side, page key), linear probing, shift on deletion.</summary>
internal unsafe struct PageDirectory : IDisposable
{
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    internal struct Entry
    {
        [FieldOffset(0)]
        public long Key;

        [FieldOffset(8)]
        public uint BookSide;

        /// <summary>0 = empty.</summary>
        [FieldOffset(12)]
        public uint Page;
    }

    private readonly NativeArray<Entry> _entries;
    private readonly Entry* _table;
    private readonly uint _mask;
    private readonly int _shift;

    /// <param name="maxPages">The table is at most half full.</param>
    public PageDirectory(uint maxPages)
    {
        uint size = Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2(maxPages * 2));
        _entries = new NativeArray<Entry>(size);
        _table = _entries.Pointer;
        _mask = size - 1;
        _shift = 64 - System.Numerics.BitOperations.Log2(size);
    }

    /// <summary>Page of the key, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(uint bookSide, long key)
    {
        uint at = Home(bookSide, key);
        while (true)
        {
            Entry* entry = _table + at;
            if (entry->Key == key && entry->BookSide == bookSide && entry->Page != 0)
            {
                return entry->Page;
            }

            if (entry->Page == 0)
            {
                return 0;
            }

            at = (at + 1) & _mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* HomeEntry(uint bookSide, long key) => _table + Home(bookSide, key);

    public void Insert(uint bookSide, long key, uint page)
    {
        uint at = Home(bookSide, key);
        while (_table[at].Page != 0)
        {
            at = (at + 1) & _mask;
        }

        _table[at] = new Entry { Key = key, BookSide = bookSide, Page = page };
    }

    public void Remove(uint bookSide, long key)
    {
        uint hole = Home(bookSide, key);
        while (_table[hole].Key != key || _table[hole].BookSide != bookSide || _table[hole].Page == 0)
        {
            Invariant.Require(_table[hole].Page != 0);
            hole = (hole + 1) & _mask;
        }

        // Entries behind the hole move up when their probe run passes over it, so that no tombstone is ever needed.
        uint at = hole;
        while (true)
        {
            at = (at + 1) & _mask;
            if (_table[at].Page == 0)
            {
                break;
            }

            uint home = Home(_table[at].BookSide, _table[at].Key);
            if (((at - home) & _mask) >= ((at - hole) & _mask))
            {
                _table[hole] = _table[at];
                hole = at;
            }
        }

        _table[hole] = default;
    }

    public void Clear() => _entries.Clear();

    public readonly void Dispose() => _entries.Dispose();

    /// <summary>Four adjacent pages share a cache line: the low two bits of the key stay, the rest is multiplied out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Home(uint bookSide, long key)
    {
        ulong mixed = ((ulong)(key >> 2) + (bookSide * 0xC2B2AE3D27D4EB4FUL)) * 0x9E3779B97F4A7C15UL;
        return ((uint)(mixed >> _shift) & ~3u) | ((uint)key & 3u);
    }
}
