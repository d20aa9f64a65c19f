using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>
/// Fetching ahead: the next commands of the batch are in the ring, so what they will touch is brought into the cache
/// while the present one is worked on. Nothing here changes state or an answer; every step is a hint.
/// </summary>
public sealed unsafe partial class Engine
{
    // Distances in commands. Step by step the chain id → entry → order → neighbours is followed; each step has to
    // wait for the lines of the one before, so they are a memory latency apart at some 30 to 60 ns a command.
    private const int FarAhead = 14;
    private const int NameAhead = 10;
    private const int OrderAhead = 7;
    private const int LinksAhead = 3;
    private const int LeafAhead = 1;
    private const int AheadSlots = 16;

    // The processor's own prefetcher follows the records, but not far enough for their uneven strides.
    private const int RecordBytesAhead = 2048;

    /// <summary>What the steps hand on about one coming command.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct Ahead
    {
        /// <summary>Null: not an order entry or cancel of the usual form.</summary>
        [FieldOffset(0)]
        public NewOrderBlock* Block;

        [FieldOffset(8)]
        public uint Hash;

        [FieldOffset(12)]
        public uint Slot;

        /// <summary>The remembered id that the command probably names.</summary>
        [FieldOffset(16)]
        public RememberedId* Named;
    }

    private readonly NativeArray<Ahead> _ahead;
    private byte* _farRecord;
    private uint _farIndex;
    private uint _applyIndex;
    private bool _hashIsKnown;

    private void BeginFetching(byte* records, byte* end)
    {
        _farRecord = records;
        _farIndex = 0;
        _applyIndex = 0;
        for (uint i = 0; i < AheadSlots; i++)
        {
            _ahead[i] = default;
        }

        for (int i = 0; i < FarAhead; i++)
        {
            FetchFar(end);
        }
    }

    /// <summary>Runs before each command: one step further for each of the coming ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchAhead(byte* end)
    {
        uint now = _applyIndex++;
        _hashIsKnown = _ahead[now & (AheadSlots - 1)].Block != null;
        FetchFar(end);
        FetchName(ref _ahead[(now + NameAhead) & (AheadSlots - 1)]);
        FetchOrder(ref _ahead[(now + OrderAhead) & (AheadSlots - 1)]);
        FetchLinks(ref _ahead[(now + LinksAhead) & (AheadSlots - 1)]);
        FetchLeaf(ref _ahead[(now + LeafAhead) & (AheadSlots - 1)]);
    }

    /// <summary>The hash that was taken when the command was first seen, or taken now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HashAhead(byte* id, uint accountId) =>
        _hashIsKnown ? _ahead[(_applyIndex - 1) & (AheadSlots - 1)].Hash : _clientIds.HashOf(id, accountId);

    /// <summary>First sight of a command: its id is hashed; the lines that need nothing else are asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchFar(byte* end)
    {
        ref Ahead ahead = ref _ahead[_farIndex & (AheadSlots - 1)];
        _farIndex++;
        byte* record = _farRecord;
        ahead.Block = null;
        if (record >= end)
        {
            return;
        }

        if (Sse.IsSupported)
        {
            Sse.Prefetch0(record + RecordBytesAhead);
            Sse.Prefetch0(record + RecordBytesAhead + 64);
        }

        uint messageBytes = ((CommandRecord*)record)->MessageBytes;
        _farRecord = record + CommandRecord.RecordBytes((int)messageBytes);
        var block = (NewOrderBlock*)(record + CommandRecord.Size + MessageHeaderBytes);

        // Entries, cancels and amendments (templates 1 to 3) have account, instrument and client order id in one place.
        bool usual = messageBytes >= NewOrderBlock.MessageLength
            && *(ushort*)(record + CommandRecord.Size + 2) <= AmendOrderBlock.TemplateId;
        if (!usual || block->Envelope.AccountId >= Limits.MaxAccounts || block->InstrumentId >= Limits.MaxInstruments)
        {
            return;
        }

        ahead.Block = block;
        ahead.Hash = _clientIds.HashOf((byte*)&block->ClientOrderId, block->Envelope.AccountId);
        _clientIds.PrefetchTags(block->Envelope.AccountId, ahead.Hash);
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_accounts + block->Envelope.AccountId);
            Sse.Prefetch0(_instruments + block->InstrumentId);
        }
    }

    /// <summary>The remembered id, the balances' home lines, the account's window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchName(ref Ahead ahead)
    {
        NewOrderBlock* block = ahead.Block;
        if (block == null || !Sse.IsSupported)
        {
            return;
        }

        uint accountId = block->Envelope.AccountId;
        ahead.Named = _clientIds.Guess(accountId, ahead.Hash);
        Sse.Prefetch0(ahead.Named);
        Sse.Prefetch0(_clientIds.NextPlace(accountId, _accounts[accountId].RememberedIds));
        uint riskRow = _accounts[accountId].RiskRow;
        if (riskRow != 0)
        {
            FetchLimits((byte*)_riskRows[riskRow]);
        }

        Instrument* instrument = _instruments + block->InstrumentId;
        Sse.Prefetch0(_balances.HomeLine(accountId, instrument->BaseCurrencyId));
        Sse.Prefetch0(_balances.HomeLine(accountId, instrument->QuoteCurrencyId));
        if (instrument->Features != InstrumentFeatures.None)
        {
            Sse.Prefetch0(_positions.HomePlace(Positions.KeyOf(accountId, block->InstrumentId, 0)));
        }
    }

    /// <summary>All lines of an account's limits: with every kind of limit set an order reads and writes each of them.</summary>
    private static void FetchLimits(byte* row)
    {
        for (int at = 0; at < RiskRow.SizeBytes; at += 64)
        {
            Sse.Prefetch0(row + at);
        }
    }

    /// <summary>The order that the id names, and the price's place in the directory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchOrder(ref Ahead ahead)
    {
        NewOrderBlock* block = ahead.Block;
        if (block == null || ahead.Named == null || !Sse.IsSupported)
        {
            return;
        }

        uint accountId = block->Envelope.AccountId;
        uint oldest = (uint)_clientIds.NextPlace(accountId, _accounts[accountId].RememberedIds)->Outcome;
        Sse.Prefetch0(_books.At(oldest));
        uint slot = (uint)ahead.Named->Outcome;
        ahead.Slot = slot <= _books.MaxOrders ? slot : 0;
        _books.PrefetchOrder(ahead.Slot, BookSideOf(block), block->Price);
        if (_instruments[block->InstrumentId].Features != InstrumentFeatures.None)
        {
            uint row = *_positions.HomePlace(Positions.KeyOf(accountId, block->InstrumentId, 0));
            Sse.Prefetch0(_positions.RowLine(row));
        }
    }

    /// <summary>The order's neighbours, its level, its place in the owner's list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchLinks(ref Ahead ahead)
    {
        NewOrderBlock* block = ahead.Block;
        if (block == null || !Sse.IsSupported)
        {
            return;
        }

        _books.PrefetchLinks(ahead.Slot, BookSideOf(block), block->Price);
        Sse.Prefetch0(_owners.BlockLine(Record(ahead.Slot)->OwnerPlace));
    }

    /// <summary>Where prices lie far apart: the place of the price's page among the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FetchLeaf(ref Ahead ahead)
    {
        if (ahead.Block != null)
        {
            _books.PrefetchLeaf(ahead.Slot, BookSideOf(ahead.Block), ahead.Block->Price);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BookSideOf(NewOrderBlock* block) => (block->InstrumentId * 2) + ((uint)block->Side & 1);
}
