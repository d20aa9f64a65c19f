using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace HftEngine.Core.Histograms;

/// <summary>One line of an interval log: a histogram of the values between two moments.</summary>
/// <param name="Tag">Which of several logs in one file it belongs to; null = none.</param>
/// <param name="StartSeconds">Begin, seconds since the log's base time.</param>
/// <param name="LengthSeconds">How long the interval was.</param>
/// <param name="Histogram">What was recorded in it.</param>
public sealed record HistogramInterval(string? Tag, double StartSeconds, double LengthSeconds, Histogram Histogram);

/// <summary>Writes interval logs (`.hlog`), version 1.3, one compressed histogram a line.</summary>
public sealed class HistogramLogWriter : IDisposable
{
    private readonly TextWriter _target;
    private readonly double _maxUnit;

    /// <param name="target">Where to; disposed with this.</param>
    /// <param name="startSeconds">Seconds since 1970 that the intervals' starts are counted from.</param>
    /// <param name="maxUnit">What the column of maxima is divided by: 1,000,000 shows nanoseconds as milliseconds.</param>
    public HistogramLogWriter(TextWriter target, double startSeconds, double maxUnit = 1_000_000)
    {
        _target = target;
        _maxUnit = maxUnit;
        _target.NewLine = "\n";
        Line($"#[Histogram log format version 1.3]");
        Line($"#[BaseTime: {startSeconds:F3} (seconds since epoch)]");
        Line($"#[StartTime: {startSeconds:F3} (seconds since epoch)]");
        Line($"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"");
    }

    public void Write(HistogramInterval interval)
    {
        if (interval.Tag is { } tag && tag.AsSpan().IndexOfAny(", \r\n") >= 0)
        {
            throw new ArgumentException("A tag has neither commas nor spaces.", nameof(interval));
        }

        string prefix = interval.Tag is null ? string.Empty : $"Tag={interval.Tag},";
        string bytes = Convert.ToBase64String(HistogramEncoding.EncodeCompressed(interval.Histogram));
        Line(
            $"{prefix}{interval.StartSeconds:F3},{interval.LengthSeconds:F3},{interval.Histogram.Max / _maxUnit:F3},{bytes}");
    }

    public void Dispose() => _target.Dispose();

    private void Line(FormattableString line) => _target.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}

/// <summary>Reads interval logs of versions 1.0 to 1.3.</summary>
public static class HistogramLogReader
{
    /// <exception cref="InvalidDataException">A line cannot be read; its number is named.</exception>
    public static IEnumerable<HistogramInterval> Read(TextReader source)
    {
        int number = 0;
        for (string? line = source.ReadLine(); line is not null; line = source.ReadLine())
        {
            number++;
            if (line.Length > 0 && line[0] is not ('#' or '"'))
            {
                yield return Parse(line, number);
            }
        }
    }

    private static HistogramInterval Parse(string line, int number)
    {
        string[] fields = line.Split(',');
        string? tag = null;
        if (fields[0].StartsWith("Tag=", StringComparison.Ordinal))
        {
            tag = fields[0][4..];
            fields = fields[1..];
        }

        if (fields.Length != 4
            || !double.TryParse(fields[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double start)
            || !double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double length))
        {
            throw new InvalidDataException($"Line {number} is not start, length, maximum, histogram.");
        }

        try
        {
            return new HistogramInterval(tag, start, length, HistogramEncoding.Decode(Convert.FromBase64String(fields[3])));
        }
        catch (FormatException broken)
        {
            throw new InvalidDataException($"The histogram of line {number} is not in Base64.", broken);
        }
    }
}
