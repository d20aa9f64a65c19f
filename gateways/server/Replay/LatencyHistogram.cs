using System;
using System.Diagnostics;
using System.Numerics;

namespace HftEngine.Server.Replay;

/// <summary>Latencies in nanoseconds, each kept to within 1/64 of its value, whatever their range.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits) * SubBuckets];

    public long Count { get; private set; }

    public long MaxNs { get; private set; }

    public void Record(long ns)
    {
        long value = Math.Max(0, ns);
        _counts[IndexOf((ulong)value)]++;
        Count++;
        MaxNs = Math.Max(MaxNs, value);
    }

    /// <summary>The value that the fraction of all is not above.</summary>
    public long AtFraction(double fraction)
    {
        long wanted = Math.Max(1, (long)Math.Ceiling(fraction * Count));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Math.Min(HighestOf(i), MaxNs);
            }
        }

        return MaxNs;
    }

    /// <summary>What two readings of the clock with nothing between them show: the median of many.</summary>
    public static long MeasureTimerFloorNs()
    {
        LatencyHistogram floor = new();
        for (int i = 0; i < 100_000; i++)
        {
            long start = Stopwatch.GetTimestamp();
            floor.Record(ToNs(Stopwatch.GetTimestamp() - start));
        }

        return floor.AtFraction(0.5);
    }

    // The clock counts nanoseconds on Linux; elsewhere its ticks are coarser.
    public static long ToNs(long ticks) => Stopwatch.Frequency == 1_000_000_000
        ? ticks
        : (long)((Int128)ticks * 1_000_000_000 / Stopwatch.Frequency);

    private static int IndexOf(ulong value)
    {
        int shift = Math.Max(0, BitOperations.Log2(value | 1) - SubBits);
        return shift == 0 && value < SubBuckets
            ? (int)value
            : ((shift + 1) * SubBuckets) + (int)((value >> shift) - SubBuckets);
    }

    private static long HighestOf(int index)
    {
        if (index < SubBuckets)
        {
            return index;
        }

        int shift = (index / SubBuckets) - 1;
        long low = (long)((index % SubBuckets) + SubBuckets) << shift;
        return low + (1L << shift) - 1;
    }
}
