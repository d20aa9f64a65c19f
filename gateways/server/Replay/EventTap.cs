using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

/// <summary>What the events of a whole replay add up to.</summary>
internal sealed class EventTally
{
    public TradeDigest Digest;
    public long CancelsDone;
    public long CancelsMissed;
    public long AmendsRejected;
    public long Crossed;
    public long ExecutionsSameOrder;
    public long ExecutionsOtherOrder;

    /// <summary>Executions that filled nothing or less than the venue's, though no other order.</summary>
    public long ExecutionsUnfilled;
    public SortedDictionary<RejectReason, long> Rejects { get; } = [];
}

/// <summary>
/// Reads the events of a replay outside the timed part: names trades by the tape's ids, compares executions
/// with the venue's, follows the book.
/// </summary>
internal sealed class EventTap : IEventConsumer
{
    private readonly ulong[] _tapeIds;
    private readonly TradeTapeWriter? _trades;
    private readonly BookOutWriter? _bookOut;
    private RequestBatch _batch = new();
    private ulong _firstSequence = ulong.MaxValue;
    private int _nextRecord;
    private ExecutionCheck _execution;

    public EventTap(ReplayVenue venue, TradeTapeWriter? trades, BookOutWriter? bookOut)
    {
        _tapeIds = new ulong[venue.Limits.MaxOrders + 1];
        _trades = trades;
        _bookOut = bookOut;
        Book = new BookTracker(venue.Limits.MaxOrders, venue.Instruments, sorted: bookOut is not null);
    }

    public EventTally Tally { get; } = new();

    public BookTracker Book { get; }

    /// <summary>The events of these requests come next.</summary>
    public void BeginBatch(RequestBatch batch, ulong firstSequence)
    {
        _batch = batch;
        _firstSequence = firstSequence;
        _nextRecord = 0;
    }

    /// <summary>All events of the batch have come.</summary>
    public void EndBatch()
    {
        WriteBooks(_batch.Requests.Count);
        CloseExecution();
    }

    public void OnEvent(ushort templateId, ReadOnlySpan<byte> block)
    {
        ulong sequence = MemoryMarshal.Read<EventEnvelope>(block).Sequence;
        if (sequence < _firstSequence)
        {
            return;
        }

        int index = (int)(sequence - _firstSequence);
        if (_bookOut is not null)
        {
            WriteBooks(index);
        }

        ref readonly ReplayRequest request = ref CollectionsMarshal.AsSpan(_batch.Requests)[index];
        switch (templateId)
        {
            case OrderAcceptedBlock.TemplateId:
                OnAccepted(in MemoryMarshal.AsRef<OrderAcceptedBlock>(block), in request);
                break;
            case TradeBlock.TemplateId:
                OnTrade(in MemoryMarshal.AsRef<TradeBlock>(block), in request);
                break;
            case OrderRestedBlock.TemplateId:
                OnRested(in MemoryMarshal.AsRef<OrderRestedBlock>(block));
                break;
            case OrderCanceledBlock.TemplateId:
                OnCanceled(in MemoryMarshal.AsRef<OrderCanceledBlock>(block));
                break;
            case OrderReducedBlock.TemplateId:
                OrderReducedBlock reduced = MemoryMarshal.Read<OrderReducedBlock>(block);
                Book.SetOpen(reduced.OrderId, reduced.OpenLots);
                break;
            case OrderAmendedBlock.TemplateId:
                OrderAmendedBlock amended = MemoryMarshal.Read<OrderAmendedBlock>(block);
                Book.SetOpen(amended.OrderId, amended.KeptPriority != 0 ? amended.OpenLots : 0);
                break;
            default:
                OnOther(templateId, block, in request);
                break;
        }
    }

    /// <summary>A trade of the bare book, whose ids are the tape's.</summary>
    public void OnBareTrade(in ReplayRequest request, ulong taker, ulong maker, long price, long lots)
    {
        Tally.Digest.Add(taker, maker, price, lots);
        _trades?.Write(in request, taker, maker, price, lots, request.Side);
        if (request.IsExecution)
        {
            _execution.LotsLeft -= lots;
            _execution.OtherMaker |= maker != request.ExpectedMaker;
        }
    }

    /// <summary>The bare book is about to be given the request, whose trades follow.</summary>
    public void BeginBareRequest(in ReplayRequest request)
    {
        CloseExecution();
        if (request.IsExecution)
        {
            _execution = new ExecutionCheck { Open = true, LotsLeft = request.Quantity };
        }
    }

