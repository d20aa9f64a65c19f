using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;
using HftEngine.Schemas;

namespace HftEngine.Core.Risk;

/// <summary>Whether somebody may trade something. None: nothing is said.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct PermissionRow
{
    [FieldOffset(0)]
    public uint TargetId;

    /// <summary>Instrument or instrument group.</summary>
    [FieldOffset(4)]
    public uint ObjectId;

    [FieldOffset(8)]
    public RiskLevel Level;

    /// <summary>1 = the object is an instrument group.</summary>
    [FieldOffset(9)]
    public byte ByGroup;

    [FieldOffset(10)]
    public Permission Permission;
}

/// <summary>Permissions 1 … Count in the order in which they came, found through an index with open addressing.</summary>
internal unsafe struct Permissions : IDisposable
{
    private readonly NativeArray<PermissionRow> _rowMemory;
    private readonly NativeArray<uint> _indexMemory;
    private readonly PermissionRow* _rows;
    private readonly uint* _index;
    private readonly uint _mask;
    private readonly int _shift;
    private readonly uint _capacity;

    public Permissions(uint maxPermissions)
    {
        _capacity = maxPermissions;
        _rowMemory = new NativeArray<PermissionRow>(maxPermissions + 1);
        uint size = Math.Max(64, BitOperations.RoundUpToPowerOf2(maxPermissions * 2));
        _indexMemory = new NativeArray<uint>(size);
        _rows = _rowMemory.Pointer;
        _index = _indexMemory.Pointer;
        _mask = size - 1;
        _shift = 64 - BitOperations.Log2(size);
        Count = 0;
    }

    public uint Count { get; private set; }

    public readonly PermissionRow* this[uint row] => _rows + row;

    /// <summary>What is said; None when nothing is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Permission Of(RiskLevel level, uint targetId, byte byGroup, uint objectId) =>
        _rows[_index[Place(level, targetId, byGroup, objectId)]].Permission;

    /// <summary>The row, made on first use; 0 = no room.</summary>
    public uint FindOrAdd(RiskLevel level, uint targetId, byte byGroup, uint objectId)
    {
        uint at = Place(level, targetId, byGroup, objectId);
        if (_index[at] != 0 || Count == _capacity)
        {
            return _index[at];
        }

        uint row = ++Count;
        _index[at] = row;
        _rows[row] = new PermissionRow { Level = level, TargetId = targetId, ByGroup = byGroup, ObjectId = objectId };
        return row;
    }

    public readonly void Dispose()
    {
        _rowMemory.Dispose();
        _indexMemory.Dispose();
    }

    /// <summary>Place of the row in the index, or the empty place where it would stand.</summary>
    private readonly uint Place(RiskLevel level, uint targetId, byte byGroup, uint objectId)
    {
        ulong what = ((ulong)objectId << 32) | targetId;
        ulong who = (ulong)level | ((ulong)byGroup << 8);
        uint at = (uint)(((what ^ (who * 0xC2B2AE3D27D4EB4FUL)) * 0x9E3779B97F4A7C15UL) >> _shift) & _mask;
        while (true)
        {
            PermissionRow* row = _rows + _index[at];
            bool found = row->TargetId == targetId && row->ObjectId == objectId
                && row->Level == level && row->ByGroup == byGroup;
            if (_index[at] == 0 || found)
            {
                return at;
            }

            at = (at + 1) & _mask;
        }
    }
}
