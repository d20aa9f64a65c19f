using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Positions: what an order may do to them, and what a fill does.</summary>
internal sealed partial class ReferenceEngine
{
    private static readonly BigInteger MaxRealised = BigInteger.One << 61;

    /// <summary>In the order in which they were made.</summary>
    private readonly List<ReferencePosition> _positions = [];

    public IReadOnlyList<ReferencePosition> Positions => _positions;

    /// <summary>Lots of the resting orders of a side that concern the position.</summary>
    public BigInteger OpenLots(ReferencePosition position, Side side) => OpenOrders(position, side)
        .Aggregate(BigInteger.Zero, (sum, order) => sum + order.OpenLots);

    private static RejectReason CheckPositionTerms(ReferenceInstrument instrument)
    {
        DefineInstrumentBlock definition = instrument.Definition;
        bool isSane = definition.Kind <= InstrumentKind.Fx && definition.Flags <= 1
            && definition.SettlementDays == 0
            && (definition.Kind == InstrumentKind.Future ? definition.ExpiryNs >= 0 : definition.ExpiryNs == 0)
            && (!instrument.HasPositions || instrument.MaxPositionLots >= definition.MaxQuantity);
        return isSane ? RejectReason.None : RejectReason.InvalidDefinition;
    }

    private static RejectReason CheckEffect(
        in NewOrderBlock request, ReferenceAccount account, ReferenceInstrument instrument)
    {
        if (request.ReduceOnly > 1 || (request.ReduceOnly == 1 && !instrument.HasPositions))
        {
            return RejectReason.InvalidReduceOnly;
        }

        bool mayName = instrument.HasPositions && account.PositionMode == PositionMode.Hedging;
        if (request.PositionEffect > PositionEffect.Close || (request.PositionEffect != PositionEffect.Auto && !mayName))
        {
            return RejectReason.InvalidPositionEffect;
        }

        bool contradicts = request.ReduceOnly == 1 && request.PositionEffect == PositionEffect.Open;
        return contradicts ? RejectReason.InvalidReduceOnly : RejectReason.None;
    }

    private static bool Reduces(in NewOrderBlock request) =>
        request.ReduceOnly == 1 || request.PositionEffect == PositionEffect.Close;

    /// <summary>In hedging mode a buy opens the long position and closes the short one, a sell the other way round.</summary>
    private static bool IsOfShortLeg(in NewOrderBlock request, ReferenceAccount account) =>
        account.PositionMode == PositionMode.Hedging && (request.Side == Side.Sell) != Reduces(request);

    private ReferencePosition? FindPosition(
        in NewOrderBlock request, ReferenceAccount account, ReferenceInstrument instrument)
    {
        bool isShortLeg = IsOfShortLeg(request, account);
        return _positions.Find(p => p.Account == account && p.Instrument == instrument && p.IsShortLeg == isShortLeg);
    }

    private ReferencePosition OpenPosition(
        in NewOrderBlock request, ReferenceAccount account, ReferenceInstrument instrument)
    {
        ReferencePosition? position = FindPosition(request, account, instrument);
        if (position is null)
        {
            position = new ReferencePosition
            {
                Account = account,
                Instrument = instrument,
                IsShortLeg = IsOfShortLeg(request, account),
            };
            _positions.Add(position);
        }

        return position;
    }

    private RejectReason CheckPosition(
        in NewOrderBlock request, ReferenceAccount account, ReferenceInstrument instrument, long price)
    {
        if (!instrument.HasPositions)
        {
            return RejectReason.None;
        }

        ReferencePosition? position = FindPosition(request, account, instrument);
        RejectReason reason = CheckMarginTerms(instrument);
        if (reason == RejectReason.None)
        {
            reason = CheckSize(request, position, instrument);
        }

        if (reason != RejectReason.None || !instrument.IsOnMargin)
        {
            return reason;
        }

        position ??= new ReferencePosition { Account = account, Instrument = instrument, IsShortLeg = false };
        return CheckMargin(position, request.Side, request.Quantity, WorstValue(request, instrument, price));
    }

