using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Positions on their way through entry, amendment, cancel and fill; see the rules, Positions and margin.</summary>
public sealed unsafe partial class Engine
{
    // A position of MaxLots at the worst price costs at most 2^59. Open orders trade at most twice MaxLots, each lot for
    // at most twice that price, so a profit of up to 2^61 at entry stays below 2^62 whatever they do.
    private const long MaxPositionNotional = 1L << 59;
    private const long MaxRealised = 1L << 61;

    private const byte TracksPositions = 1;

    private readonly NativeArray<PositionTerms> _positionTerms;

    /// <summary>Living orders that may open or increase a position; each can ask for one more lot.</summary>
    private uint _openingOrders;

    private static InstrumentFeatures FeaturesOf(DefineInstrumentBlock* request)
    {
        if (request->Kind != InstrumentKind.Spot)
        {
            return InstrumentFeatures.Positions | InstrumentFeatures.Margin;
        }

        return (request->Flags & TracksPositions) != 0 ? InstrumentFeatures.Positions : InstrumentFeatures.None;
    }

    /// <summary>The part of a definition that concerns positions; false = refused.</summary>
    private static bool TryTerms(DefineInstrumentBlock* request, long notionalPerTickLot, out PositionTerms terms)
    {
        terms = new PositionTerms { Flags = request->Flags, ExpiryNs = request->ExpiryNs };
        if (request->Kind > InstrumentKind.Fx
            || request->Flags > TracksPositions
            || request->SettlementDays != 0
            || (request->Kind == InstrumentKind.Future ? request->ExpiryNs < 0 : request->ExpiryNs != 0))
        {
            return false;
        }

        if (FeaturesOf(request) == InstrumentFeatures.None)
        {
            return true;
        }

        Int128 worst = Int128.Max(Int128.Max(Int128.Abs(request->MinPrice), Int128.Abs(request->MaxPrice)), 1);
        terms.MaxLots = (long)(MaxPositionNotional / (worst * notionalPerTickLot));
        return terms.MaxLots >= request->MaxQuantity;
    }

    /// <summary>Reduce-only and position effect, the end of step 5.</summary>
    private RejectReason CheckEffect(NewOrderBlock* request, Instrument* instrument)
    {
        bool hasPositions = instrument->Features != InstrumentFeatures.None;
        if (request->ReduceOnly > 1 || (request->ReduceOnly == 1 && !hasPositions))
        {
            return RejectReason.InvalidReduceOnly;
        }

        if (request->PositionEffect == PositionEffect.Auto)
        {
            return RejectReason.None;
        }

        bool hedging = _accounts[request->Envelope.AccountId].PositionMode == PositionMode.Hedging;
        if (request->PositionEffect > PositionEffect.Close || !hasPositions || !hedging)
        {
            return RejectReason.InvalidPositionEffect;
        }

        return request->PositionEffect == PositionEffect.Open && request->ReduceOnly == 1
            ? RejectReason.InvalidReduceOnly
            : RejectReason.None;
    }

    /// <summary>What the order may do to its position.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckPosition(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        uint accountId = request->Envelope.AccountId;
        uint side = (uint)request->Side;
        bool hedging = _accounts[accountId].PositionMode == PositionMode.Hedging;
        bool reduces = request->ReduceOnly == 1 || request->PositionEffect == PositionEffect.Close;
        uint leg = !hedging ? 0 : reduces ? side ^ 1 : side;
        entry.Marks = (reduces ? OrderMarks.Reduces : OrderMarks.Opens) | (leg != 0 ? OrderMarks.ShortLeg : OrderMarks.None);
        entry.PositionKey = Positions.KeyOf(accountId, request->InstrumentId, leg);
        uint row = _positions.Find(entry.PositionKey);
        RejectReason reason = IsOnMargin(entry.Instrument)
            ? CheckMarginTerms(entry.Instrument, request->InstrumentId)
            : RejectReason.None;
        if (reason == RejectReason.None)
        {
            reason = reduces ? CheckDecrease(row, side, request->Quantity) : CheckNew(row, request);
        }

