using System;
using System.Diagnostics;
using HftEngine.Core.Histograms;

namespace HftEngine.Server.Replay;

/// <summary>How latencies are taken: in nanoseconds of the monotonic clock, three digits of each.</summary>
internal static class Latency
{
    private const long LongestNs = 3_600_000_000_000;
    private const int Digits = 3;
    private const int FloorReadings = 100_000;

    public static Histogram NewHistogram() => new(1, LongestNs, Digits);

    /// <summary>What two readings of the clock with nothing between them show: the median of many.</summary>
    public static long MeasureTimerFloorNs()
    {
        Histogram floor = NewHistogram();
        for (int i = 0; i < FloorReadings; i++)
        {
            long start = Stopwatch.GetTimestamp();
            floor.RecordClamped(ToNs(Stopwatch.GetTimestamp() - start));
        }

        return floor.ValueAtPercentile(50);
    }

    // The clock counts nanoseconds on Linux; elsewhere its ticks are coarser.
    public static long ToNs(long ticks) => Stopwatch.Frequency == 1_000_000_000
        ? ticks
        : (long)((Int128)ticks * 1_000_000_000 / Stopwatch.Frequency);
}
