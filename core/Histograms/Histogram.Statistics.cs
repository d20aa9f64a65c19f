using System;

namespace HftEngine.Core.Histograms;

/// <summary>What is read from a histogram. Floating point is at home here: nothing of it reaches the engine.</summary>
public sealed partial class Histogram
{
    /// <summary>Mean of the recorded values, each taken as the middle of its equivalents; 0 when there are none.</summary>
    public double Mean
    {
        get
        {
            double sum = 0;
            for (int i = 0; i < _counts.Length && TotalCount > 0; i++)
            {
                sum += _counts[i] == 0 ? 0 : MedianEquivalent(ValueAt(i)) * (double)_counts[i];
            }

            return TotalCount == 0 ? 0 : sum / TotalCount;
        }
    }

    public double StandardDeviation
    {
        get
        {
            double mean = Mean;
            double sum = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                if (_counts[i] > 0)
                {
                    double off = MedianEquivalent(ValueAt(i)) - mean;
                    sum += off * off * _counts[i];
                }
            }

            return TotalCount == 0 ? 0 : Math.Sqrt(sum / TotalCount);
        }
    }

    /// <summary>
    /// The value that at least <paramref name="percentile"/> percent (0 … 100) of all recorded values do not exceed, to
    /// the resolution; 0 when nothing was recorded.
    /// </summary>
    public long ValueAtPercentile(double percentile)
    {
        // One step down keeps a percentile that is not exact in binary, such as 99.9, from asking for one value more.
        double asked = Math.Clamp(Math.BitDecrement(percentile), 0, 100);
        long wanted = Math.Max(1, (long)Math.Ceiling(asked * TotalCount / 100));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                long value = ValueAt(i);
                return percentile == 0 ? LowestEquivalent(value) : HighestEquivalent(value);
            }
        }

        return 0;
    }

    /// <summary>Percentage of the recorded values that are at most <paramref name="value"/>; 100 when there are none.</summary>
    public double PercentileOf(long value)
    {
        if (TotalCount == 0)
        {
            return 100;
        }

        long seen = 0;
        int last = Math.Min(IndexOf(value), _counts.Length - 1);
        for (int i = 0; i <= last; i++)
        {
            seen += _counts[i];
        }

        return 100.0 * seen / TotalCount;
    }
}
