using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Readers;
using HftEngine.Schemas;

namespace HftEngine.Oversight;

/// <summary>
/// Reads positions, money and prices from the events, from an image or from a venue's first event on, and measures the
/// risk in them. It knows nothing else of the engine and is asked between two commands, by one thread at a time.
/// </summary>
public sealed partial class RiskMeasures
{
    // -2^63 in a book's image: there is no last price.
    private const long NoPrice = long.MinValue;

    /// <summary>Collateral and reference prices are told for 10^12 units.</summary>
    private const double PriceScale = 1e12;

    private readonly SortedDictionary<uint, RiskAccount> _accounts = [];
    private readonly SortedDictionary<uint, RiskInstrument> _instruments = [];
    private readonly SortedDictionary<uint, RiskCurrency> _currencies = [];

    /// <summary>Orders of hedging accounts that concern the short position.</summary>
    private readonly HashSet<ulong> _shortLegOrders = [];

    private BookBuilder _books = new();
    private uint _referenceCurrencyId;

    /// <summary>The last event that was taken in.</summary>
    public EventPosition Last => _books.Last;

    /// <summary>Grows by one date with each roll of the trading date; an image brings none.</summary>
    public PriceHistory History { get; } = new();

    /// <summary>Takes in an image; the events after its position follow.</summary>
    public void ReadImage(IImage image)
    {
        byte[] buffer = new byte[1 << 16];
        for (int bytes = image.Read(buffer); bytes > 0; bytes = image.Read(buffer))
        {
            ApplyFrames(buffer.AsSpan(0, bytes));
        }
    }

    /// <summary>Takes in what the log has by now.</summary>
    /// <exception cref="InvalidOperationException">The log does not go on where the cursor stands.</exception>
    public void ReadEvents(IEventCursor cursor)
    {
        byte[] buffer = new byte[1 << 16];
        while (true)
        {
            EventRead read = cursor.Read(buffer, out int bytes);
            if (read == EventRead.None)
            {
                return;
            }

            if (read != EventRead.Events)
            {
                throw new InvalidOperationException(
                    $"The event log answers {read} at {cursor.Last}; begin with an image.");
            }

            ApplyFrames(buffer.AsSpan(0, bytes));
        }
    }

    /// <summary>Takes in whole frames, as event logs, rings and images hold them.</summary>
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

    /// <summary>Takes in one event or image message: SBE header and block.</summary>
    public void Apply(ReadOnlySpan<byte> message)
    {
        MessageHeader header = MemoryMarshal.Read<MessageHeader>(message);
        Dispatch(header.TemplateId, message.Slice(MessageHeader.Size, header.BlockLength));
        _books.Apply(message);
    }

    private void Dispatch(ushort templateId, ReadOnlySpan<byte> block)
    {
        switch (templateId)
        {
            case ImageBeginBlock.TemplateId: BeginImage(); break;
            case LedgerImageBlock.TemplateId:
                _referenceCurrencyId = MemoryMarshal.Read<LedgerImageBlock>(block).ReferenceCurrencyId;
                break;
            case ReferenceCurrencySetBlock.TemplateId:
                _referenceCurrencyId = MemoryMarshal.Read<ReferenceCurrencySetBlock>(block).CurrencyId;
                break;
            case CurrencyDefinedBlock.TemplateId: Define(MemoryMarshal.Read<CurrencyDefinedBlock>(block)); break;
            case InstrumentDefinedBlock.TemplateId: Define(MemoryMarshal.Read<InstrumentDefinedBlock>(block)); break;
            case AccountOpenedBlock.TemplateId: Open(MemoryMarshal.Read<AccountOpenedBlock>(block)); break;
            case CollateralPriceChangedBlock.TemplateId:
                Price(MemoryMarshal.Read<CollateralPriceChangedBlock>(block));
                break;
            case ReferencePriceSetBlock.TemplateId: Price(MemoryMarshal.Read<ReferencePriceSetBlock>(block)); break;
            case MarkPriceChangedBlock.TemplateId: Mark(MemoryMarshal.Read<MarkPriceChangedBlock>(block)); break;
            case BookImageBlock.TemplateId: TakeBook(MemoryMarshal.Read<BookImageBlock>(block)); break;
            case PositionImageBlock.TemplateId: TakePosition(MemoryMarshal.Read<PositionImageBlock>(block)); break;
            case OrderImageBlock.TemplateId: TakeOrder(MemoryMarshal.Read<OrderImageBlock>(block)); break;
            case OrderAcceptedBlock.TemplateId: Accept(MemoryMarshal.Read<OrderAcceptedBlock>(block)); break;
            case OrderCanceledBlock.TemplateId:
                _shortLegOrders.Remove(MemoryMarshal.Read<OrderCanceledBlock>(block).OrderId);
                break;
            case TradeBlock.TemplateId: Trade(MemoryMarshal.Read<TradeBlock>(block)); break;
            case SettlementStartedBlock.TemplateId: Settle(MemoryMarshal.Read<SettlementStartedBlock>(block)); break;
            case SettlementDoneBlock.TemplateId: Settle(MemoryMarshal.Read<SettlementDoneBlock>(block)); break;
            case TradingDateRolledBlock.TemplateId: Roll(MemoryMarshal.Read<TradingDateRolledBlock>(block)); break;
        }
    }

    private void BeginImage()
    {
        _accounts.Clear();
        _instruments.Clear();
        _currencies.Clear();
        _shortLegOrders.Clear();
        _books = new BookBuilder();
        _referenceCurrencyId = 0;
    }

    private void Define(in CurrencyDefinedBlock e) => CurrencyOf(e.CurrencyId).Code = e.Code.ToString();

