using System;
using System.Collections.Generic;
using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

/// <summary>Best price of each side and the lots there; null where nothing rests.</summary>
internal readonly record struct TopOfBook((long Price, long Lots)? Ask, (long Price, long Lots)? Bid);

/// <summary>The books as a reader of events sees them, order by order.</summary>
internal sealed class BookTracker
{
    private readonly Order[] _orders;
    private readonly Dictionary<(uint Instrument, Side Side, long Price), Level> _levels = [];
    private readonly SortedSet<long>[]? _prices;

    /// <param name="maxOrders">See EngineLimits.</param>
    /// <param name="instruments">Highest instrument id.</param>
    /// <param name="sorted">Keep prices in order, which <see cref="Top"/> needs.</param>
    public BookTracker(uint maxOrders, int instruments, bool sorted)
    {
        _orders = new Order[maxOrders + 1];
        if (sorted)
        {
            _prices = new SortedSet<long>[(instruments + 1) * 2];
            for (int i = 0; i < _prices.Length; i++)
            {
                _prices[i] = [];
            }
        }
    }

    public long RestingOrders { get; private set; }

    public long RestingLevels => _levels.Count;

    public void Rest(ulong orderId, uint instrument, Side side, long price, long lots)
    {
        ref Order order = ref _orders[SlotOf(orderId)];
        order = new Order { Instrument = instrument, Side = side, Price = price, Lots = lots };
        RestingOrders++;
        (uint, Side, long) key = (instrument, side, price);
        _levels.TryGetValue(key, out Level level);
        _levels[key] = new Level(level.Orders + 1, level.Lots + lots);
        if (level.Orders == 0)
        {
            _prices?[PricesOf(instrument, side)].Add(price);
        }
    }

    /// <summary>The order has so many lots left; with none it leaves.</summary>
    public void SetOpen(ulong orderId, long lots)
    {
        ref Order order = ref _orders[SlotOf(orderId)];
        if (order.Lots == 0)
        {
            return;
        }

        (uint, Side, long) key = (order.Instrument, order.Side, order.Price);
        Level level = _levels[key];
        level = new Level(level.Orders - (lots == 0 ? 1 : 0), level.Lots + lots - order.Lots);
        order.Lots = lots;
        RestingOrders -= lots == 0 ? 1 : 0;
        if (level.Orders > 0)
        {
            _levels[key] = level;
            return;
        }

        _levels.Remove(key);
        _prices?[PricesOf(order.Instrument, order.Side)].Remove(order.Price);
    }

    public TopOfBook Top(uint instrument)
    {
        SortedSet<long> asks = _prices![PricesOf(instrument, Side.Sell)];
        SortedSet<long> bids = _prices[PricesOf(instrument, Side.Buy)];
        return new TopOfBook(
            asks.Count == 0 ? null : (asks.Min, _levels[(instrument, Side.Sell, asks.Min)].Lots),
            bids.Count == 0 ? null : (bids.Max, _levels[(instrument, Side.Buy, bids.Max)].Lots));
    }

    private static uint SlotOf(ulong orderId) => (uint)orderId;

    private static int PricesOf(uint instrument, Side side) => ((int)instrument * 2) + (int)side;

    private struct Order
    {
        public long Price;
        public long Lots;
        public uint Instrument;
        public Side Side;
    }

    private readonly record struct Level(int Orders, long Lots);
}
