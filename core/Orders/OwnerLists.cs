using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;
using HftEngine.Core.State;

namespace HftEngine.Core.Orders;

/// <summary>Twelve orders of one owner in one cache line, so that a removal touches no neighbouring order.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct OwnerBlock
{
    public const int Capacity = 12;
    public const uint Full = (1 << Capacity) - 1;

    [FieldOffset(0)]
    public uint Next;

    [FieldOffset(4)]
    public uint Previous;

    [FieldOffset(8)]
    public uint Owner;

    /// <summary>Bit i: place i holds an order.</summary>
    [FieldOffset(12)]
    public uint Used;

    [FieldOffset(16)]
    public fixed uint Slots[Capacity];
}

/// <summary>One (session, account) that has entered orders.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct Owner
{
    [FieldOffset(0)]
    public uint SessionId;

    [FieldOffset(4)]
    public uint AccountId;

    /// <summary>First block with room; 0 = none.</summary>
    [FieldOffset(8)]
    public uint Roomy;

    /// <summary>First full block; 0 = none.</summary>
    [FieldOffset(12)]
    public uint Full;

    /// <summary>The next owner with the same account, and with the same session.</summary>
    [FieldOffset(16)]
    public uint NextOfAccount;

    [FieldOffset(20)]
    public uint NextOfSession;
}

/// <summary>
/// Who rests what: for mass cancels by account and by session. An order belongs to exactly one owner, so one small
/// list serves both.
/// </summary>
internal unsafe struct OwnerLists : IDisposable
{
    private readonly NativeArray<OwnerBlock> _blockMemory;
    private readonly NativeArray<Owner> _ownerMemory;
    private readonly NativeArray<uint> _indexMemory;
    private readonly uint* _index;
    private readonly OwnerBlock* _blocks;
    private readonly Owner* _owners;
    private readonly uint _mask;
    private uint _freeBlock;
    private uint _freshBlock;

    /// <param name="maxOwners">Owners 1 … maxOwners.</param>
    /// <param name="maxOrders">As many blocks: even with one order in each they cannot run out.</param>
    public OwnerLists(uint maxOwners, uint maxOrders)
    {
        _blockMemory = new NativeArray<OwnerBlock>(maxOrders + 1);
        _ownerMemory = new NativeArray<Owner>(maxOwners + 1);
        uint size = BitOperations.RoundUpToPowerOf2(maxOwners * 2);
        _indexMemory = new NativeArray<uint>(Math.Max(64, size));
        _index = _indexMemory.Pointer;
        _mask = _indexMemory.Length - 1;
        _blocks = _blockMemory.Pointer;
        _owners = _ownerMemory.Pointer;
        _freeBlock = 0;
        _freshBlock = 1;
        OwnerCount = 0;
    }

    /// <summary>Owners 1 … OwnerCount, in the order in which they came.</summary>
    public uint OwnerCount { get; private set; }

    public readonly ref Owner this[uint owner] => ref _owners[owner];

    /// <summary>The owner of a listed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref Owner OwnerOf(uint place) => ref _owners[_blocks[place >> 4].Owner];

    public readonly OwnerBlock* Block(uint block) => _blocks + block;

    /// <summary>The owner of (session, account), made on first use and linked into both lists; 0 = no room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint FindOrAdd(uint sessionId, uint accountId, ref uint firstOfAccount, ref uint firstOfSession)
    {
        uint at = Home(sessionId, accountId);
        while (true)
        {
            uint owner = _index[at];
            if (owner == 0)
            {
                return Add(at, sessionId, accountId, ref firstOfAccount, ref firstOfSession);
            }

            if (_owners[owner].SessionId == sessionId && _owners[owner].AccountId == accountId)
            {
                return owner;
            }

            at = (at + 1) & _mask;
        }
    }

