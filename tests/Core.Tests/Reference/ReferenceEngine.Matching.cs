using System;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Matching, self-trade prevention, and the money that moves with them.</summary>
internal sealed partial class ReferenceEngine
{
    private void MatchAndFinish(ReferenceOrder taker)
    {
        _taker = taker;
        CancelReason? ended = Match(taker);
        if (taker.OpenLots > 0)
        {
            FinishRemainder(taker, ended);
        }

        _taker = null;
        if (taker.OpenLots == 0)
        {
            Die(taker);
        }
    }

    /// <summary>Trades as far as the taker reaches; says why its remainder has to go, null when nothing forbids it to stay.</summary>
    private CancelReason? Match(ReferenceOrder taker)
    {
        for (uint met = 0; taker.OpenLots > 0; met++)
        {
            if (met == Limits.MaxFillsPerCommand)
            {
                return CancelReason.FillLimit;
            }

            ReferenceOrder? maker = taker.Instrument.Book.Of(taker.Opposite).FirstOrDefault();
            if (maker is null || !taker.Reaches(maker))
            {
                return null;
            }

            if (maker.Reduces && Trim(maker))
            {
                continue;
            }

            bool isOwn = maker.Account == taker.Account;
            SelfTradePrevention mode = isOwn ? taker.SelfTradePrevention : SelfTradePrevention.None;
            switch (mode)
            {
                case SelfTradePrevention.None:
                    Trade(taker, maker);
                    break;
                case SelfTradePrevention.CancelNewest:
                    return CancelReason.SelfTradePrevention;
                case SelfTradePrevention.CancelOldest:
                    CancelResting(maker, CancelReason.SelfTradePrevention, default);
                    break;
                case SelfTradePrevention.CancelBoth:
                    CancelResting(maker, CancelReason.SelfTradePrevention, default);
                    return CancelReason.SelfTradePrevention;
                case SelfTradePrevention.Decrement:
                    Decrement(taker, maker);
                    break;
            }
        }

        return null;
    }

    private void Trade(ReferenceOrder taker, ReferenceOrder maker)
    {
        long lots = Math.Min(taker.OpenLots, maker.OpenLots);
        taker.OpenLots -= lots;
        maker.OpenLots -= lots;
        Settle(taker, maker, lots);
        TradeBlock trade = new()
        {
            TradeId = ++_lastTradeId,
            Price = maker.Price,
            Quantity = lots,
            TakerOrderId = taker.Id,
            MakerOrderId = maker.Id,
            TakerOpenLots = taker.OpenLots,
            MakerOpenLots = maker.OpenLots,
            MakerAccountId = maker.Account.Id,
            MakerSessionId = maker.SessionId,
            TakerAccountId = taker.Account.Id,
            TakerSide = taker.Side,
        };
        Emit(trade, taker.Instrument, changesBook: true);
        BigInteger notional = taker.Instrument.Notional(maker.Price, lots);
        ChargeFee(taker, isTaker: true, notional, lots);
        ChargeFee(maker, isTaker: false, notional, lots);
        MovePosition(taker, lots, maker.Price);
        MovePosition(maker, lots, maker.Price);
        taker.Instrument.LastTradeId = _lastTradeId;
        taker.Instrument.LastPrice = maker.Price;
        CountTrade(taker);
        CountTrade(maker);
        UseCredit(taker, maker.Price, lots);
        UseCredit(maker, maker.Price, lots);
        if (maker.OpenLots == 0)
        {
            maker.Instrument.Book.Remove(maker);
            Die(maker);
        }
    }

    private void Decrement(ReferenceOrder taker, ReferenceOrder maker)
    {
        long lots = Math.Min(taker.OpenLots, maker.OpenLots);
        ReleaseLots(taker, maker.Price, lots);
        if (lots == maker.OpenLots)
        {
            CancelResting(maker, CancelReason.SelfTradeDecrement, default);
        }
        else
        {
            ReleaseLots(maker, maker.Price, lots);
            maker.OpenLots -= lots;
            maker.TotalLots -= lots;
            Value(maker.Position);
            OrderReducedBlock reduced = new()
            {
                OrderId = maker.Id,
                ReducedLots = lots,
                OpenLots = maker.OpenLots,
                Side = maker.Side,
                OwnerAccountId = maker.Account.Id,
                OwnerSessionId = maker.SessionId,
            };
            Emit(reduced, maker.Instrument, changesBook: true);
        }

        taker.OpenLots -= lots;
        taker.TotalLots -= lots;
        if (taker.OpenLots == 0)
        {
            EmitCanceled(taker, lots, CancelReason.SelfTradeDecrement, rested: false, default);
        }
    }

