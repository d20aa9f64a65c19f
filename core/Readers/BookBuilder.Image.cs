using System;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>Starting from an image instead of the venue's first event.</summary>
public sealed partial class BookBuilder
{
    private void BeginImage()
    {
        _instruments.Clear();
        _balances.Clear();
        _venueBalances.Clear();
        _environments.Clear();
        Array.Clear(_orders);
        OpenOrders = 0;
        _taker = null;
        IsReadingImage = true;
    }

    private void TakeBook(in BookImageBlock e)
    {
        ReaderInstrument instrument = InstrumentOf(e.Envelope);
        instrument.Sequence = e.Envelope.InstrumentSequence;
        instrument.LastTradeId = e.LastTradeId;
    }

    /// <summary>Orders come by priority, so each stands behind those that came before it.</summary>
    private void TakeOrder(in OrderImageBlock e)
    {
        OpenOrder order = new(e.OrderId, InstrumentOf(e.Envelope))
        {
            AccountId = e.Envelope.AccountId,
            SessionId = e.Envelope.SessionId,
            Side = e.Side,
            Price = e.Price,
            OpenLots = e.OpenLots,
            FilledLots = e.FilledLots,
            ClientOrderId = e.ClientOrderId,
        };
        Remember(order);
        order.Instrument.Of(order.Side).Add(order);
    }

    private void TakeBalance(in BalanceImageBlock e) =>
        BalancesWith(e.Envelope.AccountId)[Key(e.Envelope.AccountId, e.CurrencyId)] =
            new ReaderBalance(e.Available, e.Held, e.Pending);
}
