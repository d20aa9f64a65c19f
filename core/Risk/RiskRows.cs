using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using HftEngine.Core.Memory;
using HftEngine.Schemas;

namespace HftEngine.Core.Risk;

/// <summary>
/// Rows 1 … Count in the order in which they came, found by (level, id, action) through an index with open addressing. A row
/// stays for ever.
/// </summary>
internal unsafe struct RiskRows : IDisposable
{
    private readonly NativeArray<RiskRow> _rowMemory;
    private readonly NativeArray<uint> _indexMemory;
    private readonly RiskRow* _rows;
    private readonly uint* _index;
    private readonly uint _mask;
    private readonly int _shift;
    private readonly uint _capacity;

    public RiskRows(uint maxRows)
    {
        _capacity = maxRows;
        _rowMemory = new NativeArray<RiskRow>(maxRows + 1);
        _rows = _rowMemory.Pointer;
        uint size = Math.Max(64, BitOperations.RoundUpToPowerOf2(maxRows * 2));
        _indexMemory = new NativeArray<uint>(size);
        _index = _indexMemory.Pointer;
        _mask = size - 1;
        _shift = 64 - BitOperations.Log2(size);
        Count = 0;
    }

    public uint Count { get; private set; }

    /// <summary>Rows that can still be added.</summary>
    public readonly uint Room => _capacity - Count;

    public readonly RiskRow* this[uint row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _rows + row;
    }

    /// <summary>The row; 0 = there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Find(RiskLevel level, uint targetId, RiskAction action = RiskAction.Reject)
    {
        uint at = Home(level, targetId, action);
        while (true)
        {
            uint row = _index[at];
            if (row == 0
                || (_rows[row].TargetId == targetId && _rows[row].Level == level && _rows[row].Action == action))
            {
                return row;
            }

            at = (at + 1) & _mask;
        }
    }

    /// <summary>The row, made on first use; 0 = no room.</summary>
    public uint FindOrAdd(RiskLevel level, uint targetId, RiskAction action = RiskAction.Reject)
    {
        uint row = Find(level, targetId, action);
        if (row != 0 || Count == _capacity)
        {
            return row;
        }

        row = ++Count;
        _rows[row] = new RiskRow { Level = level, TargetId = targetId, Action = action };
        _rows[row].LiftCommon();
        uint at = Home(level, targetId, action);
        while (_index[at] != 0)
        {
            at = (at + 1) & _mask;
        }

        _index[at] = row;
        return row;
    }

    public readonly void Dispose()
    {
        _rowMemory.Dispose();
        _indexMemory.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(RiskLevel level, uint targetId, RiskAction action) =>
        (uint)(((targetId | ((ulong)level << 32) | ((ulong)action << 40)) * 0x9E3779B97F4A7C15UL) >> _shift);
}
