using System.Collections.Generic;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>One side of an instrument's book, price by price and order by order.</summary>
public sealed class BookSide
{
    private readonly SortedDictionary<long, BookLevel> _levels;

    internal BookSide(Side side) => _levels = new SortedDictionary<long, BookLevel>(
        side == Side.Buy ? Comparer<long>.Create((a, b) => b.CompareTo(a)) : Comparer<long>.Default);

    /// <summary>The levels, the best price first.</summary>
    public IEnumerable<BookLevel> Levels => _levels.Values;

    public int LevelCount => _levels.Count;

    /// <summary>The level at a price, or null.</summary>
    public BookLevel? At(long price) => _levels.GetValueOrDefault(price);

    /// <summary>The orders, best price first, at one price the oldest first.</summary>
    public IEnumerable<OpenOrder> Orders
    {
        get
        {
            foreach (BookLevel level in _levels.Values)
            {
                for (OpenOrder? order = level.First; order is not null; order = order.Next)
                {
                    yield return order;
                }
            }
        }
    }

    internal void Add(OpenOrder order)
    {
        if (!_levels.TryGetValue(order.Price, out BookLevel? level))
        {
            level = new BookLevel(order.Price);
            _levels.Add(order.Price, level);
        }

        level.Append(order);
    }

    internal void Remove(OpenOrder order)
    {
        BookLevel level = order.Level!;
        level.Remove(order);
        if (level.Orders == 0)
        {
            _levels.Remove(level.Price);
        }
    }
}
