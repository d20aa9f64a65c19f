using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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

    [FieldOffset(56)]
    public uint Hash;

    /// <summary>Name of the same order before this one, see <see cref="ClientOrderIds"/>; 0 = none. In a free entry: the next one.</summary>
    [FieldOffset(60)]
    public uint Earlier;
}

/// <summary>
/// Client order ids of all accounts. Each account has a ring with its last ids, written in place, and beside it a tag
/// of 16 bits for each, so that a look-up compares a window's tags by vectors and mostly touches one entry. An id that
/// is pushed out while its order still rests moves to the *outlived* entries, found through a hash table.
/// </summary>
/// <remarks>
/// A name is where an id is remembered: the top bit set and the place in the account's ring, or an outlived entry's
/// index. 0 is no name. Where an id falls in the hash table is seen by nobody, so the hash may differ from machine to
/// machine.
/// </remarks>
internal unsafe struct ClientOrderIds : IDisposable
{
    private const uint InWindow = 1u << 31;

    [StructLayout(LayoutKind.Explicit, Size = 8)]
    private struct Slot
    {
        [FieldOffset(0)]
        public uint Hash;

        /// <summary>0 = empty.</summary>
        [FieldOffset(4)]
        public uint Entry;
    }

    private readonly NativeRegion _tagMemory;
    private readonly NativeRegion _windowMemory;
    private readonly NativeArray<Slot> _slotMemory;
    private readonly NativeArray<RememberedId> _outlivedMemory;
    private readonly ushort* _tags;
    private readonly RememberedId* _windows;
    private readonly Slot* _slots;
    private readonly RememberedId* _outlived;
    private readonly ulong _seed;
    private readonly uint _mask;
    private readonly uint _windowMask;
    private readonly int _windowShift;
    private readonly uint _maxEntries;
    private uint _count;
    private uint _free;
    private uint _fresh;

    public ClientOrderIds(EngineLimits limits)
    {
        Invariant.Require(BitOperations.IsPow2(limits.ClientIdWindow));
        Invariant.Require(limits.MaxClientIds < InWindow);
        uint size = Math.Max(64, BitOperations.RoundUpToPowerOf2(limits.MaxClientIds * 2));
        long places = (long)limits.MaxAccounts * limits.ClientIdWindow;

        // A vector's length behind the last window, so that a small window can be compared with one load.
        _tagMemory = new NativeRegion((places * sizeof(ushort)) + Vector256<byte>.Count);
        _windowMemory = new NativeRegion(places * sizeof(RememberedId));
        _slotMemory = new NativeArray<Slot>(size);
        _outlivedMemory = new NativeArray<RememberedId>(limits.MaxClientIds + 1);
        _tags = (ushort*)_tagMemory.Pointer;
        _windows = (RememberedId*)_windowMemory.Pointer;
        _slots = _slotMemory.Pointer;
        _outlived = _outlivedMemory.Pointer;
        _mask = size - 1;
        _windowMask = limits.ClientIdWindow - 1;
        _windowShift = BitOperations.Log2(limits.ClientIdWindow);
        _seed = limits.HashSeed;
        _maxEntries = limits.MaxClientIds;
        _count = 0;
        _free = 0;
        _fresh = 1;
    }

    public readonly bool HasRoom => _count < _maxEntries;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint HashOf(byte* id, uint accountId) => ClientIdKey.Hash(id, accountId, _seed);

    /// <summary>The entry that a name of the account stands for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RememberedId* Entry(uint accountId, uint name) =>
        (name & InWindow) != 0
            ? _windows + ((nuint)accountId << _windowShift) + (name & ~InWindow)
            : _outlived + name;

    /// <summary>Where the account's next id will stand; its present content is the oldest id, once the ring is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RememberedId* NextPlace(uint accountId, ulong remembered) =>
        _windows + ((nuint)accountId << _windowShift) + (remembered & _windowMask);

    /// <summary>The name of what stands there.</summary>
    public readonly uint NameOfPlace(ulong remembered) => InWindow | (uint)(remembered & _windowMask);

    /// <summary>Name of the account's id, or 0.</summary>
    /// <param name="id">36 bytes.</param>
    /// <param name="accountId">Whose.</param>
    /// <param name="hash">Of both.</param>
    /// <param name="outlived">How many of the account's ids have left its window.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Find(byte* id, uint accountId, uint hash, uint outlived)
    {
        ushort* tags = _tags + ((nuint)accountId << _windowShift);
        RememberedId* window = _windows + ((nuint)accountId << _windowShift);
        Vector256<ushort> wanted = Vector256.Create(TagOf(hash));
        for (uint at = 0; at <= _windowMask; at += (uint)Vector256<ushort>.Count)
        {
            uint found = Vector256.Equals(Vector256.Load(tags + at), wanted).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                uint place = at + (uint)BitOperations.TrailingZeroCount(found);
                if (place <= _windowMask && ClientIdKey.AreEqual((byte*)&window[place].Id, id))
                {
                    return InWindow | place;
                }
            }
        }

