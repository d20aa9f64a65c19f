using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>CancelOrder and AmendOrder.</summary>
internal sealed partial class ReferenceEngine
{
    private void Cancel(in CancelOrderBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        if (reason == RejectReason.None)
        {
            reason = CheckRate(account, RiskLimitKind.CancelRate);
        }

        ReferenceOrder? order = null;
        if (reason == RejectReason.None)
        {
            order = FindOrder(account, request.OrderId, request.OrigClientOrderId, request.InstrumentId);
            reason = order is null ? RejectReason.UnknownOrder : RejectReason.None;
        }

        if (reason != RejectReason.None)
        {
            RejectRequest(RequestKind.Cancel, request.OrderId, request.ClientOrderId, reason, order);
            return;
        }

        CancelResting(order!, CancelReason.Requested, request.ClientOrderId);
        RememberRequest(account, 1, null);
    }

    private ReferenceOrder? FindOrder(
        ReferenceAccount account, ulong orderId, in ClientOrderId clientOrderId, uint instrumentId)
    {
        ReferenceOrder? found = null;
        if (orderId == 0)
        {
            found = account.KnownIds.TryGetValue(clientOrderId, out KnownClientOrderId? known) ? known.Order : null;
        }
        else
        {
            foreach (ReferenceOrder order in RestingOrders)
            {
                found = order.Id == orderId ? order : found;
            }
        }

        bool isMeant = found is { IsAlive: true } && found.Account == account
            && (instrumentId == 0 || instrumentId == found.Instrument.Id);
        return isMeant ? found : null;
    }

    private void RejectRequest(
        RequestKind kind, ulong orderId, in ClientOrderId clientOrderId, RejectReason reason, ReferenceOrder? order)
    {
        RequestRejectedBlock rejected = new()
        {
            OrderId = orderId,
            ClientOrderId = clientOrderId,
            Reason = reason,
            Request = kind,
        };
        Emit(rejected, order?.Instrument);
    }

    private void Amend(in AmendOrderBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        ReferenceOrder? order = null;
        if (reason == RejectReason.None)
        {
            order = FindOrder(account, request.OrderId, request.OrigClientOrderId, request.InstrumentId);
            reason = order is null ? RejectReason.UnknownOrder : CheckAmendment(request, account, order);
        }

        if (reason != RejectReason.None)
        {
            RejectRequest(RequestKind.Amend, request.OrderId, request.ClientOrderId, reason, order);
            return;
        }

        ApplyAmendment(request, account, order!);
    }

    private RejectReason CheckAmendment(in AmendOrderBlock request, ReferenceAccount account, ReferenceOrder order)
    {
        ReferenceInstrument instrument = order.Instrument;
        bool isReduction = request.Price == order.Price && request.Quantity < order.TotalLots;
        RejectReason reason = isReduction ? CheckRate(account, RiskLimitKind.CancelRate) : CheckEntry(account);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (instrument.Status != TradingStatus.Open)
        {
            return RejectReason.InstrumentHalted;
        }

        if (account.MarginState == ReferenceMarginState.Liquidating)
        {
            return RejectReason.AccountInLiquidation;
        }

        reason = IsEmpty(request.ClientOrderId)
            ? RejectReason.None
            : CheckAmendmentId(request.ClientOrderId, account);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request.Quantity < 1 || request.Quantity > instrument.Definition.MaxQuantity)
        {
            return RejectReason.InvalidQuantity;
        }

