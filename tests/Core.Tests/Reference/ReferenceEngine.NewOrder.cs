using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>NewOrder: the checks in their order.</summary>
internal sealed partial class ReferenceEngine
{
    /// <summary>What the checks found out about an order that passed them.</summary>
    private sealed record Entry(
        ReferenceInstrument Instrument,
        long Price,
        BigInteger HoldBase,
        BigInteger HoldQuote,
        ReferenceFees? Fees,
        bool RestsWithoutTrade);

    private void NewOrder(in NewOrderBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        if (reason == RejectReason.None && !IsWellFormed(request.ClientOrderId))
        {
            reason = RejectReason.InvalidClientOrderId;
        }

        if (reason != RejectReason.None)
        {
            RejectOrder(request, reason);
            return;
        }

        if (account.KnownIds.TryGetValue(request.ClientOrderId, out KnownClientOrderId? known))
        {
            Repeat(request, known);
            return;
        }

        reason = CheckOrder(request, account, out Entry? entry);
        if (reason == RejectReason.None)
        {
            Enter(request, account, entry!);
            return;
        }

        RejectOrder(request, reason);
        if (reason != RejectReason.ClientOrderIdsFull && HasRoomForClientOrderId(account))
        {
            Remember(account, new() { Id = request.ClientOrderId, Content = request, Reason = reason });
        }
    }

    /// <summary>Steps 4 to 8.</summary>
    private RejectReason CheckOrder(in NewOrderBlock request, ReferenceAccount account, out Entry? entry)
    {
        entry = null;
        RejectReason reason = CheckEntry(account);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (!_instruments.TryGetValue(request.InstrumentId, out ReferenceInstrument? instrument))
        {
            return RejectReason.UnknownInstrument;
        }

        if (instrument.Definition.Environment != account.Environment)
        {
            return RejectReason.EnvironmentMismatch;
        }

        if (instrument.Status != TradingStatus.Open)
        {
            return RejectReason.InstrumentHalted;
        }

        if (account.MarginState == ReferenceMarginState.Liquidating)
        {
            return RejectReason.AccountInLiquidation;
        }

        reason = CheckTerms(request);
        if (reason == RejectReason.None)
        {
            reason = CheckEffect(request, account, instrument);
        }

        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request.Quantity < 1 || request.Quantity > instrument.Definition.MaxQuantity)
        {
            return RejectReason.InvalidQuantity;
        }

        if (request.OrderType == OrderType.Limit)
        {
            reason = CheckPrice(instrument, request.Price, request.Quantity);
        }

        if (reason == RejectReason.None)
        {
            BigInteger notional = request.OrderType == OrderType.Market
                ? MarketNotional(request, instrument)
                : BigInteger.Abs(instrument.Notional(request.Price, request.Quantity));
            reason = CheckLimits(account, instrument, request.Side, request.Quantity, request.Price, notional, Reduces(request), request);
        }