    /// <summary>What becomes of a taker's remainder: it rests, or it is cancelled.</summary>
    private void FinishRemainder(ReferenceOrder taker, CancelReason? ended)
    {
        CancelReason? reason = ended;
        if (reason is null && taker.Type == OrderType.Market)
        {
            reason = CancelReason.MarketRemainder;
        }
        else if (reason is null && taker.TimeInForce != TimeInForce.GoodTillCancel)
        {
            reason = CancelReason.ImmediateOrCancel;
        }
        else if (reason is null
            && !(HasPricePage(taker.Instrument, taker.Side, taker.Price) && HasRoomForOwner(taker.SessionId, taker.Account)))
        {
            reason = CancelReason.BookFull;
        }

        if (reason is { } canceled)
        {
            EmitCanceled(taker, taker.OpenLots, canceled, rested: false, default);
            taker.OpenLots = 0;
            return;
        }

        Rest(taker);
        OrderRestedBlock restedEvent = new()
        {
            OrderId = taker.Id,
            Price = taker.Price,
            OpenLots = taker.OpenLots,
            Side = taker.Side,
        };
        Emit(restedEvent, taker.Instrument, changesBook: true);
    }

    private void CancelResting(ReferenceOrder order, CancelReason reason, in ClientOrderId requestId)
    {
        order.Instrument.Book.Remove(order);
        EmitCanceled(order, order.OpenLots, reason, rested: true, requestId);
        order.OpenLots = 0;
        Die(order);
    }

    private void EmitCanceled(
        ReferenceOrder order, long lots, CancelReason reason, bool rested, in ClientOrderId requestId)
    {
        OrderCanceledBlock canceled = new()
        {
            OrderId = order.Id,
            Price = order.Price,
            CanceledLots = lots,
            ClientOrderId = requestId,
            Reason = reason,
            Side = order.Side,
            Rested = rested ? (byte)1 : (byte)0,
            OwnerAccountId = order.Account.Id,
            OwnerSessionId = order.SessionId,
        };
        Emit(canceled, order.Instrument, changesBook: rested);
    }

    /// <summary>The end of an order: what it still holds, its slot, and its ids out of the window are given back.</summary>
    private void Die(ReferenceOrder order)
    {
        order.IsAlive = false;
        Value(order.Position);
        Release(order, order.HeldBase, order.HeldQuote);
        if (order.Fees is not null)
        {
            Hold(order.Account.Balances[order.Instrument.Definition.QuoteCurrencyId], -order.Fees.Held);
            order.Fees.Held = 0;
        }

        _slots.Return(order.Id);
        ForgetIdsOf(order);
    }

    private static void Settle(ReferenceOrder taker, ReferenceOrder maker, long lots)
    {
        ReferenceInstrument instrument = taker.Instrument;
        ReleaseLots(taker, maker.Price, lots);
        ReleaseLots(maker, maker.Price, lots);
        if (instrument.IsOnMargin)
        {
            return;
        }

        ReferenceAccount buyer = taker.Side == Side.Buy ? taker.Account : maker.Account;
        ReferenceAccount seller = taker.Side == Side.Buy ? maker.Account : taker.Account;
        Move(buyer, seller, instrument.Definition.QuoteCurrencyId, instrument.Notional(maker.Price, lots));
        Move(seller, buyer, instrument.Definition.BaseCurrencyId, (BigInteger)lots * instrument.BasePerLot);
    }

    private static void Move(ReferenceAccount from, ReferenceAccount to, uint currency, BigInteger amount)
    {
        from.Balances[currency].Available -= amount;
        to.Balances[currency].Available += amount;
        RequireSound(from.Balances[currency]);
        RequireSound(to.Balances[currency]);
    }

    private static void TakeHold(ReferenceOrder order, BigInteger holdBase, BigInteger holdQuote)
    {
        if (order.Instrument.IsOnMargin)
        {
            return;
        }

        order.HeldBase += holdBase;
        order.HeldQuote += holdQuote;
        Hold(order.Account.Balances[order.Instrument.Definition.BaseCurrencyId], holdBase);
        Hold(order.Account.Balances[order.Instrument.Definition.QuoteCurrencyId], holdQuote);
    }

    /// <summary>Releases what the order holds for some of its lots: at its own limit, or as this maker was counted.</summary>
    private static void ReleaseLots(ReferenceOrder order, long makerPrice, long lots)
    {
        (BigInteger heldBase, BigInteger heldQuote) = order.Type == OrderType.Market
            ? order.Instrument.MarketHold(order.Side, makerPrice, lots)
            : order.Instrument.Hold(order.Side, order.Price, lots);
        Release(order, heldBase, heldQuote);
    }

    private static void Release(ReferenceOrder order, BigInteger heldBase, BigInteger heldQuote) =>
        TakeHold(order, -heldBase, -heldQuote);

    private static void Hold(ReferenceBalance balance, BigInteger amount)
    {
        balance.Available -= amount;
        balance.Held += amount;
        RequireSound(balance);
    }

    private static void RequireSound(ReferenceBalance balance)
    {
        bool sound = balance.Available >= 0 && balance.Held >= 0 && balance.Pending >= 0 && Fits(balance.Total);
        if (!sound)
        {
            throw new InvalidOperationException($"available {balance.Available}, held {balance.Held}: the rules do not hold");
        }
    }
}
