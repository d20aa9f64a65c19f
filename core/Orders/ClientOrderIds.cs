using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using HftEngine.Core.Memory;
using HftEngine.Schemas;

namespace HftEngine.Core.Orders;

/// <summary>One remembered client order id and what became of its order: one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct RememberedId
{
    /// <summary>In <see cref="Chain"/>: out of the window, kept only as long as the order lives.</summary>
    public const uint OutOfWindow = 1u << 31;

    [FieldOffset(0)]
    public ClientOrderId Id;

    [FieldOffset(36)]
    public uint AccountId;

    /// <summary>Digest of the request's content: a repetition has the same.</summary>
    [FieldOffset(40)]
    public ulong Content;

    /// <summary>The order's id, whose upper half is never zero; or the reject reason.</summary>
    [FieldOffset(48)]
    public ulong Outcome;

    [FieldOffset(56)]
    public uint Hash;

    /// <summary>An earlier id of the same order, or 0, and the mark above; in a free entry, the next free one.</summary>
    [FieldOffset(60)]
    public uint Chain;
}

/// <summary>
/// Client order ids of all accounts: a hash table of 8-byte slots over a slab of entries, and per account a ring with
/// the entries of its last ids. When one more comes the oldest is forgotten, unless its order still rests.
/// </summary>
/// <remarks>Where an id falls in the table is seen by nobody, so the hash may differ from machine to machine.</remarks>
internal unsafe struct ClientOrderIds : IDisposable
{
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    private struct Slot
    {
        [FieldOffset(0)]
        public uint Hash;

        /// <summary>0 = empty.</summary>
        [FieldOffset(4)]
        public uint Entry;
    }

    private readonly NativeArray<Slot> _slotMemory;
    private readonly NativeArray<RememberedId> _entryMemory;
    private readonly NativeRegion _windowMemory;
    private readonly Slot* _slots;
    private readonly RememberedId* _entries;
    private readonly uint* _windows;
    private readonly ulong _seed;
    private readonly uint _mask;
    private readonly uint _windowMask;
    private readonly int _windowShift;
    private readonly uint _maxEntries;
    private uint _free;
    private uint _fresh;

    public ClientOrderIds(EngineLimits limits)
    {
        Invariant.Require(System.Numerics.BitOperations.IsPow2(limits.ClientIdWindow));
        Invariant.Require(limits.MaxClientIds < RememberedId.OutOfWindow);
        uint size = Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2(limits.MaxClientIds * 2));
        _slotMemory = new NativeArray<Slot>(size);
        _entryMemory = new NativeArray<RememberedId>(limits.MaxClientIds + 1);
        _windowMemory = new NativeRegion((long)limits.MaxAccounts * limits.ClientIdWindow * sizeof(uint));
        _slots = _slotMemory.Pointer;
        _entries = _entryMemory.Pointer;
        _windows = (uint*)_windowMemory.Pointer;
        _mask = size - 1;
        _windowMask = limits.ClientIdWindow - 1;
        _windowShift = System.Numerics.BitOperations.Log2(limits.ClientIdWindow);
        _seed = limits.HashSeed;
        _maxEntries = limits.MaxClientIds;
        _free = 0;
        _fresh = 1;
    }

    public readonly RememberedId* Entries => _entries;

    public readonly bool HasFreeEntry
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _free != 0 || _fresh <= _maxEntries;
    }

    /// <summary>All that decides which entry comes next.</summary>
    public readonly (uint Free, uint Fresh) Heads => (_free, _fresh);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint HashOf(byte* id, uint accountId) => ClientIdKey.Hash(id, accountId, _seed);

    /// <summary>Entry that the account's next id pushes out of the window; 0 = the window is not full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint OldestOf(uint accountId, ulong remembered) =>
        _windows[((nuint)accountId << _windowShift) + (remembered & _windowMask)];

    /// <summary>Entry of the account's id, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Find(byte* id, uint accountId, uint hash)
    {
        uint at = hash & _mask;
        while (true)
        {
            Slot slot = _slots[at];
            if (slot.Entry == 0)
            {
                return 0;
            }

            if (slot.Hash == hash)
            {
                RememberedId* entry = _entries + slot.Entry;
                if (entry->AccountId == accountId && ClientIdKey.AreEqual((byte*)&entry->Id, id))
                {
                    return slot.Entry;
                }
            }

            at = (at + 1) & _mask;
        }
    }

    /// <summary>
    /// Remembers an id that is not there, as the youngest of the account's window. The caller has made room.
    /// </summary>
    /// <param name="id">36 bytes.</param>
    /// <param name="accountId">Whose.</param>
    /// <param name="hash">Of both.</param>
    /// <param name="remembered">How many ids the account has had; raised by one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Add(byte* id, uint accountId, uint hash, ref ulong remembered)
    {
        uint index = _free;
        if (index != 0)
        {
            _free = _entries[index].Chain;
        }
        else
        {
            index = _fresh++;
        }

        RememberedId* entry = _entries + index;
        ClientIdKey.Copy((byte*)&entry->Id, id);
        entry->AccountId = accountId;
        entry->Hash = hash;
        entry->Chain = 0;
        _windows[((nuint)accountId << _windowShift) + (remembered & _windowMask)] = index;
        remembered++;
        uint at = hash & _mask;
        while (_slots[at].Entry != 0)
        {
            at = (at + 1) & _mask;
        }

        _slots[at] = new Slot { Hash = hash, Entry = index };
        return index;
    }

    /// <summary>Removes an entry from the table and gives it back.</summary>
    public void Forget(uint index)
    {
        RememberedId* entry = _entries + index;
        uint hole = entry->Hash & _mask;
        while (_slots[hole].Entry != index)
        {
            Invariant.Require(_slots[hole].Entry != 0);
            hole = (hole + 1) & _mask;
        }

        CloseHole(hole);
        entry->AccountId = 0;
        entry->Chain = _free;
        _free = index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchSlot(uint hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_slots + (hash & _mask));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchWindow(uint accountId, ulong remembered)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_windows + ((nuint)accountId << _windowShift) + (remembered & _windowMask));
        }
    }

    /// <summary>The entry that the hash's home slot names: right in nearly all cases, else a wasted hint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint GuessEntry(uint hash) => _slots[hash & _mask].Entry;

    public readonly void Dispose()
    {
        _slotMemory.Dispose();
        _entryMemory.Dispose();
        _windowMemory.Dispose();
    }

    /// <summary>Slots behind the hole move up when their probe run passes over it, so that no tombstone is needed.</summary>
    private readonly void CloseHole(uint hole)
    {
        uint at = hole;
        while (true)
        {
            at = (at + 1) & _mask;
            if (_slots[at].Entry == 0)
            {
                break;
            }

            if (((at - _slots[at].Hash) & _mask) >= ((at - hole) & _mask))
            {
                _slots[hole] = _slots[at];
                hole = at;
            }
        }

        _slots[hole] = default;
    }
}
