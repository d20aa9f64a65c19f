using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>
/// Positions of all accounts: rows in the order in which they were made, and an index by account, instrument and leg
/// with open addressing. A position keeps its row for ever.
/// </summary>
/// <remarks>
/// A position takes 128 bytes of row and, at twice to four times as many places as positions, 8 to 16 bytes of index.
/// Its lots take 32 bytes each.
/// </remarks>
internal unsafe struct Positions : IDisposable
{
    private readonly NativeArray<PositionRecord> _memory;
    private readonly NativeArray<uint> _indexMemory;
    private readonly PositionRecord* _rows;
    private readonly uint* _index;
    private readonly uint _mask;
    private readonly int _shift;
    private readonly uint _capacity;

    /// <param name="maxPositions">Rows 1 … maxPositions.</param>
    public Positions(uint maxPositions)
    {
        uint size = Math.Max(64, BitOperations.RoundUpToPowerOf2(checked(maxPositions * 2)));
        _memory = new NativeArray<PositionRecord>(maxPositions + 1);
        _indexMemory = new NativeArray<uint>(size);
        _rows = _memory.Pointer;
        _index = _indexMemory.Pointer;
        _mask = size - 1;
        _shift = 64 - BitOperations.Log2(size);
        _capacity = maxPositions;
        Count = 0;
    }

    public uint Count { get; private set; }

    public readonly bool HasRoom => Count < _capacity;

    public readonly ref PositionRecord this[uint row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _rows[row];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong KeyOf(uint accountId, uint instrumentId, uint leg) =>
        accountId | ((ulong)instrumentId << 33) | ((ulong)leg << 32);

    /// <summary>Row of the position, or 0 when the account never had it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Find(ulong key)
    {
        for (uint at = Home(key);; at = (at + 1) & _mask)
        {
            uint row = _index[at];
            if (row == 0 || _rows[row].Key == key)
            {
                return row;
            }
        }
    }

    /// <summary>Makes the row of a position that is not there. The caller has asked <see cref="HasRoom"/>.</summary>
    public uint Add(ulong key)
    {
        Invariant.Require(Count < _capacity);
        uint at = Home(key);
        while (_index[at] != 0)
        {
            at = (at + 1) & _mask;
        }

        uint row = ++Count;
        _index[at] = row;
        _rows[row].Key = key;
        return row;
    }

    /// <summary>Where the search for the key starts, and the row that stands there: hints for fetching ahead.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint* HomePlace(ulong key) => _index + Home(key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void* RowLine(uint row) => _rows + row;

    public readonly void Dispose()
    {
        _memory.Dispose();
        _indexMemory.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(ulong key) => (uint)((key * 0x9E3779B97F4A7C15UL) >> _shift);
}
