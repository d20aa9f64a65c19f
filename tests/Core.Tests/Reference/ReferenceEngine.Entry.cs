using System.Collections.Generic;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>NewOrder: what becomes of it once the checks have spoken.</summary>
internal sealed partial class ReferenceEngine
{
    private void Enter(in NewOrderBlock request, ReferenceAccount account, Entry entry)
    {
        ReferenceOrder order = new()
        {
            Id = _slots.Take(),
            Account = account,
            SessionId = _command.SessionId,
            Instrument = entry.Instrument,
            Side = request.Side,
            Type = request.OrderType,
            TimeInForce = request.TimeInForce,
            PostOnly = request.PostOnly,
            SelfTradePrevention = request.SelfTradePrevention,
            EnteredBy = _commandNumber,
            Price = entry.Price,
            TotalLots = request.Quantity,
            OpenLots = request.Quantity,
            LastClientOrderId = request.ClientOrderId,
            Position = entry.Instrument.HasPositions ? OpenPosition(request, account, entry.Instrument) : null,
            Reduces = Reduces(request),
            Fees = entry.Fees,
            Collar = request.OrderType == OrderType.Market ? CollarOf(entry.Instrument, request.Side) : null,
        };
        Remember(account, new() { Id = request.ClientOrderId, Content = request, Order = order });
        OpenBalances(account, entry.Instrument);
        TakeHold(order, entry.HoldBase, entry.HoldQuote);
        account.IsOnMargin |= entry.Instrument.IsOnMargin;
        EmitAccepted(request, order.Id, entry.Instrument, entry.Price, entry.RestsWithoutTrade, repeated: false);
        if (order.Fees is not null)
        {
            Hold(account.Balances[entry.Instrument.Definition.QuoteCurrencyId], order.Fees.Held);
            Emit(Told(order), order.Instrument);
        }

        if (entry.RestsWithoutTrade)
        {
            Rest(order);
        }
        else
        {
            MatchAndFinish(order);
        }

        RememberRequest(account, 1, request);
    }

    /// <summary>A known id: the earlier outcome again, or a duplicate.</summary>
    private void Repeat(in NewOrderBlock request, KnownClientOrderId known)
    {
        if (known.Content is not { } content || !HasSameContent(content, request))
        {
            RejectOrder(request, RejectReason.DuplicateClientOrderId);
        }
        else if (known.Reason != RejectReason.None)
        {
            RejectOrder(request, known.Reason, repeated: true);
        }
        else
        {
            EmitAccepted(request, known.Order!.Id, known.Order.Instrument, request.Price, resting: false, repeated: true);
        }
    }

    private static bool HasSameContent(in NewOrderBlock a, in NewOrderBlock b) =>
        a.InstrumentId == b.InstrumentId && a.Side == b.Side && a.OrderType == b.OrderType
        && a.TimeInForce == b.TimeInForce && a.PostOnly == b.PostOnly
        && a.SelfTradePrevention == b.SelfTradePrevention && a.Price == b.Price && a.Quantity == b.Quantity
        && a.ReduceOnly == b.ReduceOnly && a.PositionEffect == b.PositionEffect;

    private void EmitAccepted(
        in NewOrderBlock request, ulong orderId, ReferenceInstrument instrument, long price, bool resting, bool repeated)
    {
        OrderAcceptedBlock accepted = new()
        {
            OrderId = orderId,
            Price = price,
            Quantity = request.Quantity,
            ClientOrderId = request.ClientOrderId,
            Side = request.Side,
            OrderType = request.OrderType,
            TimeInForce = request.TimeInForce,
            PostOnly = request.PostOnly,
            SelfTradePrevention = request.SelfTradePrevention,
            Resting = resting ? (byte)1 : (byte)0,
            Repeated = repeated ? (byte)1 : (byte)0,
            ReduceOnly = request.ReduceOnly,
            PositionEffect = request.PositionEffect,
        };
        Emit(accepted, instrument, changesBook: resting);
    }

    private void RejectOrder(in NewOrderBlock request, RejectReason reason, bool repeated = false)
    {
        OrderRejectedBlock rejected = new()
        {
            Price = request.Price,
            Quantity = request.Quantity,
            ClientOrderId = request.ClientOrderId,
            Reason = reason,
            Side = request.Side,
            Repeated = repeated ? (byte)1 : (byte)0,
            RequestedInstrumentId = request.InstrumentId,
        };
        Emit(rejected, _instruments.GetValueOrDefault(request.InstrumentId));
    }
}