    private void Define(in InstrumentDefinedBlock e) => _instruments[e.Envelope.InstrumentId] = new RiskInstrument(e);

    private void Open(in AccountOpenedBlock e) => _accounts[e.Envelope.AccountId] =
        new RiskAccount(e.Envelope.AccountId, e.Envelope.FirmId, e.Environment, e.PositionMode);

    private void Price(in CollateralPriceChangedBlock e) =>
        CurrencyOf(e.CurrencyId).CollateralPrice = e.Price / PriceScale;

    private void Price(in ReferencePriceSetBlock e) => CurrencyOf(e.CurrencyId).ReferencePrice = e.Price / PriceScale;

    private RiskCurrency CurrencyOf(uint currencyId)
    {
        if (!_currencies.TryGetValue(currencyId, out RiskCurrency? currency))
        {
            currency = new RiskCurrency();
            _currencies[currencyId] = currency;
        }

        return currency;
    }

    private void Mark(in MarkPriceChangedBlock e) => _instruments[e.Envelope.InstrumentId].Mark = e.Price;

    private void TakeBook(in BookImageBlock e) =>
        _instruments[e.Envelope.InstrumentId].LastPrice = e.LastPrice == NoPrice ? null : e.LastPrice;

    private void TakePosition(in PositionImageBlock e)
    {
        if (e.NetLots != 0)
        {
            _accounts[e.Envelope.AccountId].Positions[(e.Envelope.InstrumentId, e.Leg != 0)] =
                new RiskPosition(e.NetLots, e.Cost);
        }
    }

    private void TakeOrder(in OrderImageBlock e) =>
        Concern(e.Envelope, e.OrderId, e.Side, e.ReduceOnly != 0 || e.PositionEffect == PositionEffect.Close);

    private void Accept(in OrderAcceptedBlock e)
    {
        if (e.Repeated == 0)
        {
            Concern(e.Envelope, e.OrderId, e.Side, e.ReduceOnly != 0 || e.PositionEffect == PositionEffect.Close);
        }
    }

    /// <summary>A hedging account's buy opens the long position or reduces the short one.</summary>
    private void Concern(in EventEnvelope envelope, ulong orderId, Side side, bool reduces)
    {
        if (_accounts[envelope.AccountId].IsHedging && (side == Side.Sell) != reduces)
        {
            _shortLegOrders.Add(orderId);
        }
    }

    private void Trade(in TradeBlock e)
    {
        RiskInstrument instrument = _instruments[e.Envelope.InstrumentId];
        instrument.LastPrice = e.Price;
        if (instrument.HasPositions)
        {
            Int128 notional = (Int128)e.Price * instrument.NotionalPerTickLot;
            long taken = e.TakerSide == Side.Buy ? e.Quantity : -e.Quantity;
            Fill(e.TakerAccountId, instrument.Id, e.TakerOrderId, taken, notional);
            Fill(e.MakerAccountId, instrument.Id, e.MakerOrderId, -taken, notional);
        }

        if (e.MakerOpenLots == 0)
        {
            _shortLegOrders.Remove(e.MakerOrderId);
        }

        if (e.TakerOpenLots == 0)
        {
            _shortLegOrders.Remove(e.TakerOrderId);
        }
    }

    private void Fill(uint accountId, uint instrumentId, ulong orderId, long lots, Int128 notional) =>
        _accounts[accountId].Fill(instrumentId, _shortLegOrders.Contains(orderId), lots, notional);

    /// <summary>From here on what a future has earned until now is paid; it costs what it was settled at.</summary>
    private void Settle(in SettlementStartedBlock e)
    {
        if (e.Kind == SettlementKind.Variation)
        {
            RiskInstrument instrument = _instruments[e.Envelope.InstrumentId];
            foreach (RiskAccount account in _accounts.Values)
            {
                foreach (bool isShortLeg in (ReadOnlySpan<bool>)[false, true])
                {
                    if (account.Positions.TryGetValue((instrument.Id, isShortLeg), out RiskPosition position))
                    {
                        account.Positions[(instrument.Id, isShortLeg)] = position with
                        {
                            Cost = (Int128)e.Price * position.NetLots * instrument.NotionalPerTickLot,
                        };
                    }
                }
            }
        }
    }

    private void Settle(in SettlementDoneBlock e)
    {
        if (e.Kind == SettlementKind.Expiry)
        {
            foreach (RiskAccount account in _accounts.Values)
            {
                account.Positions.Remove((e.Envelope.InstrumentId, false));
                account.Positions.Remove((e.Envelope.InstrumentId, true));
            }
        }
    }

    /// <summary>The prices at the roll are the closing prices of the date that ends; the first roll ends none.</summary>
    private void Roll(in TradingDateRolledBlock e)
    {
        if (e.PreviousDate == 0)
        {
            return;
        }

        foreach (RiskInstrument instrument in _instruments.Values)
        {
            if (instrument.Price is long price)
            {
                History.Close(e.PreviousDate, new RiskFactor(RiskFactorKind.Instrument, instrument.Id), price);
            }
        }

        foreach ((uint id, RiskCurrency currency) in _currencies)
        {
            if (id != _referenceCurrencyId && currency.Price is double price)
            {
                History.Close(e.PreviousDate, new RiskFactor(RiskFactorKind.Currency, id), price);
            }
        }
    }

    private sealed class RiskCurrency
    {
        public string Code { get; set; } = "";

        public double? CollateralPrice { get; set; }

        public double? ReferencePrice { get; set; }

        /// <summary>What margin counts with, otherwise what fees count with.</summary>
        public double? Price => CollateralPrice ?? ReferencePrice;
    }
}