    /// <summary>All trades of the request have come: an order that entered and traded has crossed.</summary>
    public void EndBareRequest(in ReplayRequest request, bool traded)
    {
        Tally.Crossed += traded && request.Action == RequestAction.New ? 1 : 0;
        CloseExecution();
    }

    private void OnAccepted(in OrderAcceptedBlock accepted, in ReplayRequest request)
    {
        if (accepted.Repeated != 0)
        {
            return;
        }

        CloseExecution();
        _tapeIds[(uint)accepted.OrderId] = request.TapeId;
        if (accepted.Resting != 0)
        {
            EventEnvelope envelope = accepted.Envelope;
            Book.Rest(
                accepted.OrderId, envelope.InstrumentId, accepted.Side, accepted.Price, accepted.Quantity);
        }

        if (request.IsExecution)
        {
            _execution = new ExecutionCheck { Open = true, LotsLeft = request.Quantity };
        }
    }

    private void OnTrade(in TradeBlock trade, in ReplayRequest request)
    {
        ulong taker = _tapeIds[(uint)trade.TakerOrderId];
        ulong maker = _tapeIds[(uint)trade.MakerOrderId];
        Tally.Digest.Add(taker, maker, trade.Price, trade.Quantity);
        _trades?.Write(in request, taker, maker, trade.Price, trade.Quantity, trade.TakerSide);
        Book.SetOpen(trade.MakerOrderId, trade.MakerOpenLots);
        if (request.IsExecution)
        {
            _execution.LotsLeft -= trade.Quantity;
            _execution.OtherMaker |= maker != request.ExpectedMaker;
        }
        else if (trade.Envelope.Index == 1 && request.Action == RequestAction.New)
        {
            // The first event of an order that trades on entry is its acceptance, the second its first trade.
            Tally.Crossed++;
        }
    }

    private void OnRested(in OrderRestedBlock rested) =>
        Book.Rest(rested.OrderId, rested.Envelope.InstrumentId, rested.Side, rested.Price, rested.OpenLots);

    private void OnCanceled(in OrderCanceledBlock canceled)
    {
        if (canceled.Rested != 0)
        {
            Book.SetOpen(canceled.OrderId, 0);
            Tally.CancelsDone += canceled.Reason == CancelReason.Requested ? 1 : 0;
        }
    }

    private void OnOther(ushort templateId, ReadOnlySpan<byte> block, in ReplayRequest request)
    {
        if (templateId == RequestRejectedBlock.TemplateId)
        {
            Tally.CancelsMissed += request.Action == RequestAction.Cancel ? 1 : 0;
            Tally.AmendsRejected += request.Action == RequestAction.Amend ? 1 : 0;
        }
        else if (templateId == OrderRejectedBlock.TemplateId)
        {
            Count(MemoryMarshal.Read<OrderRejectedBlock>(block).Reason);
            Tally.ExecutionsUnfilled += request.IsExecution ? 1 : 0;
        }
        else if (templateId == CommandRejectedBlock.TemplateId)
        {
            Count(MemoryMarshal.Read<CommandRejectedBlock>(block).Reason);
        }
    }

    private void Count(RejectReason reason)
    {
        Tally.Rejects.TryGetValue(reason, out long count);
        Tally.Rejects[reason] = count + 1;
    }

    /// <summary>An execution is judged when all its trades have been seen.</summary>
    private void CloseExecution()
    {
        if (!_execution.Open)
        {
            return;
        }

        Tally.ExecutionsOtherOrder += _execution.OtherMaker ? 1 : 0;
        Tally.ExecutionsUnfilled += !_execution.OtherMaker && _execution.LotsLeft > 0 ? 1 : 0;
        Tally.ExecutionsSameOrder += !_execution.OtherMaker && _execution.LotsLeft == 0 ? 1 : 0;
        _execution = default;
    }

    /// <summary>
    /// Writes the book after each record whose requests all lie before <paramref name="request"/>.
    /// </summary>
    private void WriteBooks(int request)
    {
        while (_nextRecord < _batch.Records.Count && _batch.Records[_nextRecord].RequestsUpTo <= request)
        {
            _bookOut?.Write(_batch.Records[_nextRecord].Symbol, Book);
            _nextRecord++;
        }
    }

    private struct ExecutionCheck
    {
        public bool Open;
        public bool OtherMaker;
        public long LotsLeft;
    }
}
