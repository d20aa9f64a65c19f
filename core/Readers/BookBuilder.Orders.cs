using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>What each event does to orders and books.</summary>
public sealed partial class BookBuilder
{
    private void Accept(in OrderAcceptedBlock e)
    {
        if (e.Repeated != 0)
        {
            return;
        }

        OpenOrder order = new(e.OrderId, InstrumentOf(e.Envelope))
        {
            AccountId = e.Envelope.AccountId,
            SessionId = e.Envelope.SessionId,
            Side = e.Side,
            Price = e.Price,
            OpenLots = e.Quantity,
            ClientOrderId = e.ClientOrderId,
            IsMarket = e.OrderType == OrderType.Market,
        };
        Remember(order);
        OpenBalances(order);
        Hold(order, order.OpenLots);
        if (e.Resting != 0)
        {
            order.Instrument.Of(order.Side).Add(order);
        }
        else
        {
            _taker = order;
        }
    }

    private void Rest(in OrderRestedBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        order.Instrument.Of(order.Side).Add(order);
        _taker = null;
    }

    private void Cancel(in OrderCanceledBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        bool decrementsTaker = e.Reason == CancelReason.SelfTradeDecrement && e.Rested != 0;
        Release(order, order.OpenLots);
        Forget(order);
        if (decrementsTaker)
        {
            DecrementTaker(e.CanceledLots);
        }
    }

    private void Amend(in OrderAmendedBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        Release(order, order.OpenLots);
        if (e.KeptPriority != 0)
        {
            SetOpenLots(order, e.OpenLots);
        }
        else
        {
            order.Instrument.Of(order.Side).Remove(order);
            order.OpenLots = e.OpenLots;
            order.Price = e.Price;
            _taker = order;
        }

        Hold(order, order.OpenLots);
        RefreshFees(order);
        if (e.ClientOrderId != default)
        {
            order.ClientOrderId = e.ClientOrderId;
        }
    }

    private void Reduce(in OrderReducedBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        Release(order, e.ReducedLots);
        SetOpenLots(order, e.OpenLots);
        DecrementTaker(e.ReducedLots);
    }

    private void Trim(in OrderTrimmedBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        Release(order, e.TrimmedLots);
        SetOpenLots(order, e.OpenLots);
    }

    /// <summary>Self-trade prevention takes as many lots from the taker as from the maker, and tells it once.</summary>
    private void DecrementTaker(long lots)
    {
        OpenOrder taker = _taker ?? throw new EventGapException(Last, "nobody is there to be decremented");
        Release(taker, lots);
        taker.OpenLots -= lots;
    }

    private void Trade(in TradeBlock e)
    {
        OpenOrder taker = OrderOf(e.TakerOrderId);
        OpenOrder maker = OrderOf(e.MakerOrderId);
        Settle(taker, maker, e.Price, e.Quantity);
        taker.OpenLots = e.TakerOpenLots;
        taker.FilledLots += e.Quantity;
        maker.FilledLots += e.Quantity;
        SetOpenLots(maker, e.MakerOpenLots);
        CountFees(taker, taker.Fees.TakerRate, e.Price, e.Quantity);
        CountFees(maker, maker.Fees.MakerRate, e.Price, e.Quantity);
        maker.Instrument.LastTradeId = e.TradeId;
        if (maker.OpenLots == 0)
        {
            Forget(maker);
        }
    }

    private static void SetOpenLots(OpenOrder resting, long lots)
    {
        resting.Level!.OpenLots += lots - resting.OpenLots;
        resting.OpenLots = lots;
    }

    /// <summary>
    /// A taker that is filled whole has no event of its own for its end; one that was decremented to nothing has, and is
    /// still there when it comes.
    /// </summary>
    private void EndTaker()
    {
        if (_taker is { OpenLots: 0 } taker)
        {
            Forget(taker);
        }
    }
}
