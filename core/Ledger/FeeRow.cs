using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Ledger;

/// <summary>A fee schedule without its tiers.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct FeeSchedule
{
    public const uint MaxTiers = 8;

    /// <summary>0 = the venue's Fee account of the payer's environment.</summary>
    [FieldOffset(0)]
    public uint BeneficiaryId;

    /// <summary>How many tiers there are; 0 = not defined.</summary>
    [FieldOffset(4)]
    public uint Tiers;
}

/// <summary>What an order pays from a 30-day volume on.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct FeeTier
{
    /// <summary>Volume in units of the reference currency.</summary>
    [FieldOffset(0)]
    public long FromVolume;

    [FieldOffset(8)]
    public long PerLot;

    /// <summary>Once per order, with its first trade.</summary>
    [FieldOffset(16)]
    public long Flat;

    /// <summary>An order that trades pays at least this; 0 = no minimum.</summary>
    [FieldOffset(24)]
    public long Minimum;

    /// <summary>Times 10^9.</summary>
    [FieldOffset(32)]
    public int TakerRate;

    [FieldOffset(36)]
    public int MakerRate;
}

/// <summary>The fees of one order, by its slot: the terms it was entered with, and what it has come to. One cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct FeeRow
{
    private const int RateOne = 1_000_000_000;

    /// <summary>Sum over its trades of |notional| × rate.</summary>
    [FieldOffset(0)]
    public Int128 Turnover;

    /// <summary>Quote that it holds for fees to come.</summary>
    [FieldOffset(16)]
    public long Held;

    [FieldOffset(24)]
    public long PerLot;

    [FieldOffset(32)]
    public long Flat;

    [FieldOffset(40)]
    public long Minimum;

    [FieldOffset(48)]
    public int TakerRate;

    [FieldOffset(52)]
    public int MakerRate;

    [FieldOffset(56)]
    public ushort ScheduleId;

    [FieldOffset(58)]
    public byte Tier;

    /// <summary>What the order has to pay in all for what it has traded: up to the next unit, and down to the last.</summary>
    public readonly (Int128 Up, Int128 Down) Due(long filledLots)
    {
        if (filledLots == 0)
        {
            return (0, 0);
        }

        Int128 down = FloorOfRates(Turnover);
        Int128 rest = down * RateOne == Turnover ? 0 : 1;
        Int128 fixedPart = ((Int128)PerLot * filledLots) + Flat;
        return (AtLeastMinimum(down + rest + fixedPart), AtLeastMinimum(down + fixedPart));
    }

    /// <summary>
    /// The most that it can have to pay in all beyond what its trades bring in: every open lot trades at the limit, at the
    /// higher rate. What a trade brings in is never less than the rates take of it.
    /// </summary>
    /// <param name="openLots">Lots that can still trade.</param>
    /// <param name="filledLots">Lots that have.</param>
    /// <param name="cost">Quote that the open lots hold.</param>
    public readonly Int128 Most(long openLots, long filledLots, long cost)
    {
        Int128 turnover = Turnover + ((Int128)cost * Math.Max(0, Math.Max(TakerRate, MakerRate)));
        Int128 down = FloorOfRates(turnover);
        Int128 rest = down * RateOne == turnover ? 0 : 1;
        return AtLeastMinimum(down + rest + ((Int128)PerLot * ((Int128)openLots + filledLots)) + Flat);
    }

    private static Int128 FloorOfRates(Int128 turnover)
    {
        Int128 quotient = turnover / RateOne;
        return turnover < 0 && quotient * RateOne != turnover ? quotient - 1 : quotient;
    }

    private readonly Int128 AtLeastMinimum(Int128 fee) => Minimum > 0 ? Int128.Max(Minimum, fee) : fee;
}
