using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Ledger;

/// <summary>What an account has of one currency, in the currency's units.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct Balance
{
    public const int SizeBytes = 32;

    [FieldOffset(0)]
    public uint AccountId;

    [FieldOffset(4)]
    public uint CurrencyId;

    /// <summary>Free to trade or withdraw; never negative.</summary>
    [FieldOffset(8)]
    public long Available;

    /// <summary>Reserved for resting orders; never negative.</summary>
    [FieldOffset(16)]
    public long Held;

    /// <summary>Asked to be withdrawn, and no longer free; never negative.</summary>
    [FieldOffset(24)]
    public long Pending;
}

/// <summary>Balances of all accounts: open addressing over (account, currency). A balance keeps its slot for ever.</summary>
internal unsafe struct Balances : IDisposable
{
    private readonly NativeArray<Balance> _entries;
    private readonly Balance* _table;
    private readonly uint _mask;
    private readonly int _shift;
    private readonly uint _capacity;

    public Balances(uint maxBalances)
    {
        _capacity = maxBalances;
        uint size = Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2(maxBalances * 2));
        _entries = new NativeArray<Balance>(size + 1);
        _table = _entries.Pointer;
        _mask = size - 1;
        _shift = 64 - System.Numerics.BitOperations.Log2(size);
        Count = 0;
    }

    public uint Count { get; private set; }

    public readonly Balance* Rows => _table;

    public readonly ref Balance this[uint slot]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _table[slot];
    }

    /// <summary>Slot of the balance; made empty when it is not there. False: no room for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryFindOrAdd(uint accountId, uint currencyId, out uint slot)
    {
        slot = Home(accountId, currencyId);
        ulong wanted = accountId | ((ulong)currencyId << 32);
        while (true)
        {
            ulong key = *(ulong*)(_table + slot);
            if (key == wanted)
            {
                return true;
            }

            if (key == 0)
            {
                return TryAdd(accountId, currencyId, slot);
            }

            slot = (slot + 1) & _mask;
        }
    }

    /// <summary>Slot of the balance; false when the account never had that currency.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryFind(uint accountId, uint currencyId, out uint slot)
    {
        slot = Home(accountId, currencyId);
        ulong wanted = accountId | ((ulong)currencyId << 32);
        while (true)
        {
            ulong key = *(ulong*)(_table + slot);
            if (key == wanted)
            {
                return true;
            }

            if (key == 0)
            {
                return false;
            }

            slot = (slot + 1) & _mask;
        }
    }

    /// <summary>As if the balance that was added last had not been; it must be zero.</summary>
    public void RemoveLast(uint slot)
    {
        Invariant.Require((_table[slot].Available | _table[slot].Held | _table[slot].Pending) == 0);
        _table[slot] = default;
        Count--;
    }

    /// <summary>A row that belongs to nobody and stays zero: stands in for a balance that there is no room for.</summary>
    public readonly uint Nobody => _mask + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void* HomeLine(uint accountId, uint currencyId) => _table + Home(accountId, currencyId);

    public readonly void Dispose() => _entries.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryAdd(uint accountId, uint currencyId, uint slot)
    {
        if (Count == _capacity)
        {
            return false;
        }

        Count++;
        _table[slot].AccountId = accountId;
        _table[slot].CurrencyId = currencyId;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Home(uint accountId, uint currencyId) =>
        (uint)(((accountId | ((ulong)currencyId << 32)) * 0x9E3779B97F4A7C15UL) >> _shift);
}
