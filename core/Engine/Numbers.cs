namespace HftEngine.Core;

/// <summary>A price in ticks of its instrument; may be zero or negative where the instrument allows it.</summary>
public readonly record struct Price(long Ticks);

/// <summary>A quantity in lots of its instrument.</summary>
public readonly record struct Quantity(long Lots);

/// <summary>An amount in units (10^-scale) of its currency.</summary>
public readonly record struct Money(long Units);

/// <summary>(generation &lt;&lt; 32) | slot: a cancel by id needs no search.</summary>
public readonly record struct OrderId(ulong Value)
{
    public OrderId(uint generation, uint slot)
        : this(((ulong)generation << 32) | slot)
    {
    }

    public uint Slot => (uint)Value;

    public uint Generation => (uint)(Value >> 32);
}
