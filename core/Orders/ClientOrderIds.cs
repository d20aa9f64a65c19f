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

    /// <summary>The next younger id in the account's window; in a free entry, the next free one.</summary>
    [FieldOffset(56)]
    public uint NextInWindow;

    /// <summary>An earlier id of the same order, or 0.</summary>
    [FieldOffset(60)]
    public uint EarlierName;
}

/// <summary>The ids that one account has used last; kept in the account's row.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct ClientIdWindow
{
    [FieldOffset(0)]
    public uint Oldest;

    [FieldOffset(4)]
    public uint Newest;

    [FieldOffset(8)]
    public uint Count;
}

/// <summary>
/// Client order ids of all accounts: a hash table of 8-byte slots over a slab of entries. Each account's window is a
/// list through its entries; the oldest is forgotten when one more comes, unless its order still rests.
/// </summary>
internal sealed unsafe class ClientOrderIds : IDisposable
{
    /// <summary>In <see cref="RememberedId.NextInWindow"/>: out of the window, kept only as long as the order lives.</summary>
    public const uint OutOfWindow = uint.MaxValue;

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
    private readonly Slot* _slots;
    private readonly RememberedId* _entries;
    private readonly uint _mask;
    private readonly ulong _seed;
    private uint _free;
    private uint _fresh;

    public ClientOrderIds(EngineLimits limits)
    {
        uint size = Math.Max(64, System.Numerics.BitOperations.RoundUpToPowerOf2(limits.MaxClientIds * 2));
        _slotMemory = new NativeArray<Slot>(size);
        _entryMemory = new NativeArray<RememberedId>(limits.MaxClientIds + 1);
        _slots = _slotMemory.Pointer;
        _entries = _entryMemory.Pointer;
        _mask = size - 1;
        _seed = limits.HashSeed;
        _fresh = 1;
    }

    public RememberedId* Entries => _entries;

    public bool HasFreeEntry => _free != 0 || _fresh < _entryMemory.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint HashOf(byte* id, uint accountId) => ClientIdKey.Hash(id, accountId, _seed);

    /// <summary>Entry of the account's id, or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Find(byte* id, uint accountId, uint hash)
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

    /// <summary>Remembers an id that is not there, as the youngest of the window. The caller has made room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Add(byte* id, uint accountId, uint hash, ref ClientIdWindow window)
    {
        uint index = _free;
        if (index != 0)
        {
            _free = _entries[index].NextInWindow;
        }
        else
        {
            index = _fresh++;
        }

        RememberedId* entry = _entries + index;
        ClientIdKey.Copy((byte*)&entry->Id, id);
        entry->AccountId = accountId;
        entry->NextInWindow = 0;
        entry->EarlierName = 0;
        if (window.Count == 0)
        {
            window.Oldest = index;
        }
        else
        {
            _entries[window.Newest].NextInWindow = index;
        }

        window.Newest = index;
        window.Count++;
        uint at = hash & _mask;
        while (_slots[at].Entry != 0)
        {
            at = (at + 1) & _mask;
        }

        _slots[at] = new Slot { Hash = hash, Entry = index };
        return index;
    }

    /// <summary>Takes the oldest id out of the window: forgotten, or kept outside while its order lives.</summary>
    public void PopOldest(ref ClientIdWindow window, bool keep)
    {
        uint index = window.Oldest;
        window.Oldest = _entries[index].NextInWindow;
        window.Count--;
        if (keep)
        {
            _entries[index].NextInWindow = OutOfWindow;
            return;
        }

        Forget(index);
    }

    /// <summary>Removes an entry from the table and gives it back.</summary>
    public void Forget(uint index)
    {
        RememberedId* entry = _entries + index;
        uint hole = HashOf((byte*)&entry->Id, entry->AccountId) & _mask;
        while (_slots[hole].Entry != index)
        {
            Invariant.Require(_slots[hole].Entry != 0);
            hole = (hole + 1) & _mask;
        }

        CloseHole(hole);
        entry->AccountId = 0;
        entry->NextInWindow = _free;
        _free = index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchSlot(uint hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_slots + (hash & _mask));
        }
    }

    /// <summary>The entry that the hash's home slot names: right in nearly all cases, else a wasted hint.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint GuessEntry(uint hash) => _slots[hash & _mask].Entry;

    /// <summary>Fetches the place from which an entry will be removed.</summary>
    public void PrefetchForget(uint index)
    {
        RememberedId* entry = _entries + index;
        PrefetchSlot(HashOf((byte*)&entry->Id, entry->AccountId));
    }

    /// <summary>All that decides which entry comes next.</summary>
    public (uint Free, uint Fresh) Heads => (_free, _fresh);

    public void Dispose()
    {
        _slotMemory.Dispose();
        _entryMemory.Dispose();
    }

    /// <summary>Slots behind the hole move up when their probe run passes over it, so that no tombstone is needed.</summary>
    private void CloseHole(uint hole)
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
