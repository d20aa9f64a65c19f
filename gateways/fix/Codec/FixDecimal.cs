using System;

namespace HftEngine.Fix.Codec;

/// <summary>
/// A price or quantity as the wire has it: <c>Mantissa × 10^-Scale</c>, without floating point.
/// </summary>
public readonly record struct FixDecimal(long Mantissa, int Scale)
{
    public const int MaxScale = 18;

    private static readonly long[] Powers = MakePowers();

    /// <summary>The same number at another scale, when it is one exactly.</summary>
    public bool TryRescale(int scale, out long mantissa)
    {
        mantissa = Mantissa;
        if (scale is < 0 or > MaxScale)
        {
            return false;
        }

        if (scale >= Scale)
        {
            Int128 wide = (Int128)Mantissa * Powers[scale - Scale];
            mantissa = (long)wide;
            return wide == mantissa;
        }

        (mantissa, long remainder) = long.DivRem(Mantissa, Powers[Scale - scale]);
        return remainder == 0;
    }

    private static long[] MakePowers()
    {
        long[] powers = new long[MaxScale + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