        return reason != RejectReason.None ? reason : CheckAgainstBook(request, account, instrument, out entry);
    }

    /// <summary>Step 5.</summary>
    private static RejectReason CheckTerms(in NewOrderBlock request)
    {
        if (request.Side is not (Side.Buy or Side.Sell))
        {
            return RejectReason.InvalidSide;
        }

        if (request.OrderType is not (OrderType.Limit or OrderType.Market))
        {
            return RejectReason.InvalidOrderType;
        }

        bool isGoodTillCancel = request.TimeInForce == TimeInForce.GoodTillCancel;
        if (request.TimeInForce > TimeInForce.FillOrKill
            || (request.OrderType == OrderType.Market && isGoodTillCancel))
        {
            return RejectReason.InvalidTimeInForce;
        }

        if (request.PostOnly > PostOnly.Slide
            || (request.PostOnly != PostOnly.No && !(isGoodTillCancel && request.OrderType == OrderType.Limit)))
        {
            return RejectReason.InvalidPostOnly;
        }

        return request.SelfTradePrevention > SelfTradePrevention.Decrement
            ? RejectReason.InvalidSelfTradePrevention
            : RejectReason.None;
    }

    /// <summary>Steps 7 and 8.</summary>
    private static RejectReason CheckPrice(ReferenceInstrument instrument, long price, long lots)
    {
        if (price <= 0 && !instrument.AllowsNegativePrices)
        {
            return RejectReason.InvalidPrice;
        }

        if (price < instrument.Definition.MinPrice || price > instrument.Definition.MaxPrice)
        {
            return RejectReason.PriceOutsideBand;
        }

        return Fits(instrument.Notional(price, lots)) ? RejectReason.None : RejectReason.NotionalOverflow;
    }

    /// <summary>Steps 9 to 14.</summary>
    private RejectReason CheckAgainstBook(
        in NewOrderBlock request, ReferenceAccount account, ReferenceInstrument instrument, out Entry? entry)
    {
        entry = null;
        if (!_slots.HasRoom)
        {
            return RejectReason.BookFull;
        }

        if (!HasRoomForClientOrderId(account))
        {
            return RejectReason.ClientOrderIdsFull;
        }

        Side opposite = request.Side == Side.Buy ? Side.Sell : Side.Buy;
        ReferenceOrder? best = instrument.Book.Of(opposite).FirstOrDefault();
        if (request.OrderType == OrderType.Market && best is null)
        {
            return RejectReason.NoLiquidity;
        }

        if (request.OrderType == OrderType.Market
            && !IsWithin(CollarOf(instrument, request.Side), request.Side, best!.Price))
        {
            return RejectReason.PriceOutsideCollar;
        }

        long price = request.OrderType == OrderType.Market ? 0 : request.Price;
        bool wouldTrade = best is not null
            && ReferenceBook.Reaches(request.Side, request.OrderType, price, best.Price);
        if (wouldTrade && request.PostOnly != PostOnly.No)
        {
            RejectReason slide = Slide(request, instrument, best!, ref price);
            if (slide != RejectReason.None)
            {
                return slide;
            }

            wouldTrade = false;
        }

        if (request.TimeInForce == TimeInForce.FillOrKill && LotsForFillOrKill(request, instrument) < request.Quantity)
        {
            return RejectReason.FillOrKillUnfilled;
        }

        RejectReason position = CheckPosition(request, account, instrument, price);
        if (position != RejectReason.None)
        {
            return position;
        }

        RejectReason funds = CheckFunds(
            request, account, instrument, price, out BigInteger holdBase, out BigInteger holdQuote, out ReferenceFees? fees);
        if (funds != RejectReason.None)
        {
            return funds;
        }

        bool rests = !wouldTrade && request.TimeInForce == TimeInForce.GoodTillCancel;
        if (rests && !HasPricePage(instrument, request.Side, price))
        {
            return RejectReason.BookFull;
        }

        if (rests && !HasRoomForOwner(_command.SessionId, account))
        {
            return RejectReason.OwnersFull;
        }

        entry = new Entry(instrument, price, holdBase, holdQuote, fees, rests);
        return RejectReason.None;
    }

    /// <summary>Step 11.</summary>
    private static RejectReason Slide(
        in NewOrderBlock request, ReferenceInstrument instrument, ReferenceOrder best, ref long price)
    {
        if (request.PostOnly == PostOnly.Reject)
        {
            return RejectReason.PostOnlyWouldTrade;
        }

        BigInteger slid = request.Side == Side.Buy ? (BigInteger)best.Price - 1 : (BigInteger)best.Price + 1;
        if (slid < instrument.Definition.MinPrice || slid > instrument.Definition.MaxPrice)
        {
            return RejectReason.PriceOutsideBand;
        }

        price = (long)slid;
        return Fits(instrument.Notional(price, request.Quantity)) ? RejectReason.None : RejectReason.NotionalOverflow;
    }

    /// <summary>Step 12: the lots that the order could trade now.</summary>
    private BigInteger LotsForFillOrKill(in NewOrderBlock request, ReferenceInstrument instrument)
    {
        BigInteger lots = 0;
        foreach (ReferenceOrder maker in Reachable(request, instrument))
        {
            bool isOwn = maker.Account.Id == _command.AccountId;
            if (!isOwn || request.SelfTradePrevention == SelfTradePrevention.None)
            {
                lots += maker.Reduces ? 0 : maker.OpenLots;
            }
            else if (request.SelfTradePrevention != SelfTradePrevention.CancelOldest)
            {
                break;
            }
        }

        return lots;
    }

    /// <summary>The makers that one command can meet at most, in the order of matching.</summary>
    private IEnumerable<ReferenceOrder> Reachable(NewOrderBlock request, ReferenceInstrument instrument)
    {
        BigInteger? collar = request.OrderType == OrderType.Market ? CollarOf(instrument, request.Side) : null;
        return InReach(request, instrument).TakeWhile(maker => IsWithin(collar, request.Side, maker.Price));
    }

    private IEnumerable<ReferenceOrder> InReach(NewOrderBlock request, ReferenceInstrument instrument) =>
        instrument.Book.Of(request.Side == Side.Buy ? Side.Sell : Side.Buy)
            .TakeWhile(maker => ReferenceBook.Reaches(request.Side, request.OrderType, request.Price, maker.Price))
            .Take((int)Math.Min(Limits.MaxFillsPerCommand, int.MaxValue));

    /// <summary>Step 13.</summary>
    private RejectReason CheckFunds(
        in NewOrderBlock request,
        ReferenceAccount account,
        ReferenceInstrument instrument,
        long price,
        out BigInteger holdBase,
        out BigInteger holdQuote,
        out ReferenceFees? fees)
    {
        fees = null;
        (holdBase, holdQuote) = request.OrderType == OrderType.Market
            ? MarketHold(request, instrument)
            : instrument.Hold(request.Side, price, request.Quantity);
        if (!Fits(holdBase) || !Fits(holdQuote))
        {
            return RejectReason.NotionalOverflow;
        }

        fees = PlanFees(account, instrument, request.Quantity, holdQuote);
        BigInteger feeHold = fees?.Held ?? 0;
        if (!Fits(feeHold))
        {
            return RejectReason.NotionalOverflow;
        }

        if (account.Available(instrument.Definition.BaseCurrencyId) < holdBase
            || account.Available(instrument.Definition.QuoteCurrencyId) < holdQuote + feeHold)
        {
            return RejectReason.InsufficientFunds;
        }

        if (!MaySpend(
            account,
            (instrument.Definition.BaseCurrencyId, holdBase),
            (instrument.Definition.QuoteCurrencyId, holdQuote + feeHold)))
        {
            return RejectReason.InsufficientMargin;
        }

        return HasRoomForBalances(account, instrument) ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    private (BigInteger Base, BigInteger Quote) MarketHold(in NewOrderBlock request, ReferenceInstrument instrument)
    {
        BigInteger quote = 0;
        long remaining = request.Quantity;
        foreach (ReferenceOrder maker in Reachable(request, instrument))
        {
            bool passedOver = maker.Account.Id == _command.AccountId
                && request.SelfTradePrevention == SelfTradePrevention.CancelOldest;
            long lots = passedOver ? 0 : Math.Min(remaining, maker.OpenLots);
            quote += instrument.MarketHold(request.Side, maker.Price, lots).Quote;
            remaining -= lots;
        }

        return (instrument.MarketHold(request.Side, 0, request.Quantity).Base, quote);
    }

    private static bool Fits(BigInteger value) => BigInteger.Abs(value) <= long.MaxValue;
}