        reason = CheckPrice(instrument, request.Price, request.Quantity);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request.Quantity <= order.FilledLots)
        {
            return RejectReason.QuantityBelowFilled;
        }

        if (request.Price == order.Price && request.Quantity == order.TotalLots)
        {
            return RejectReason.NothingToAmend;
        }

        if (!isReduction)
        {
            BigInteger notional = BigInteger.Abs(instrument.Notional(request.Price, request.Quantity));
            reason = CheckLimits(
                account, instrument, order.Side, request.Quantity, request.Price, notional, order.Reduces, request: null, order);
            if (reason != RejectReason.None)
            {
                return reason;
            }
        }

        if (order.PostOnly != PostOnly.No && WouldTrade(order, request.Price))
        {
            return RejectReason.PostOnlyWouldTrade;
        }

        RejectReason position = CheckAmendedPosition(request, order);
        if (position != RejectReason.None)
        {
            return position;
        }

        if (!Fits(AmendedFees(request.Price, request.Quantity, order)))
        {
            return RejectReason.NotionalOverflow;
        }

        return CheckFundsFor(request, account, order);
    }

    /// <summary>What the amended order would hold for fees.</summary>
    private static BigInteger AmendedFees(long price, long lots, ReferenceOrder order)
    {
        BigInteger cost = order.Instrument.Hold(order.Side, price, lots - order.FilledLots).Quote;
        return order.Fees is { } fees ? BigInteger.Max(0, fees.Most(lots, cost) - fees.Due(order.FilledLots).Up) : 0;
    }

    private RejectReason CheckAmendmentId(in ClientOrderId id, ReferenceAccount account)
    {
        if (!IsWellFormed(id))
        {
            return RejectReason.InvalidClientOrderId;
        }

        if (account.KnownIds.ContainsKey(id))
        {
            return RejectReason.DuplicateClientOrderId;
        }

        return HasRoomForClientOrderId(account) ? RejectReason.None : RejectReason.ClientOrderIdsFull;
    }

    private static bool WouldTrade(ReferenceOrder order, long price)
    {
        foreach (ReferenceOrder maker in order.Instrument.Book.Of(order.Opposite))
        {
            return ReferenceBook.Reaches(order.Side, order.Type, price, maker.Price);
        }

        return false;
    }

    /// <summary>The new hold less the old one must be available.</summary>
    private RejectReason CheckFundsFor(in AmendOrderBlock request, ReferenceAccount account, ReferenceOrder order)
    {
        ReferenceInstrument instrument = order.Instrument;
        (BigInteger newBase, BigInteger newQuote) =
            instrument.Hold(order.Side, request.Price, request.Quantity - order.FilledLots);
        BigInteger heldQuote = order.HeldQuote + (order.Fees?.Held ?? 0);
        newQuote += AmendedFees(request.Price, request.Quantity, order);
        bool hasFunds = account.Available(instrument.Definition.BaseCurrencyId) >= newBase - order.HeldBase
            && account.Available(instrument.Definition.QuoteCurrencyId) >= newQuote - heldQuote;
        if (!hasFunds)
        {
            return RejectReason.InsufficientFunds;
        }

        bool covered = MaySpend(
            account,
            (instrument.Definition.BaseCurrencyId, newBase - order.HeldBase),
            (instrument.Definition.QuoteCurrencyId, newQuote - heldQuote));
        return covered ? RejectReason.None : RejectReason.InsufficientMargin;
    }

    private void ApplyAmendment(in AmendOrderBlock request, ReferenceAccount account, ReferenceOrder order)
    {
        bool keepsPlace = request.Price == order.Price && request.Quantity < order.TotalLots;
        long previousOpenLots = order.OpenLots;
        if (!IsEmpty(request.ClientOrderId))
        {
            Remember(account, new() { Id = request.ClientOrderId, Order = order });
            order.LastClientOrderId = request.ClientOrderId;
        }

        if (!keepsPlace)
        {
            order.Instrument.Book.Remove(order);
        }

        BigInteger feeHold = AmendedFees(request.Price, request.Quantity, order);
        Release(order, order.HeldBase, order.HeldQuote);
        order.OpenLots = request.Quantity - order.FilledLots;
        order.TotalLots = request.Quantity;
        order.Price = request.Price;
        Value(order.Position);
        (BigInteger holdBase, BigInteger holdQuote) = order.Instrument.Hold(order.Side, order.Price, order.OpenLots);
        if (order.Fees is not null)
        {
            Hold(account.Balances[order.Instrument.Definition.QuoteCurrencyId], -order.Fees.Held);
        }

        TakeHold(order, holdBase, holdQuote);
        if (order.Fees is not null)
        {
            order.Fees.Held = feeHold;
            Hold(account.Balances[order.Instrument.Definition.QuoteCurrencyId], feeHold);
        }

        OrderAmendedBlock amended = new()
        {
            OrderId = order.Id,
            Price = order.Price,
            OpenLots = order.OpenLots,
            ClientOrderId = request.ClientOrderId,
            Side = order.Side,
            KeptPriority = keepsPlace ? (byte)1 : (byte)0,
            PreviousOpenLots = previousOpenLots,
        };
        Emit(amended, order.Instrument, changesBook: true);
        if (!keepsPlace)
        {
            MatchAndFinish(order);
        }

        RememberRequest(account, 2, null);
    }
}
