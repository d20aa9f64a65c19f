using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Matching;

/// <summary>What few orders have; none set: nothing of it needs a look.</summary>
[Flags]
public enum OrderMarks : byte
{
    None = 0,

    /// <summary>One of its names is out of the window and must go when the order does.</summary>
    NameOutOfWindow = 1,

    /// <summary>It concerns a position and may open or increase it.</summary>
    Opens = 2,

    /// <summary>It concerns a position and never opens or increases it.</summary>
    Reduces = 4,

    /// <summary>The position is the short one of a hedging account.</summary>
    ShortLeg = 8,

    /// <summary>A fee schedule applies to it.</summary>
    PaysFees = 16,

    /// <summary>It concerns a position.</summary>
    OfPosition = Opens | Reduces,

    /// <summary>Its death has to be told to more than its book.</summary>
    LooksBack = NameOutOfWindow | Opens | PaysFees,
}

/// <summary>What matching needs of an order: 32 bytes, two to a cache line, linked by slot number.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct RestingOrder
{
    public const int SizeBytes = 32;

    /// <summary>Lots still to trade; zero when the slot holds no resting order.</summary>
    [FieldOffset(0)]
    public long OpenLots;

    /// <summary>Next younger order at the price; 0 = this is the youngest. In a free slot: the next free one.</summary>
    [FieldOffset(8)]
    public uint Next;

    /// <summary>Next older order at the price; 0 = this is the oldest.</summary>
    [FieldOffset(12)]
    public uint Previous;

    /// <summary>Page × 16 + place in the page, see <see cref="PricePage"/>; 0 = the order does not rest.</summary>
    [FieldOffset(16)]
    public uint Level;

    [FieldOffset(20)]
    public uint AccountId;

    /// <summary>Raised with every use of the slot; upper half of the order id.</summary>
    [FieldOffset(24)]
    public uint Generation;

    /// <summary>0 = buy, 1 = sell.</summary>
    [FieldOffset(28)]
    public byte Side;

    [FieldOffset(29)]
    public byte SelfTradePrevention;

    [FieldOffset(30)]
    public byte PostOnly;

    [FieldOffset(31)]
    public OrderMarks Marks;
}