        return outlived == 0 ? 0 : FindOutlived(id, accountId, hash);
    }

    /// <summary>Remembers an id that is not there, as the youngest of the window. The caller has made room.</summary>
    /// <param name="id">36 bytes.</param>
    /// <param name="accountId">Whose.</param>
    /// <param name="hash">Of both.</param>
    /// <param name="remembered">How many ids the account has had; raised by one.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Add(byte* id, uint accountId, uint hash, ref ulong remembered)
    {
        uint place = (uint)(remembered & _windowMask);
        nuint at = ((nuint)accountId << _windowShift) + place;
        _count += remembered <= _windowMask ? 1u : 0u;
        remembered++;
        _tags[at] = TagOf(hash);
        RememberedId* entry = _windows + at;
        ClientIdKey.Copy((byte*)&entry->Id, id);
        entry->AccountId = accountId;
        entry->Hash = hash;
        entry->Earlier = 0;
        return InWindow | place;
    }

    /// <summary>Loading: the id stands at this place of the account's ring. The caller has asked <see cref="HasRoom"/>.</summary>
    /// <returns>Its name.</returns>
    public uint Restore(byte* id, uint accountId, uint hash, ulong remembered)
    {
        ulong place = remembered & _windowMask;

        // The first lap is counted, and of a window that is read whole each place is on its first lap.
        return Add(id, accountId, hash, ref place);
    }

    /// <summary>The oldest id of a full window moves out, because its order still rests. The caller has asked <see cref="HasRoom"/>.</summary>
    /// <returns>Its new name.</returns>
    public uint MoveOut(RememberedId* oldest)
    {
        uint index = _free != 0 ? _free : _fresh;
        if (index == _free)
        {
            _free = _outlived[index].Earlier;
        }
        else
        {
            _fresh++;
        }

        // The window's place is taken by the next id at once, so the number of remembered ids rises by this one.
        _count++;
        _outlived[index] = *oldest;
        uint at = oldest->Hash & _mask;
        while (_slots[at].Entry != 0)
        {
            at = (at + 1) & _mask;
        }

        _slots[at] = new Slot { Hash = oldest->Hash, Entry = index };
        return index;
    }

    /// <summary>True for a name outside the window; it goes when its order does.</summary>
    public static bool IsOutlived(uint name) => name != 0 && (name & InWindow) == 0;

    /// <summary>Forgets an outlived id.</summary>
    public void Forget(uint index)
    {
        RememberedId* entry = _outlived + index;
        uint hole = entry->Hash & _mask;
        while (_slots[hole].Entry != index)
        {
            Invariant.Require(_slots[hole].Entry != 0);
            hole = (hole + 1) & _mask;
        }

        CloseHole(hole);
        _count--;
        entry->AccountId = 0;
        entry->Earlier = _free;
        _free = index;
    }

    /// <summary>First step of fetching ahead: what the hash and the account alone tell.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchTags(uint accountId, uint hash)
    {
        if (Sse.IsSupported)
        {
            byte* tags = (byte*)(_tags + ((nuint)accountId << _windowShift));
            Sse.Prefetch0(tags);
            Sse.Prefetch0(tags + 64);
            Sse.Prefetch0(_slots + (hash & _mask));
        }
    }

    /// <summary>Second step: the place of the account's next id, and the entry that the id probably names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly RememberedId* Guess(uint accountId, uint hash)
    {
        ushort* tags = _tags + ((nuint)accountId << _windowShift);
        Vector256<ushort> wanted = Vector256.Create(TagOf(hash));
        for (uint at = 0; at <= _windowMask; at += (uint)Vector256<ushort>.Count)
        {
            uint found = Vector256.Equals(Vector256.Load(tags + at), wanted).ExtractMostSignificantBits();
            if (found != 0)
            {
                uint place = (at + (uint)BitOperations.TrailingZeroCount(found)) & _windowMask;
                return _windows + ((nuint)accountId << _windowShift) + place;
            }
        }

        return _outlived + _slots[hash & _mask].Entry;
    }

    public readonly void Dispose()
    {
        _tagMemory.Dispose();
        _windowMemory.Dispose();
        _slotMemory.Dispose();
        _outlivedMemory.Dispose();
    }

    /// <summary>Never zero, which marks an empty place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort TagOf(uint hash) => (ushort)((hash >> 16) | 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly uint FindOutlived(byte* id, uint accountId, uint hash)
    {
        uint at = hash & _mask;
        while (_slots[at].Entry != 0)
        {
            Slot slot = _slots[at];
            RememberedId* entry = _outlived + slot.Entry;
            if (slot.Hash == hash && entry->AccountId == accountId && ClientIdKey.AreEqual((byte*)&entry->Id, id))
            {
                return slot.Entry;
            }

            at = (at + 1) & _mask;
        }

        return 0;
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
