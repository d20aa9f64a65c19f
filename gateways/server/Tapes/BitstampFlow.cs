using System;
using System.Collections.Generic;
using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>One event of an order: its price and what is left of it.</summary>
internal readonly record struct BitstampEvent(ulong Id, Side Side, long Price, long Left);

/// <summary>
/// Works out from order events which order traded. The venue announces an order that crosses the book before
/// its fills, and each fill by a record of each of the two orders, in either order, some milliseconds apart.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>An order that crosses the known book is an aggressor. It is kept out of the book until it no longer
/// crosses
/// and the other half of each of its fills has come; then what is left of it rests.</item>
/// <item>A resting order that loses volume, or is deleted with nothing left, was executed: this is where the
/// engine
/// has to fill the same order. The aggressor's own records make no execution of their own.</item>
/// <item>Market orders are announced as limit orders at the best price and change their price as they walk
/// through
/// the book. Their budget is money, so they lose volume also when the price moves.</item>
/// <item>The two halves of a fill may differ by a few 10^-8, from the venue's floating-point
/// arithmetic.</item>
/// </list>
/// </remarks>
internal sealed class BitstampFlow(Queue<TapeOperation> output)
{
    // Differences of 1 are common in recordings, 2 have been seen.
    private const long RoundingLots = 2;

    // The records of one fill are neighbours; a few of other orders can come between them.
    private const long HalfWindowRecords = 6;

    private readonly Dictionary<ulong, Order> _orders = [];
    private readonly List<ulong> _aggressors = [];
    private readonly SortedDictionary<long, int> _bids = new(Comparer<long>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<long, int> _asks = [];
    private long _record;

    private enum Place : byte
    {
        Resting,
        Aggressor,
        Gone,
    }

    public bool TryCreate(in BitstampEvent entry)
    {
        Order order = new() { Side = entry.Side, Price = entry.Price, Left = entry.Left };
        if (!_orders.TryAdd(entry.Id, order))
        {
            return false;
        }

        Enter(entry.Id, order);
        return true;
    }

    public void Change(in BitstampEvent entry)
    {
        if (!TryFind(in entry, out Order order))
        {
            return;
        }

        if (order.Place == Place.Aggressor)
        {
            TradeAggressor(order, order.Left - entry.Left);
            order.Price = entry.Price;
            order.Left = entry.Left;
        }
        else if (entry.Price != order.Price || entry.Left > order.Left)
        {
            Leave(entry.Id, order);
            order.Price = entry.Price;
            order.Left = entry.Left;
            Enter(entry.Id, order);
        }
        else
        {
            Execute(in entry, order, order.Left - entry.Left);
        }
    }

    public void Delete(in BitstampEvent entry)
    {
        if (!TryFind(in entry, out Order order))
        {
            return;
        }

        if (order.Place == Place.Aggressor)
        {
            _aggressors.Remove(entry.Id);
            order.Place = Place.Gone;
        }
        else if (entry.Left == 0)
        {
            Execute(in entry, order, order.Left);
        }
        else
        {
            Leave(entry.Id, order);
            order.Place = Place.Gone;
        }
    }

    /// <summary>Lets those aggressors rest that have nothing left to trade with.</summary>
    public void EndRecord()
    {
        _record++;
        for (int i = 0; i < _aggressors.Count; i++)
        {
            ulong id = _aggressors[i];
            Order order = _orders[id];
            bool waits = order.OtherHalf > RoundingLots && _record - order.OtherHalfSince < HalfWindowRecords;
            if (!waits && !Crosses(order.Side, order.Price))
            {
                _aggressors.RemoveAt(i--);
                Rest(id, order);
            }
        }
    }

    private bool TryFind(in BitstampEvent entry, out Order order)
    {
        bool known = _orders.TryGetValue(entry.Id, out Order? found);
        order = found!;
        if (known && order.Place != Place.Gone)
        {
            return true;
        }

        Emit(
            known ? TapeAction.DeadReference : TapeAction.UnknownReference,
            entry.Id,
            entry.Side,
            entry.Price,
            entry.Left);
        return false;
    }

    private void Enter(ulong id, Order order)
    {
        if (!Crosses(order.Side, order.Price))
        {
            Rest(id, order);
            return;
        }

        order.Place = Place.Aggressor;
        order.OtherHalf = 0;
        _aggressors.Add(id);
    }

    private void Rest(ulong id, Order order)
    {
        if (order.Left == 0)
        {
            order.Place = Place.Gone;
            return;
        }

        order.Place = Place.Resting;
        SortedDictionary<long, int> levels = Levels(order.Side);
        levels[order.Price] = levels.GetValueOrDefault(order.Price) + 1;
        Emit(TapeAction.Add, id, order.Side, order.Price, order.Left);
    }

    private void Leave(ulong id, Order order)
    {
        Emit(TapeAction.Delete, id, order.Side, order.Price, order.Left);
        RemoveFromLevel(order);
    }

    private void RemoveFromLevel(Order order)
    {
        SortedDictionary<long, int> levels = Levels(order.Side);
        if (--levels[order.Price] == 0)
        {
            levels.Remove(order.Price);
        }
    }

    private void Execute(in BitstampEvent entry, Order order, long lots)
    {
        if (lots > 0)
        {
            ulong aggressor = MatchAggressor(order, lots);
            Emit(TapeAction.Execute, entry.Id, order.Side, order.Price, lots, aggressor);
        }

        order.Left = entry.Left;
        if (order.Left == 0)
        {
            RemoveFromLevel(order);
            order.Place = Place.Gone;
        }
    }

    /// <summary>Notes one half of a fill with the oldest aggressor that could have made it.</summary>
    private ulong MatchAggressor(Order maker, long lots)
    {
        foreach (ulong id in _aggressors)
        {
            Order order = _orders[id];
            bool reaches = order.Side == Side.Buy ? order.Price >= maker.Price : order.Price <= maker.Price;
            if (order.Side != maker.Side && reaches)
            {
                TradeHalf(order, lots);
                return id;
            }
        }

        return 0;
    }

    private void TradeAggressor(Order order, long lots)
    {
        if (lots > 0)
        {
            TradeHalf(order, -lots);
        }
    }

    private void TradeHalf(Order order, long lots)
    {
        if (_record - order.OtherHalfSince >= HalfWindowRecords)
        {
            order.OtherHalf = 0;
        }

        order.OtherHalf += lots;
        order.OtherHalfSince = _record;
    }

    private bool Crosses(Side side, long price)
    {
        SortedDictionary<long, int> levels = Levels(side == Side.Buy ? Side.Sell : Side.Buy);
        foreach (KeyValuePair<long, int> best in levels)
        {
            return side == Side.Buy ? best.Key <= price : best.Key >= price;
        }

        return false;
    }

    private SortedDictionary<long, int> Levels(Side side) => side == Side.Buy ? _bids : _asks;

    private void Emit(TapeAction action, ulong id, Side side, long price, long lots, ulong aggressor = 0) =>
        output.Enqueue(new TapeOperation
        {
            Action = action,
            Id = id,
            NewId = aggressor,
            Side = side,
            Price = price,
            Quantity = lots,
        });

    private sealed class Order
    {
        public Side Side;
        public Place Place;
        public long Price;
        public long Left;

        /// <summary>
        /// Lots of which only the maker's record (positive) or only this order's record (negative) has come.
        /// </summary>
        public long OtherHalf;
        public long OtherHalfSince;
    }
}