        return reason == RejectReason.None && IsOnMargin(entry.Instrument)
            ? CheckMargin(entry.PositionKey, side, request->Quantity, WorstValue(ref entry))
            : reason;
    }

    private RejectReason CheckDecrease(uint row, uint side, long more) =>
        more > LeftToReduce(row, side) ? RejectReason.ReduceOnlyWouldIncrease : RejectReason.None;

    private RejectReason CheckNew(uint row, NewOrderBlock* request) => row == 0 && !_positions.HasRoom
        ? RejectReason.CapacityExceeded
        : CheckIncrease(row, request->InstrumentId, (uint)request->Side, request->Quantity, request->Quantity, 1);

    /// <summary>An amended order that loses its place counts like a new one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason CheckAmendedPosition(OrderRecord* order, long price, long openLots)
    {
        uint side = order->Resting.Side;
        uint row = PositionOf(order);
        long more = openLots - order->Resting.OpenLots;
        RejectReason reason = (order->Resting.Marks & OrderMarks.Reduces) != 0
            ? CheckDecrease(row, side, more)
            : CheckIncrease(row, order->InstrumentId, side, more, openLots, 0);
        Instrument* instrument = _instruments + order->InstrumentId;
        if (reason != RejectReason.None || !IsOnMargin(instrument))
        {
            return reason;
        }

        long value = instrument->Notional(price, openLots) - instrument->Notional(order->Price, order->Resting.OpenLots);
        return CheckMargin(_positions[row].Key, side, more, value);
    }

    /// <summary>Lots that a further order of the side could take off the position.</summary>
    private long LeftToReduce(uint row, uint side)
    {
        if (row == 0)
        {
            return 0;
        }

        ref PositionRecord position = ref _positions[row];
        return side == 0
            ? Math.Max(0, -position.NetLots) - position.OpenBuyLots
            : Math.Max(0, position.NetLots) - position.OpenSellLots;
    }

    /// <param name="row">The position; 0 = not there yet.</param>
    /// <param name="instrumentId">Its instrument.</param>
    /// <param name="side">The order's.</param>
    /// <param name="more">Open lots that come on top of the side's.</param>
    /// <param name="openLots">The order's open lots.</param>
    /// <param name="newOrders">1 unless it is counted among the opening orders already.</param>
    private RejectReason CheckIncrease(uint row, uint instrumentId, uint side, long more, long openLots, uint newOrders)
    {
        ref PositionRecord position = ref _positions[row];
        long worst = side == 0 ? position.NetLots + position.OpenBuyLots : position.OpenSellLots - position.NetLots;
        if (more > _positionTerms[instrumentId].MaxLots - worst
            || Math.Abs(position.RealisedAverage) > MaxRealised
            || Math.Abs(position.RealisedFifo) > MaxRealised
            || Math.Abs(position.Unsettled) > MaxRealised)
        {
            return RejectReason.PositionOverflow;
        }

        // Each opening order can begin one more lot as a maker, and a second one when a settlement has changed the price
        // of the first; a taker begins one with each fill: see the rules.
        ulong wanted = (2 * ((ulong)_openingOrders + newOrders)) + (ulong)Math.Min(openLots, Limits.MaxFillsPerCommand);
        return _positionLots.Free < wanted ? RejectReason.CapacityExceeded : RejectReason.None;
    }

    /// <summary>The order is accepted: it counts in its position, which is made when it is not there yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Track(ref Entry entry)
    {
        if ((entry.Marks & OrderMarks.OfPosition) != 0)
        {
            TrackOrder(ref entry);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TrackOrder(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        uint row = _positions.Find(entry.PositionKey);
        if (row == 0)
        {
            row = AddPosition(entry.PositionKey);
        }

        _openingOrders += (entry.Marks & OrderMarks.Opens) != 0 ? 1u : 0u;
        if (!IsOnMargin(entry.Instrument))
        {
            AddOpenLots(ref _positions[row], (uint)request->Side, request->Quantity);
            return;
        }

        _accounts[request->Envelope.AccountId].Margin |= AccountMargin.OnMargin;
        AddOpen(ref _positions[row], (uint)request->Side, request->Quantity, entry.Instrument->Notional(entry.Price, request->Quantity));
        Value(row);
    }

    private uint AddPosition(ulong key)
    {
        uint row = _positions.Add(key);
        ref PositionRecord position = ref _positions[row];
        ref Account account = ref _accounts[position.AccountId];
        ref PositionTerms terms = ref _positionTerms[position.InstrumentId];
        position.NextOfAccount = account.FirstPosition;
        account.FirstPosition = row;
        position.NextOfInstrument = terms.FirstPosition;
        terms.FirstPosition = row;
        return row;
    }

    private static void AddOpenLots(ref PositionRecord position, uint side, long lots)
    {
        if (side == 0)
        {
            position.OpenBuyLots += lots;
        }
        else
        {
            position.OpenSellLots += lots;
        }

        Invariant.Require((position.OpenBuyLots | position.OpenSellLots) >= 0);
    }

    /// <summary>Lots of a living order go without a trade.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Untrack(OrderRecord* order, long lots)
    {
        if ((order->Resting.Marks & OrderMarks.OfPosition) != 0)
        {
            UntrackLots(order, lots);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void UntrackLots(OrderRecord* order, long lots)
    {
        Instrument* instrument = _instruments + order->InstrumentId;
        uint row = PositionOf(order);
        if (!IsOnMargin(instrument))
        {
            AddOpenLots(ref _positions[row], order->Resting.Side, -lots);
            return;
        }

        // Market orders have the price 0, and so no value that they could add or take away.
        AddOpen(ref _positions[row], order->Resting.Side, -lots, -instrument->Notional(order->Price, lots));
        Value(row);
    }

    /// <summary>The order is about to have another price and other open lots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Retrack(OrderRecord* order, long price, long openLots)
    {
        if ((order->Resting.Marks & OrderMarks.OfPosition) != 0)
        {
            RetrackLots(order, price, openLots);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RetrackLots(OrderRecord* order, long price, long openLots)
    {
        Instrument* instrument = _instruments + order->InstrumentId;
        uint row = PositionOf(order);
        long lots = openLots - order->Resting.OpenLots;
        if (!IsOnMargin(instrument))
        {
            AddOpenLots(ref _positions[row], order->Resting.Side, lots);
            return;
        }

        long value = instrument->Notional(price, openLots) - instrument->Notional(order->Price, order->Resting.OpenLots);
        AddOpen(ref _positions[row], order->Resting.Side, lots, value);
        Value(row);
    }

    /// <summary>The position of an order that has one.</summary>
    private uint PositionOf(OrderRecord* order)
    {
        uint leg = (order->Resting.Marks & OrderMarks.ShortLeg) != 0 ? 1u : 0u;
        uint row = _positions.Find(Positions.KeyOf(order->Resting.AccountId, order->InstrumentId, leg));
        Invariant.Require(row != 0);
        return row;
    }

    private PositionEffect EffectOf(OrderRecord* order)
    {
        bool hedging = _accounts[order->Resting.AccountId].PositionMode == PositionMode.Hedging;
        if (!hedging || (order->Resting.Marks & OrderMarks.OfPosition) == 0)
        {
            return PositionEffect.Auto;
        }

        return (order->Resting.Marks & OrderMarks.Reduces) != 0 ? PositionEffect.Close : PositionEffect.Open;
    }

    /// <summary>Cuts a reduce-only maker to what its position has left; false: it is small enough.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Trim(uint slot)
    {
        OrderRecord* order = Record(slot);
        ref PositionRecord position = ref _positions[PositionOf(order)];
        long left = Math.Max(0, order->Resting.Side == 0 ? -position.NetLots : position.NetLots);
        long lots = order->Resting.OpenLots - left;
        if (lots <= 0)
        {
            return false;
        }

        if (left == 0)
        {
            CancelResting(slot, CancelReason.ReduceOnly, null);
            return true;
        }

        Instrument* instrument = _instruments + order->InstrumentId;
        order->Resting.OpenLots = left;
        ReleaseOrder(instrument, order, lots);
        var block = (OrderTrimmedBlock*)_writer.Next(
            OrderTrimmedBlock.TemplateId, OrderTrimmedBlock.BlockLength, order->InstrumentId, ++instrument->Sequence);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->TrimmedLots = lots;
        block->OpenLots = left;
        block->Side = (Side)order->Resting.Side;
        block->OwnerAccountId = order->Resting.AccountId;
        block->OwnerSessionId = SessionOf(order);
        return true;
    }

    /// <summary>Both sides' positions after a fill, the taker's first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MovePositions(ref Taker taker, OrderRecord* maker, long price, long lots)
    {
        MovePosition(taker.Instrument, taker.Order, price, lots);
        MovePosition(taker.Instrument, maker, price, lots);
    }

    private void MovePosition(Instrument* instrument, OrderRecord* order, long price, long lots)
    {
        uint row = PositionOf(order);
        ref PositionRecord position = ref _positions[row];
        uint side = order->Resting.Side;
        bool onMargin = IsOnMargin(instrument);
        AddOpen(ref position, side, -lots, onMargin ? -instrument->Notional(order->Price, lots) : 0);
        long realised = position.RealisedAverage;
        bool isLong = position.NetLots > 0;
        bool closes = side == 0 ? position.NetLots < 0 : isLong;
        long closed = closes ? Math.Min(lots, Math.Abs(position.NetLots)) : 0;
        if (closed != 0)
        {
            Close(instrument, ref position, price, closed, isLong ? 1 : -1);
        }

        long opened = lots - closed;
        if (opened != 0)
        {
            long sign = side == 0 ? 1 : -1;
            position.NetLots += sign * opened;
            position.Cost += sign * instrument->Notional(price, opened);
            _positionLots.Open(ref position, price, opened, _lastTradeId);
        }

        if (onMargin)
        {
            SettleFillOnMargin(instrument, row, position.RealisedAverage - realised);
        }
    }

    /// <param name="instrument">Of the position.</param>
    /// <param name="position">Has at least the lots.</param>
    /// <param name="price">They are closed at.</param>
    /// <param name="lots">Above zero.</param>
    /// <param name="sign">1 = the position is long, −1 = short.</param>
    private void Close(Instrument* instrument, ref PositionRecord position, long price, long lots, long sign)
    {
        long proceeds = sign * instrument->Notional(price, lots);
        long cost = AverageCost.PartOf(position.Cost, Math.Abs(position.NetLots), lots);
        long fifoCost = sign * (_positionLots.Close(ref position, lots) * instrument->NotionalPerTickLot);
        position.NetLots -= sign * lots;
        position.Cost -= cost;
        position.RealisedAverage += proceeds - cost;
        position.RealisedFifo += proceeds - fifoCost;
    }

    private void WritePositions(ref ImageFrames image)
    {
        for (uint row = 1; row <= _positions.Count; row++)
        {
            ref PositionRecord position = ref _positions[row];
            var block = (PositionImageBlock*)image.Next(
                PositionImageBlock.TemplateId, PositionImageBlock.BlockLength, position.InstrumentId, 0, position.AccountId);
            block->NetLots = position.NetLots;
            block->OpenBuyLots = position.OpenBuyLots;
            block->OpenSellLots = position.OpenSellLots;
            block->Cost = position.Cost;
            block->RealisedAverage = position.RealisedAverage;
            block->RealisedFifo = position.RealisedFifo;
            block->Unsettled = position.Unsettled;
            block->Unrealised = position.Unrealised;
            block->Initial = position.Initial;
            block->Maintenance = position.Maintenance;
            block->Leg = (byte)position.Leg;
            for (uint lot = position.OldestLot; lot != 0; lot = _positionLots[lot].Next)
            {
                block->Lots++;
            }

            for (uint lot = position.OldestLot; lot != 0; lot = _positionLots[lot].Next)
            {
                var part = (PositionLotImageBlock*)image.Next(
                    PositionLotImageBlock.TemplateId,
                    PositionLotImageBlock.BlockLength,
                    position.InstrumentId,
                    0,
                    position.AccountId);
                part->Price = _positionLots[lot].Price;
                part->Lots = _positionLots[lot].Lots;
                part->TradeId = _positionLots[lot].TradeId;
            }
        }
    }
}
