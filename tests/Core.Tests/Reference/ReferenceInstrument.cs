using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

internal sealed class ReferenceInstrument
{
    public required DefineInstrumentBlock Definition { get; init; }

    public required long NotionalPerTickLot { get; init; }

    public required long BasePerLot { get; init; }

    public TradingStatus Status { get; set; } = TradingStatus.Open;

    public ulong Sequence { get; set; }

    public ulong LastTradeId { get; set; }

    /// <summary>Of the last trade, or set since.</summary>
    public long? LastPrice { get; set; }

    public ReferenceBook Book { get; } = new();

    public uint Id => Definition.InstrumentId;

    public bool IsOnMargin => Definition.Kind != InstrumentKind.Spot;

    public bool HasPositions => IsOnMargin || (Definition.Flags & 1) != 0;

    public long? MarkPrice { get; set; }

    public bool HasExpired { get; set; }

    public List<MarginTier> Tiers { get; set; } = [];

    /// <summary>Lots that a position can have at most, when there are positions.</summary>
    public BigInteger MaxPositionLots => (BigInteger.One << 59)
        / (BigInteger.Max(1, BigInteger.Max(BigInteger.Abs(Definition.MinPrice), BigInteger.Abs(Definition.MaxPrice)))
            * NotionalPerTickLot);

    public bool AllowsNegativePrices => Definition.NegativePrices == 1;

    public BigInteger Notional(long price, long lots) => (BigInteger)price * lots * NotionalPerTickLot;

    /// <summary>What an order with these open lots at this limit has to hold of base and quote.</summary>
    public (BigInteger Base, BigInteger Quote) Hold(Side side, long price, long lots)
    {
        if (IsOnMargin)
        {
            return (0, 0);
        }

        return side == Side.Buy
            ? (0, BigInteger.Max(0, Notional(price, lots)))
            : ((BigInteger)lots * BasePerLot, BigInteger.Max(0, -Notional(price, lots)));
    }

    /// <summary>What a market order holds for the lots that it could trade with one maker: that maker's price is its limit.</summary>
    public (BigInteger Base, BigInteger Quote) MarketHold(Side side, long makerPrice, long lots) =>
        Hold(side, makerPrice, lots);
}

/// <summary>The resting orders of one instrument, each side best first, at one price the oldest first.</summary>
internal sealed class ReferenceBook
{
    private readonly List<ReferenceOrder> _bids = [];
    private readonly List<ReferenceOrder> _asks = [];

    public IReadOnlyList<ReferenceOrder> Bids => _bids;

    public IReadOnlyList<ReferenceOrder> Asks => _asks;

    public IEnumerable<ReferenceOrder> Orders => _bids.Concat(_asks);

    public static bool Reaches(Side side, OrderType type, long limit, long price) =>
        type == OrderType.Market || (side == Side.Buy ? price <= limit : price >= limit);

    public IReadOnlyList<ReferenceOrder> Of(Side side) => side == Side.Buy ? _bids : _asks;

    public void Add(ReferenceOrder order)
    {
        List<ReferenceOrder> side = order.Side == Side.Buy ? _bids : _asks;
        int worse = side.FindIndex(other => IsWorse(other, order));
        side.Insert(worse < 0 ? side.Count : worse, order);
    }

    public void Remove(ReferenceOrder order) => (order.Side == Side.Buy ? _bids : _asks).Remove(order);

    private static bool IsWorse(ReferenceOrder other, ReferenceOrder order) =>
        order.Side == Side.Buy ? other.Price < order.Price : other.Price > order.Price;
}
