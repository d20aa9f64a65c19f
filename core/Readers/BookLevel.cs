using System;

namespace HftEngine.Core.Readers;

/// <summary>The orders at one price, the oldest first.</summary>
public sealed class BookLevel
{
    internal BookLevel(long price) => Price = price;

    public long Price { get; }

    /// <summary>Sum of the open lots; it may exceed 64 bits where single orders nearly do.</summary>
    public Int128 OpenLots { get; internal set; }

    public int Orders { get; private set; }

    /// <summary>The oldest order; follow <see cref="OpenOrder.Next"/>.</summary>
    public OpenOrder? First { get; private set; }

    internal OpenOrder? Last { get; private set; }

    internal void Append(OpenOrder order)
    {
        order.Level = this;
        order.Previous = Last;
        order.Next = null;
        if (Last is null)
        {
            First = order;
        }
        else
        {
            Last.Next = order;
        }

        Last = order;
        Orders++;
        OpenLots += order.OpenLots;
    }

    internal void Remove(OpenOrder order)
    {
        if (order.Previous is null)
        {
            First = order.Next;
        }
        else
        {
            order.Previous.Next = order.Next;
        }

        if (order.Next is null)
        {
            Last = order.Previous;
        }
        else
        {
            order.Next.Previous = order.Previous;
        }

        order.Level = null;
        order.Previous = null;
        order.Next = null;
        Orders--;
        OpenLots -= order.OpenLots;
    }
}
