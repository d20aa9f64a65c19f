using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Reference;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Order requests.</summary>
internal sealed partial class CommandGenerator
{
    private byte[] NewOrder()
    {
        if (_orders.Count > 0 && random.OneIn(15))
        {
            return Again(random.Pick(_orders));
        }

        uint instrument = AnyInstrument();
        bool isMarket = random.Percent(15);
        NewOrderBlock order = new()
        {
            Envelope = new CommandEnvelope { AccountId = TraderOf(instrument) },
            InstrumentId = instrument,
            Side = (Side)random.Below(2),
            OrderType = isMarket ? OrderType.Market : OrderType.Limit,
            TimeInForce = AnyTimeInForce(isMarket),
            SelfTradePrevention = (SelfTradePrevention)random.Below(5),
            Price = isMarket && random.Percent(80) ? 0 : AnyPrice(instrument),
            Quantity = AnyQuantity(),
            ClientOrderId = AnyClientId(),
        };
        if (order.TimeInForce == TimeInForce.GoodTillCancel && random.Percent(20))
        {
            order.PostOnly = (PostOnly)random.Between(1, 2);
        }

        if (HasPositions)
        {
            ConcernPosition(ref order);
        }

        if (random.OneIn(25))
        {
            Spoil(ref order);
        }

        byte[] message = Finish(order, isOrderRequest: true);
        _orders.Add(message);
        return message;
    }

    /// <summary>An earlier request again, mostly with the same content: idempotence has to be asked for.</summary>
    private byte[] Again(byte[] earlier)
    {
        NewOrderBlock order = WireMessage.Decode<NewOrderBlock>(earlier);
        order.Envelope.SessionId = 0;
        order.Envelope.SessionSequence = 0;
        if (random.OneIn(4))
        {
            order.Quantity++;
        }

        return WireMessage.Encode(order);
    }

    private TimeInForce AnyTimeInForce(bool isMarket)
    {
        if (isMarket)
        {
            return random.Percent(75) ? TimeInForce.ImmediateOrCancel : TimeInForce.FillOrKill;
        }

        return random.Below(10) switch
        {
            < 7 => TimeInForce.GoodTillCancel,
            7 or 8 => TimeInForce.ImmediateOrCancel,
            _ => TimeInForce.FillOrKill,
        };
    }

    private void Spoil(ref NewOrderBlock order)
    {
        switch (random.Below(6))
        {
            case 0: order.Side = (Side)random.Between(0, 255); break;
            case 1: order.OrderType = (OrderType)random.Between(0, 4); break;
            case 2: order.TimeInForce = (TimeInForce)random.Between(0, 4); break;
            case 3: order.PostOnly = (PostOnly)random.Between(0, 4); break;
            case 4: order.SelfTradePrevention = (SelfTradePrevention)random.Between(0, 8); break;
            default: order.Price = Extreme(); break;
        }
    }

    private long AnyPrice(uint instrument)
    {
        if (random.OneIn(shape.IsExtreme ? 6 : 150))
        {
            return Extreme();
        }

        long price = random.Between(shape.LowPrice, shape.HighPrice);
        return instrument == 2 ? price - 100 : price;
    }

    private long AnyQuantity() => random.OneIn(shape.IsExtreme ? 12 : 100) ? Extreme() : random.Between(1, 6);

    private byte[] Cancel()
    {
        ReferenceOrder? order = AnyOrder();
        CancelOrderBlock request = new()
        {
            Envelope = new CommandEnvelope { AccountId = OwnerOrAnybody(order) },
            ClientOrderId = random.OneIn(3) ? AnyClientId() : default,
            InstrumentId = random.OneIn(4) ? AnyInstrument() : 0,
        };
        Name(order, out request.OrderId, out request.OrigClientOrderId);
        return Finish(request, isOrderRequest: true);
    }

    private byte[] Amend()
    {
        ReferenceOrder? order = AnyOrder();
        AmendOrderBlock request = new()
        {
            Envelope = new CommandEnvelope { AccountId = OwnerOrAnybody(order) },
            ClientOrderId = random.OneIn(2) ? AnyClientId() : default,
            InstrumentId = random.OneIn(8) ? AnyInstrument() : 0,
            Price = order is null || random.Percent(55) ? AnyPrice(order?.Instrument.Id ?? 1) : order.Price,
            Quantity = order is null || random.OneIn(5)
                ? AnyQuantity()
                : System.Math.Max(1, order.TotalLots + random.Between(-3, 3)),
        };
        Name(order, out request.OrderId, out request.OrigClientOrderId);
        return Finish(request, isOrderRequest: true);
    }

    private ReferenceOrder? AnyOrder()
    {
        List<ReferenceOrder> resting = state.RestingOrders.ToList();
        return resting.Count == 0 || random.OneIn(12) ? null : random.Pick(resting);
    }

    private uint OwnerOrAnybody(ReferenceOrder? order) =>
        order is null || random.OneIn(20) ? AnyAccount() : order.Account.Id;

    private void Name(ReferenceOrder? order, out ulong orderId, out ClientOrderId clientOrderId)
    {
        clientOrderId = order is null || random.OneIn(10) ? AnyClientId() : order.LastClientOrderId;
        orderId = 0;
        if (random.Percent(50))
        {
            orderId = order?.Id ?? AnyOrderId();
        }
    }

    /// <summary>Ids that may have been, may be, or never were.</summary>
    private ulong AnyOrderId() => random.OneIn(5)
        ? random.Next64()
        : ((ulong)random.Below(5) << 32) | (uint)random.Below((int)shape.Limits.MaxOrders + 2);

    private byte[] MassCancel()
    {
        MassCancelBlock request = new()
        {
            TargetAccountId = random.Percent(30) ? AnyAccount() : 0,
            TargetSessionId = random.Percent(30) ? AnySession() : 0,
            InstrumentId = random.Percent(30) ? AnyInstrument() : 0,
            SideFilter = random.OneIn(20) ? (SideFilter)9 : (SideFilter)random.Below(3),
            ClientOrderId = random.OneIn(2) ? AnyClientId() : default,
        };
        byte[] message = Finish(request, isOrderRequest: true);
        if (random.Percent(60))
        {
            request = WireMessage.Decode<MassCancelBlock>(message);
            request.Envelope.AccountId = random.Percent(50) ? 0 : request.TargetAccountId;
            message = WireMessage.Encode(request);
        }

        return message;
    }
}
