using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>
/// Builds books order by order, open orders and balances from an image and the events after it, or from the first
/// event of a venue on. It knows nothing else of the engine: what it cannot tell the events do not say.
/// </summary>
/// <remarks>
/// Between two commands its state is the engine's. Within a command it is on the way: the taker is in no book, and the
/// hold of a market order, which lives for one command, is never counted. One thread at a time.
/// </remarks>
public sealed partial class BookBuilder
{
    private const int LastOfCommand = 1;

    private readonly SortedDictionary<uint, ReaderInstrument> _instruments = [];

    /// <summary>By slot, the low half of an order id, so that finding an order needs no search.</summary>
    private OpenOrder?[] _orders = new OpenOrder?[1024];

    /// <summary>The order that the running command brought in or amended.</summary>
    private OpenOrder? _taker;

    /// <summary>The last event that was taken in.</summary>
    public EventPosition Last { get; private set; }

    /// <summary>Between ImageBegin and ImageEnd: the state is not whole yet.</summary>
    public bool IsReadingImage { get; private set; }

    /// <summary>All instruments, by rising id.</summary>
    public IEnumerable<ReaderInstrument> Instruments => _instruments.Values;

    public int OpenOrders { get; private set; }

    /// <summary>The instrument, or null when it is not defined.</summary>
    public ReaderInstrument? FindInstrument(uint instrumentId) => _instruments.GetValueOrDefault(instrumentId);

    /// <summary>The living order, or null.</summary>
    public OpenOrder? FindOrder(ulong orderId)
    {
        uint slot = (uint)orderId;
        OpenOrder? order = slot < _orders.Length ? _orders[slot] : null;
        return order?.Id == orderId ? order : null;
    }

