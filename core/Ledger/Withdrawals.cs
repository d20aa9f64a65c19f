using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core.Ledger;

/// <summary>A withdrawal between its request and its end: one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct Withdrawal
{
    /// <summary>Serial &lt;&lt; 32 | place; 0 = the place is free.</summary>
    [FieldOffset(0)]
    public ulong Id;

    [FieldOffset(8)]
    public long Amount;

    [FieldOffset(16)]
    public uint AccountId;

    [FieldOffset(20)]
    public uint CurrencyId;

    [FieldOffset(24)]
    public ClientOrderId Reference;

    [FieldOffset(60)]
    public WithdrawalStatus Status;
}

/// <summary>Withdrawals that are not finished. A new one takes the lowest free place, so the places are their own state.</summary>
internal struct Withdrawals : IDisposable
{
    private readonly NativeArray<Withdrawal> _rows;

    /// <summary>No place below this one is free.</summary>
    private uint _noneFreeBelow;

    public Withdrawals(uint capacity)
    {
        _rows = new NativeArray<Withdrawal>(capacity);
        _noneFreeBelow = 0;
    }

    /// <summary>How many were ever requested.</summary>
    public uint LastSerial { get; set; }

    public readonly ref Withdrawal this[uint slot] => ref _rows[slot];

    /// <summary>Gives the row its id; false: no place is free.</summary>
    public bool TryAdd(ref Withdrawal row)
    {
        uint slot = _noneFreeBelow;
        while (slot < _rows.Length && _rows[slot].Id != 0)
        {
            slot++;
        }

        _noneFreeBelow = slot;
        if (slot == _rows.Length || LastSerial == uint.MaxValue)
        {
            return false;
        }

        row.Id = ((ulong)++LastSerial << 32) | (slot + 1);
        _rows[slot] = row;
        return true;
    }

    /// <summary>Slot of the withdrawal; false: it is not known, or is finished.</summary>
    public readonly bool TryFind(ulong id, out uint slot)
    {
        slot = (uint)id - 1;
        return id != 0 && slot < _rows.Length && _rows[slot].Id == id;
    }

    public void Remove(uint slot)
    {
        _rows[slot] = default;
        _noneFreeBelow = Math.Min(_noneFreeBelow, slot);
    }

    public readonly void Restore(in Withdrawal row) => _rows[(uint)row.Id - 1] = row;

    public readonly void Save(ref StateWriter state)
    {
        state.Begin(StateSection.Withdrawals);
        if (LastSerial != 0)
        {
            state.Word((ulong)LastSerial);
            for (uint slot = 0; slot < _rows.Length; slot++)
            {
                if (_rows[slot].Id != 0)
                {
                    state.Word((ulong)slot + 1);
                    state.Row(in _rows[slot]);
                }
            }

            state.EndList();
        }

        state.End();
    }

    public readonly void Dispose() => _rows.Dispose();
}
