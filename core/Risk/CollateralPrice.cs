using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Risk;

/// <summary>What a currency is worth in the venue's reference currency.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct CollateralPrice
{
    /// <summary>Amounts that would not fit count as this much: enough to compare, and sums of them stay in 128 bits.</summary>
    public const long Most = 1L << 62;

    private const long Scale = 1_000_000_000_000;
    private const uint Whole = 1_000_000;

    /// <summary>Reference units for 10^12 units; 0 = not set.</summary>
    [FieldOffset(0)]
    public long Price;

    /// <summary>Millionths that do not count as collateral.</summary>
    [FieldOffset(8)]
    public uint Haircut;

    /// <summary>Worth of an amount, towards minus infinity: assets down, debts up.</summary>
    public readonly long ValueOf(long amount)
    {
        if (Price == Scale)
        {
            return Math.Clamp(amount, -Most, Most);
        }

        Int128 product = (Int128)amount * Price;
        Int128 value = product / Scale;
        value -= value * Scale > product ? 1 : 0;
        return (long)Int128.Clamp(value, -Most, Most);
    }

    /// <summary>Worth of an amount ≥ 0 that has to be there, rounded up.</summary>
    public readonly long CostOf(long amount) => -ValueOf(-amount);

    /// <summary>The smallest amount that is worth at least this much.</summary>
    public readonly long AmountFor(long value) =>
        (long)Int128.Min((((Int128)value * Scale) + Price - 1) / Price, long.MaxValue);

    /// <summary>The largest amount that is worth at most this much.</summary>
    public readonly long AmountWithin(long value) => (long)Int128.Min((Int128)value * Scale / Price, long.MaxValue);

    /// <summary>What an amount ≥ 0 counts as collateral, rounded down.</summary>
    public readonly long CollateralOf(long amount)
    {
        Int128 value = (Int128)ValueOf(amount) * (Whole - Haircut) / Whole;
        return (long)value;
    }
}