    /// <summary>Lists an order; the place is what <see cref="Remove"/> wants back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Insert(uint owner, uint slot)
    {
        uint block = _owners[owner].Roomy;
        if (block == 0)
        {
            block = AddBlock(owner);
        }

        OwnerBlock* b = _blocks + block;
        int place = BitOperations.TrailingZeroCount(~b->Used);
        b->Used |= 1u << place;
        b->Slots[place] = slot;
        if (b->Used == OwnerBlock.Full)
        {
            Unlink(ref _owners[owner].Roomy, block);
            Link(ref _owners[owner].Full, block);
        }

        return (block << 4) | (uint)place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(uint place)
    {
        uint block = place >> 4;
        OwnerBlock* b = _blocks + block;
        uint before = b->Used;
        b->Used = before & ~(1u << (int)(place & 15));
        if (before == OwnerBlock.Full || b->Used == 0)
        {
            Relink(block, before);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void* BlockLine(uint place) => _blocks + (place >> 4);

    /// <summary>The owners as they came, each with its full and then its roomy blocks, first to last.</summary>
    public readonly void Save(ref StateWriter state)
    {
        state.Begin(StateSection.Owners);
        for (uint owner = 1; owner <= OwnerCount; owner++)
        {
            state.Word(_owners[owner].AccountId, _owners[owner].SessionId);
            SaveBlocks(ref state, _owners[owner].Full);
            SaveBlocks(ref state, _owners[owner].Roomy);
        }

        state.EndList();
        state.End();
    }

    /// <summary>A block for loading, behind <paramref name="last"/> in the list of <paramref name="first"/>.</summary>
    public uint Append(uint owner, ref uint first, uint last, uint used)
    {
        uint block = _freshBlock++;
        Invariant.Require(block < _blockMemory.Length);
        _blocks[block].Owner = owner;
        _blocks[block].Used = used;
        _blocks[block].Previous = last;
        if (last == 0)
        {
            first = block;
        }
        else
        {
            _blocks[last].Next = block;
        }

        return block;
    }

    public readonly void Dispose()
    {
        _blockMemory.Dispose();
        _ownerMemory.Dispose();
        _indexMemory.Dispose();
    }

    private readonly void SaveBlocks(ref StateWriter state, uint block)
    {
        for (; block != 0; block = _blocks[block].Next)
        {
            state.Word((ulong)_blocks[block].Used);
            for (uint used = _blocks[block].Used; used != 0; used &= used - 1)
            {
                state.Word((ulong)_blocks[block].Slots[BitOperations.TrailingZeroCount(used)]);
            }
        }

        state.Word(0UL);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Relink(uint block, uint before)
    {
        ref Owner owner = ref _owners[_blocks[block].Owner];
        Unlink(ref before == OwnerBlock.Full ? ref owner.Full : ref owner.Roomy, block);
        if (_blocks[block].Used == 0)
        {
            _blocks[block].Next = _freeBlock;
            _freeBlock = block;
            return;
        }

        Link(ref owner.Roomy, block);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint AddBlock(uint owner)
    {
        uint block = _freeBlock;
        if (block != 0)
        {
            _freeBlock = _blocks[block].Next;
        }
        else
        {
            block = _freshBlock++;
        }

        _blocks[block].Owner = owner;
        _blocks[block].Used = 0;
        Link(ref _owners[owner].Roomy, block);
        return block;
    }

    private readonly void Link(ref uint first, uint block)
    {
        _blocks[block].Previous = 0;
        _blocks[block].Next = first;
        if (first != 0)
        {
            _blocks[first].Previous = block;
        }

        first = block;
    }

    private readonly void Unlink(ref uint first, uint block)
    {
        uint next = _blocks[block].Next;
        uint previous = _blocks[block].Previous;
        if (previous != 0)
        {
            _blocks[previous].Next = next;
        }
        else
        {
            first = next;
        }

        if (next != 0)
        {
            _blocks[next].Previous = previous;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint Add(uint at, uint sessionId, uint accountId, ref uint firstOfAccount, ref uint firstOfSession)
    {
        if (OwnerCount + 1 == _ownerMemory.Length)
        {
            return 0;
        }

        uint owner = ++OwnerCount;
        _index[at] = owner;
        _owners[owner] = new Owner
        {
            SessionId = sessionId,
            AccountId = accountId,
            NextOfAccount = firstOfAccount,
            NextOfSession = firstOfSession,
        };
        firstOfAccount = owner;
        firstOfSession = owner;
        return owner;
    }

    private readonly uint Home(uint sessionId, uint accountId) =>
        (uint)(((accountId | ((ulong)sessionId << 32)) * 0x9E3779B97F4A7C15UL) >> 32) & _mask;
}
