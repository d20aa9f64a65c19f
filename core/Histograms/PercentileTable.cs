using System;
using System.Globalization;
using System.IO;

namespace HftEngine.Core.Histograms;

/// <summary>The percentile distribution as text, in the form that HdrHistogram's plotting tools read.</summary>
public static class PercentileTable
{
    /// <param name="histogram">What to show.</param>
    /// <param name="target">Where to.</param>
    /// <param name="ticksPerHalfDistance">Lines on each halving of the way to 100 %.</param>
    /// <param name="unit">Values are divided by it.</param>
    public static void Write(Histogram histogram, TextWriter target, int ticksPerHalfDistance = 5, double unit = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticksPerHalfDistance, 1);
        string digits = "F" + histogram.SignificantDigits.ToString(CultureInfo.InvariantCulture);
        target.Write($"{"Value",12} {"Percentile",14} {"TotalCount",10} {"1/(1-Percentile)",14}\n\n");
        long seen = 0;
        double asked = 0;
        for (int i = 0; i < histogram.Length && seen < histogram.TotalCount; i++)
        {
            seen += histogram.CountAtIndex(i);
            double reached = 100.0 * seen / histogram.TotalCount;
            string value = Number(histogram.HighestEquivalent(histogram.ValueAt(i)) / unit, digits);
            while (histogram.CountAtIndex(i) > 0 && asked <= reached)
            {
                string inverse = Number(1 / (1 - (asked / 100)), "F2");
                target.Write($"{value,12} {Number(asked / 100, "F12"),14} {seen,10} {inverse,14}\n");
                asked = Next(asked, ticksPerHalfDistance);
                if (seen == histogram.TotalCount)
                {
                    // The last value stands for every further percentile; one line at 100 % says so.
                    target.Write($"{value,12} {Number(1, "F12"),14} {seen,10}\n");
                    break;
                }
            }
        }

        WriteFooter(histogram, target, unit);
    }

    private static void WriteFooter(Histogram histogram, TextWriter target, double unit)
    {
        string mean = Number(histogram.Mean / unit, "F3");
        string deviation = Number(histogram.StandardDeviation / unit, "F3");
        string max = Number(histogram.Max / unit, "F3");
        target.Write($"#[Mean    = {mean,12}, StdDeviation   = {deviation,12}]\n");
        target.Write($"#[Max     = {max,12}, Total count    = {histogram.TotalCount,12}]\n");
        target.Write($"#[Buckets = {histogram.BucketCount,12}, SubBuckets     = {histogram.SubBucketCount,12}]\n");
    }

    /// <summary>Steps become half as wide each time the way to 100 % is halved.</summary>
    private static double Next(double percentile, int ticksPerHalfDistance)
    {
        int halvings = (int)Math.Log2(100 / (100 - percentile)) + 1;
        return percentile + (100 / (ticksPerHalfDistance * Math.Pow(2, halvings)));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
