using System;
using System.Collections.Generic;
using HftEngine.Schemas;
using HftEngine.Server.Replay;

namespace HftEngine.Server.Workloads;

/// <summary>
/// A price-time book written to be read: one sorted list of prices a side, a queue at each price.
/// </summary>
internal sealed class ReferenceBook
{
    private readonly SortedDictionary<long, LinkedList<Order>> _bids = new(
        Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<long, LinkedList<Order>> _asks = [];
    private readonly Dictionary<ulong, LinkedListNode<Order>> _resting = [];

    public int RestingOrders => _resting.Count;

    public int RestingLevels => _bids.Count + _asks.Count;

    public bool Rests(ulong id) => _resting.ContainsKey(id);

    /// <summary>Trades what can be traded; the remainder rests if it may.</summary>
    /// <param name="id">New.</param>
    /// <param name="side">Of the order.</param>
    /// <param name="price">Limit.</param>
    /// <param name="lots">At least 1.</param>
    /// <param name="mayRest">False: the remainder is cancelled.</param>
    /// <param name="digest">Takes the trades.</param>
    /// <param name="filled">Told of every maker that was filled completely.</param>
    public void Enter(
        ulong id,
        Side side,
        long price,
        long lots,
        bool mayRest,
        ref TradeDigest digest,
        Action<ulong>? filled)
    {
        SortedDictionary<long, LinkedList<Order>> others = side == Side.Buy ? _asks : _bids;
        while (lots > 0 && BestOf(others) is { } best && (side == Side.Buy ? best <= price : best >= price))
        {
            LinkedListNode<Order> maker = others[best].First!;
            long fill = Math.Min(lots, maker.Value.Lots);
            digest.Add(id, maker.Value.Id, best, fill);
            lots -= fill;
            maker.Value.Lots -= fill;
            if (maker.Value.Lots == 0)
            {
                Cancel(maker.Value.Id);
                filled?.Invoke(maker.Value.Id);
            }
        }

        if (lots > 0 && mayRest)
        {
            SortedDictionary<long, LinkedList<Order>> own = side == Side.Buy ? _bids : _asks;
            if (!own.TryGetValue(price, out LinkedList<Order>? queue))
            {
                queue = [];
                own.Add(price, queue);
            }

            _resting.Add(id, queue.AddLast(new Order { Id = id, Side = side, Price = price, Lots = lots }));
        }
    }

    /// <summary>False when the order does not rest.</summary>
    public bool Cancel(ulong id)
    {
        if (!_resting.Remove(id, out LinkedListNode<Order>? node))
        {
            return false;
        }

        SortedDictionary<long, LinkedList<Order>> own = node.Value.Side == Side.Buy ? _bids : _asks;
        LinkedList<Order> queue = own[node.Value.Price];
        queue.Remove(node);
        if (queue.Count == 0)
        {
            own.Remove(node.Value.Price);
        }

        return true;
    }

    private static long? BestOf(SortedDictionary<long, LinkedList<Order>> side)
    {
        foreach (long price in side.Keys)
        {
            return price;
        }

        return null;
    }

    private sealed class Order
    {
        public ulong Id;
        public Side Side;
        public long Price;
        public long Lots;
    }
}