    /// <summary>Takes in whole frames, as event logs and rings hold them; padding frames are passed over.</summary>
    public void ApplyFrames(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            int length = MemoryMarshal.Read<int>(frames);
            if (length < EventStream.FrameHeaderBytes || length > frames.Length)
            {
                throw new ArgumentException($"a frame of {length} bytes where {frames.Length} are left", nameof(frames));
            }

            if (MemoryMarshal.Read<ushort>(frames[sizeof(int)..]) == EventStream.MessageKind)
            {
                Apply(frames[EventStream.FrameHeaderBytes..length]);
            }

            frames = frames[length..];
        }
    }

    /// <summary>Takes in one event or image message; those that concern neither books nor money only move <see cref="Last"/>.</summary>
    /// <param name="message">SBE header and block; bytes behind them are ignored.</param>
    /// <exception cref="EventGapException">An instrument's sequence has a hole, or an order is not known.</exception>
    public void Apply(ReadOnlySpan<byte> message)
    {
        MessageHeader header = MemoryMarshal.Read<MessageHeader>(message);
        ReadOnlySpan<byte> block = message.Slice(MessageHeader.Size, header.BlockLength);
        EventEnvelope envelope = MemoryMarshal.Read<EventEnvelope>(block);
        Last = new EventPosition(envelope.Epoch, envelope.Sequence, envelope.Index);
        if (envelope.InstrumentSequence != 0 && !IsReadingImage)
        {
            Follow(envelope);
        }

        Dispatch(header.TemplateId, block);
        if ((envelope.Flags & LastOfCommand) != 0)
        {
            EndTaker();
        }
    }

    private void Dispatch(ushort templateId, ReadOnlySpan<byte> block)
    {
        switch (templateId)
        {
            case OrderAcceptedBlock.TemplateId: Accept(MemoryMarshal.Read<OrderAcceptedBlock>(block)); break;
            case OrderRestedBlock.TemplateId: Rest(MemoryMarshal.Read<OrderRestedBlock>(block)); break;
            case OrderCanceledBlock.TemplateId: Cancel(MemoryMarshal.Read<OrderCanceledBlock>(block)); break;
            case OrderAmendedBlock.TemplateId: Amend(MemoryMarshal.Read<OrderAmendedBlock>(block)); break;
            case OrderReducedBlock.TemplateId: Reduce(MemoryMarshal.Read<OrderReducedBlock>(block)); break;
            case OrderTrimmedBlock.TemplateId: Trim(MemoryMarshal.Read<OrderTrimmedBlock>(block)); break;
            case TradeBlock.TemplateId: Trade(MemoryMarshal.Read<TradeBlock>(block)); break;
            case AccountOpenedBlock.TemplateId: OpenAccount(MemoryMarshal.Read<AccountOpenedBlock>(block)); break;
            case WithdrawalChangedBlock.TemplateId: Withdraw(MemoryMarshal.Read<WithdrawalChangedBlock>(block)); break;
            case OrderFeesSetBlock.TemplateId: SetFees(MemoryMarshal.Read<OrderFeesSetBlock>(block)); break;
            case LedgerPostedBlock.TemplateId: Post(MemoryMarshal.Read<LedgerPostedBlock>(block)); break;
            case BalanceAdjustedBlock.TemplateId: Adjust(MemoryMarshal.Read<BalanceAdjustedBlock>(block)); break;
            case InstrumentDefinedBlock.TemplateId: Define(MemoryMarshal.Read<InstrumentDefinedBlock>(block)); break;
            case TradingStatusChangedBlock.TemplateId:
                ChangeStatus(MemoryMarshal.Read<TradingStatusChangedBlock>(block));
                break;
            case SettlementStartedBlock.TemplateId:
                Settle(MemoryMarshal.Read<SettlementStartedBlock>(block));
                break;
            case ImageBeginBlock.TemplateId: BeginImage(); break;
            case BookImageBlock.TemplateId: TakeBook(MemoryMarshal.Read<BookImageBlock>(block)); break;
            case OrderImageBlock.TemplateId: TakeOrder(MemoryMarshal.Read<OrderImageBlock>(block)); break;
            case BalanceImageBlock.TemplateId: TakeBalance(MemoryMarshal.Read<BalanceImageBlock>(block)); break;
            case ImageEndBlock.TemplateId: IsReadingImage = false; break;
        }
    }

    /// <summary>Each change of a book has the next number, so a hole shows at once.</summary>
    private void Follow(in EventEnvelope envelope)
    {
        ReaderInstrument instrument = InstrumentOf(envelope);
        if (envelope.InstrumentSequence != instrument.Sequence + 1)
        {
            throw new EventGapException(
                Last,
                $"instrument {instrument.Id} jumps from {instrument.Sequence} to {envelope.InstrumentSequence}");
        }

        instrument.Sequence = envelope.InstrumentSequence;
    }

    private ReaderInstrument InstrumentOf(in EventEnvelope envelope) => FindInstrument(envelope.InstrumentId)
        ?? throw new EventGapException(Last, $"instrument {envelope.InstrumentId} was never defined");

    private OpenOrder OrderOf(ulong orderId) =>
        FindOrder(orderId) ?? throw new EventGapException(Last, $"order {orderId} is not known");

    private void Define(in InstrumentDefinedBlock e) =>
        _instruments[e.Envelope.InstrumentId] = new ReaderInstrument(e);

    private void ChangeStatus(in TradingStatusChangedBlock e) => InstrumentOf(e.Envelope).Status = e.Status;

    /// <summary>An instrument that expires is traded no more.</summary>
    private void Settle(in SettlementStartedBlock e)
    {
        if (e.Kind == SettlementKind.Expiry)
        {
            InstrumentOf(e.Envelope).Status = TradingStatus.Halted;
        }
    }

    private void Remember(OpenOrder order)
    {
        uint slot = (uint)order.Id;
        if (slot >= _orders.Length)
        {
            Array.Resize(ref _orders, checked((int)Math.Max(slot + 1L, _orders.Length * 2L)));
        }

        _orders[slot] = order;
        OpenOrders++;
    }

    private void Forget(OpenOrder order)
    {
        if (order.IsResting)
        {
            order.Instrument.Of(order.Side).Remove(order);
        }

        HoldFees(order, 0);
        _orders[(uint)order.Id] = null;
        OpenOrders--;
        _taker = _taker == order ? null : _taker;
    }
}