    private RejectReason CheckSize(
        in NewOrderBlock request, ReferencePosition? position, ReferenceInstrument instrument)
    {
        if (Reduces(request))
        {
            BigInteger left = position is null ? 0 : LeftToReduce(position, request.Side);
            return request.Quantity <= left ? RejectReason.None : RejectReason.ReduceOnlyWouldIncrease;
        }

        if (position is null && _positions.Count >= Limits.MaxPositions)
        {
            return RejectReason.CapacityExceeded;
        }

        if (request.Quantity + (position is null ? 0 : Worst(position, request.Side)) > instrument.MaxPositionLots
            || (position is not null && HasEarnedTooMuch(position)))
        {
            return RejectReason.PositionOverflow;
        }

        return HasRoomForLots(OpeningOrders + 1, request.Quantity) ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    private RejectReason CheckAmendedPosition(in AmendOrderBlock request, ReferenceOrder order)
    {
        bool keepsPlace = request.Price == order.Price && request.Quantity < order.TotalLots;
        if (order.Position is not { } position || keepsPlace)
        {
            return RejectReason.None;
        }

        long openLots = request.Quantity - order.FilledLots;
        BigInteger more = (BigInteger)openLots - order.OpenLots;
        RejectReason reason = CheckAmendedSize(order, position, more, openLots);
        BigInteger value = order.Instrument.Notional(request.Price, openLots)
            - order.Instrument.Notional(order.Price, order.OpenLots);
        return reason != RejectReason.None ? reason : CheckMargin(position, order.Side, more, value);
    }

    private RejectReason CheckAmendedSize(
        ReferenceOrder order, ReferencePosition position, BigInteger more, long openLots)
    {
        if (order.Reduces)
        {
            return more <= LeftToReduce(position, order.Side) ? RejectReason.None : RejectReason.ReduceOnlyWouldIncrease;
        }

        if (more + Worst(position, order.Side) > order.Instrument.MaxPositionLots || HasEarnedTooMuch(position))
        {
            return RejectReason.PositionOverflow;
        }

        return HasRoomForLots(OpeningOrders, openLots) ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    /// <summary>What the resting orders of the side leave of the position to be reduced.</summary>
    private BigInteger LeftToReduce(ReferencePosition position, Side side) =>
        Reducible(position, side) - OpenLots(position, side);

    private static BigInteger Reducible(ReferencePosition position, Side side) =>
        BigInteger.Max(0, side == Side.Sell ? position.NetLots : -position.NetLots);

    /// <summary>How far the position could go in the direction of the side: with all its resting orders filled.</summary>
    private BigInteger Worst(ReferencePosition position, Side side) =>
        (side == Side.Buy ? position.NetLots : -position.NetLots) + OpenLots(position, side);

    private static bool HasEarnedTooMuch(ReferencePosition position) =>
        BigInteger.Abs(position.RealisedAverage) > MaxRealised || BigInteger.Abs(position.RealisedFifo) > MaxRealised
        || BigInteger.Abs(position.Unsettled) > MaxRealised;

    private int OpeningOrders => RestingOrders.Count(order => order.Position is not null && !order.Reduces);

    private bool HasRoomForLots(int openingOrders, long openLots) =>
        Limits.MaxPositionLots - _positions.Sum(p => (long)p.Lots.Count)
            >= (2 * openingOrders) + Math.Min(openLots, Limits.MaxFillsPerCommand);

    /// <summary>Cuts a reduce-only maker to what its position has left; false: it is small enough.</summary>
    private bool Trim(ReferenceOrder maker)
    {
        long left = (long)Reducible(maker.Position!, maker.Side);
        if (maker.OpenLots <= left)
        {
            return false;
        }

        if (left == 0)
        {
            CancelResting(maker, CancelReason.ReduceOnly, default);
            return true;
        }

        long lots = maker.OpenLots - left;
        ReleaseLots(maker, maker.Price, lots);
        maker.OpenLots -= lots;
        maker.TotalLots -= lots;
        OrderTrimmedBlock trimmed = new()
        {
            OrderId = maker.Id,
            TrimmedLots = lots,
            OpenLots = maker.OpenLots,
            Side = maker.Side,
            OwnerAccountId = maker.Account.Id,
            OwnerSessionId = maker.SessionId,
        };
        Value(maker.Position);
        Emit(trimmed, maker.Instrument, changesBook: true);
        return true;
    }

    private void MovePosition(ReferenceOrder order, long lots, long price)
    {
        if (order.Position is not { } position)
        {
            return;
        }

        BigInteger before = position.RealisedAverage;
        position.Fill(order.Side == Side.Buy ? lots : -lots, price, _lastTradeId);
        if (!position.Instrument.IsOnMargin)
        {
            return;
        }

        position.Unsettled += position.RealisedAverage - before;
        if (position.Instrument.Definition.Kind != InstrumentKind.Future)
        {
            SettleProfit(position, PostingReason.Profit, _lastTradeId);
        }

        Value(position);
    }

    private static PositionEffect EffectOf(ReferenceOrder order)
    {
        if (order.Position is null || order.Account.PositionMode == PositionMode.Netting)
        {
            return PositionEffect.Auto;
        }

        return order.Reduces ? PositionEffect.Close : PositionEffect.Open;
    }

    private void ShowPositions()
    {
        foreach (ReferencePosition position in _positions)
        {
            EventEnvelope envelope = new() { AccountId = position.Account.Id, InstrumentId = position.Instrument.Id };
            PositionImageBlock block = new()
            {
                NetLots = (long)position.NetLots,
                OpenBuyLots = (long)OpenLots(position, Side.Buy),
                OpenSellLots = (long)OpenLots(position, Side.Sell),
                Cost = (long)position.Cost,
                RealisedAverage = (long)position.RealisedAverage,
                RealisedFifo = (long)position.RealisedFifo,
                Unsettled = (long)position.Unsettled,
                Unrealised = (long)position.Unrealised,
                Initial = (long)position.Initial,
                Maintenance = (long)position.Maintenance,
                Leg = position.IsShortLeg ? (byte)1 : (byte)0,
                Lots = (uint)position.Lots.Count,
            };
            Show(block, envelope);
            foreach ((long price, BigInteger lots, ulong tradeId) in position.Lots)
            {
                Show(new PositionLotImageBlock { Price = price, Lots = (long)BigInteger.Abs(lots), TradeId = tradeId }, envelope);
            }
        }
    }

    /// <summary>What one has another owes: over all accounts the positions of an instrument are nothing.</summary>
    private void RequirePositionsBalance()
    {
        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            // While an instrument expires some of its positions are closed and others are not yet.
            if (_settlements.Exists(s => s.Instrument == instrument && s.Terms.Kind == SettlementKind.Expiry))
            {
                continue;
            }

            List<ReferencePosition> all = _positions.FindAll(p => p.Instrument == instrument);
            BigInteger lots = all.Aggregate(BigInteger.Zero, (sum, p) => sum + p.NetLots);
            BigInteger money = all.Aggregate(BigInteger.Zero, (sum, p) => sum + p.Cost - p.RealisedAverage);
            Require(lots == 0, $"the positions of instrument {instrument.Id} sum to {lots} lots");
            Require(money == 0, $"cost less profit of instrument {instrument.Id} sums to {money}");
            Require(all.TrueForAll(p => BigInteger.Abs(p.NetLots) <= instrument.MaxPositionLots), "a position is too large");
            Require(all.TrueForAll(p => !p.IsShortLeg || p.NetLots <= 0), "a short leg is long");
        }

        Require(_positions.Count <= Limits.MaxPositions, "more positions than fit");
        Require(_positions.Sum(p => (long)p.Lots.Count) <= Limits.MaxPositionLots, "more lots than fit");
    }
}
