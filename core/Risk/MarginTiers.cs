using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Risk;

/// <summary>Margin rates by size: one cache line per instrument. Without tiers the whole notional is asked for.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct MarginTiers
{
    public const int MaxTiers = 4;
    public const uint Whole = 1_000_000;

    /// <summary>Up to where each tier but the last reaches, quote units, rising.</summary>
    [FieldOffset(0)]
    public fixed long Limits[MaxTiers - 1];

    [FieldOffset(24)]
    public fixed uint Initial[MaxTiers];

    [FieldOffset(40)]
    public fixed uint Maintenance[MaxTiers];

    /// <summary>0 = not set.</summary>
    [FieldOffset(56)]
    public uint Count;

    /// <summary>Margin of a notional ≥ 0, quote units, rounded up once.</summary>
    public long InitialOf(long notional) => Of(notional, ref Initial[0]);

    public long MaintenanceOf(long notional) => Of(notional, ref Maintenance[0]);

    private readonly long Of(long notional, ref uint rates)
    {
        if (Count == 0)
        {
            return notional;
        }

        Int128 sum = Whole - 1;
        long from = 0;
        for (int tier = 0; tier < Count && from < notional; tier++)
        {
            long to = tier + 1 < Count ? Math.Min(Limits[tier], notional) : notional;
            sum += (Int128)(to - from) * Unsafe.Add(ref rates, tier);
            from = to;
        }

        return (long)(sum / Whole);
    }
}
