using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using HftEngine.Core.Histograms;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Histograms;


[TestFixture]
internal sealed class HistogramTests
{
    private const long Hour = 3_600_000_000_000;

    [Test]
    public void Every_value_is_kept_to_its_digits([Values(1, 2, 3, 4, 5)] int digits, [Values(1, 7, 1024)] long unit)
    {
        Histogram histogram = new(unit, Hour, digits);
        double worst = 1 / Math.Pow(10, digits);
        for (long value = 0; value < Hour; value = (value * 21 / 20) + 1)
        {
            Assert.That(histogram.LowestEquivalent(value), Is.LessThanOrEqualTo(value));
            Assert.That(histogram.HighestEquivalent(value), Is.GreaterThanOrEqualTo(value));
            double width = histogram.SizeOfEquivalents(value) - 1;
            Assert.That(width, Is.LessThanOrEqualTo(Math.Max(unit, value * worst)), $"at {value}");
            Assert.That(
                histogram.ValueAt(histogram.IndexOf(value)), Is.EqualTo(histogram.LowestEquivalent(value)), $"at {value}");
        }
    }

    [Test]
    public void Percentiles_agree_with_the_sorted_values([Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        long[] values = new long[10_001];
        Histogram histogram = new(1, Hour, 3);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (long)Math.Exp(random.NextDouble() * 25);
            Assert.That(histogram.TryRecord(values[i]));
        }

        Array.Sort(values);
        foreach (double percentile in new[] { 0, 1, 10, 50, 90, 99, 99.9, 99.99, 100 })
        {
            int place = Math.Max(1, (int)Math.Ceiling(percentile * values.Length / 100)) - 1;
            long wanted = percentile == 0
                ? histogram.LowestEquivalent(values[place])
                : histogram.HighestEquivalent(values[place]);
            Assert.That(histogram.ValueAtPercentile(percentile), Is.EqualTo(wanted), $"seed {seed}, {percentile} %");
        }

        Assert.That(histogram.Max, Is.EqualTo(histogram.HighestEquivalent(values[^1])));
        Assert.That(histogram.Min, Is.EqualTo(histogram.LowestEquivalent(values[0])));
        Assert.That(histogram.TotalCount, Is.EqualTo(values.Length));
        Assert.That(histogram.Mean, Is.EqualTo(values.Average()).Within(0.1).Percent);
    }

    [Test]
    public void A_value_beyond_the_range_is_refused_or_counted_at_the_end()
    {
        Histogram histogram = new(1, 1000, 2);
        Assert.That(histogram.TryRecord(-1), Is.False);
        Assert.That(histogram.TryRecord(long.MaxValue), Is.False);
        Assert.That(() => histogram.Record(1_000_000), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(histogram.TotalCount, Is.Zero);
        histogram.RecordClamped(1_000_000);
        Assert.That(histogram.Max, Is.EqualTo(histogram.HighestEquivalent(1000)));
        Assert.That(histogram.ValueAtPercentile(50), Is.EqualTo(histogram.HighestEquivalent(1000)));
    }

    [Test]
    public void An_empty_histogram_answers_zero()
    {
        Histogram histogram = new(1, 1000, 2);
        Assert.That(histogram.ValueAtPercentile(99), Is.Zero);
        Assert.That(histogram.Max, Is.Zero);
        Assert.That(histogram.Min, Is.Zero);
        Assert.That(histogram.Mean, Is.Zero);
        Assert.That(histogram.StandardDeviation, Is.Zero);
    }

    [Test]
    public void A_stall_counts_for_all_that_it_kept_waiting()
    {
        Histogram histogram = new(1, 1_000_000, 3);
        for (int i = 0; i < 100; i++)
        {
            histogram.RecordWithExpectedInterval(10, 10);
        }

        histogram.RecordWithExpectedInterval(1000, 10);
        Assert.That(histogram.TotalCount, Is.EqualTo(200));
        Assert.That(histogram.ValueAtPercentile(75), Is.EqualTo(500).Within(1).Percent);
    }

    [Test]
    public void Adding_keeps_counts_and_extremes_also_between_resolutions()
    {
        Histogram fine = new(1, Hour, 3);
        Histogram coarse = new(16, Hour, 2);
        foreach (long value in new long[] { 3, 5_000, 1_000_003, Hour })
        {
            coarse.Record(value, 3);
        }

        fine.Record(77);
        fine.Add(coarse);
        Assert.That(fine.TotalCount, Is.EqualTo(13));

        // Three is not told from zero where units are sixteen.
        Assert.That(fine.Min, Is.Zero);
        Assert.That(fine.CountAt(0), Is.EqualTo(3));
        Assert.That(fine.Max, Is.EqualTo(fine.HighestEquivalent(Hour)));
        Assert.That(() => new Histogram(1, 1000, 2).Add(fine), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Both_encodings_give_back_the_same_histogram([Values(1, 2, 3, 4)] int seed, [Values] bool compressed)
    {
        Random random = new(seed);
        Histogram histogram = new(1 << random.Next(8), Hour, 1 + random.Next(4));
        int count = random.Next(3) * 2000;
        for (int i = 0; i < count; i++)
        {
            histogram.Record((long)Math.Exp(random.NextDouble() * 28), 1L << random.Next(50));
        }

        byte[] plain = new byte[HistogramEncoding.MaxEncodedBytes(histogram)];
        int length = HistogramEncoding.Encode(histogram, plain);
        Histogram back = HistogramEncoding.Decode(
            compressed ? HistogramEncoding.EncodeCompressed(histogram) : plain.AsSpan(0, length));
        Assert.That(back.TotalCount, Is.EqualTo(histogram.TotalCount), $"seed {seed}");
        Assert.That(back.Max, Is.EqualTo(histogram.Max));
        Assert.That(back.LowestDiscernible, Is.EqualTo(histogram.LowestDiscernible));
        for (int i = 0; i < histogram.Length; i++)
        {
            Assert.That(back.CountAtIndex(i), Is.EqualTo(histogram.CountAtIndex(i)));
        }
    }

    [Test]
    public void Broken_bytes_are_refused_and_never_crash()
    {
        Histogram histogram = new(1, Hour, 3);
        for (int i = 0; i < 1000; i++)
        {
            histogram.Record(i * 1_000_003L);
        }

        byte[][] sound = [new byte[HistogramEncoding.MaxEncodedBytes(histogram)], HistogramEncoding.EncodeCompressed(histogram)];
        sound[0] = sound[0][..HistogramEncoding.Encode(histogram, sound[0])];
        Random random = new(5);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] broken = (byte[])sound[i % 2].Clone();
            for (int flips = random.Next(3); flips >= 0; flips--)
            {
                broken[random.Next(i % 4 < 2 ? Math.Min(48, broken.Length) : broken.Length)] ^= (byte)(1 << random.Next(8));
            }

            // A table of five digits over all 63 bits takes 60 MB; such headers are legal, only too slow to try often.
            if (i % 2 == 0 && broken[12..16].Any(b => b > 3))
            {
                continue;
            }

            try
            {
                HistogramEncoding.Decode(broken.AsSpan(0, random.Next(2) == 0 ? broken.Length : random.Next(broken.Length)));
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(5000));
    }

    [Test]
    public void A_log_gives_back_its_intervals()
    {
        StringWriter text = new();
        using (HistogramLogWriter writer = new(text, startSeconds: 1_700_000_000.5))
        {
            for (int i = 1; i <= 3; i++)
            {
                Histogram histogram = new(1, Hour, 3);
                histogram.Record(i * 1000, i);
                writer.Write(new HistogramInterval(i == 2 ? "sync" : null, i, 0.5, histogram));
            }
        }

        List<HistogramInterval> read = [.. HistogramLogReader.Read(new StringReader(text.ToString()))];
        Assert.That(read.Select(i => i.Tag), Is.EqualTo(new[] { null, "sync", null }));
        Assert.That(read.Select(i => i.StartSeconds), Is.EqualTo(new[] { 1.0, 2.0, 3.0 }));
        Assert.That(read.Select(i => i.Histogram.TotalCount), Is.EqualTo(new[] { 1L, 2L, 3L }));
        Assert.That(
            () => HistogramLogReader.Read(new StringReader("1,2,3")).ToList(),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("Line 1"));
        Assert.That(
            () => HistogramLogReader.Read(new StringReader("#x\n1,2,3,!!")).ToList(),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("line 2"));
    }

    [Test]
    public void The_percentile_table_ends_with_all_values_at_one_hundred()
    {
        Histogram histogram = new(1, Hour, 3);
        for (int i = 1; i <= 10_000; i++)
        {
            histogram.Record(i);
        }

        StringWriter text = new();
        PercentileTable.Write(histogram, text);
        string[] lines = text.ToString().Split('\n');
        Assert.That(lines[0], Is.EqualTo("       Value     Percentile TotalCount 1/(1-Percentile)"));
        Assert.That(lines[2], Is.EqualTo("       1.000 0.000000000000          1           1.00"));
        Assert.That(lines, Has.Some.Contain("    5003.000 0.500000000000       5003           2.00"));
        Assert.That(lines, Has.Some.Contain("   10007.000 1.000000000000      10000"));
        Assert.That(lines, Has.Some.StartsWith("#[Mean    =     5000."));
        double last = 0;
        foreach (string line in lines.Skip(2).TakeWhile(l => !l.StartsWith('#')))
        {
            double percentile = double.Parse(
                line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            Assert.That(percentile, Is.GreaterThanOrEqualTo(last));
            last = percentile;
        }
    }

    [Test]
    public void Nothing_is_lost_or_doubled_between_a_writer_and_the_takers_intervals()
    {
        const int values = 2_000_000;
        HistogramRecorder recorder = new(1, 1_000_000, 2);
        Thread writer = new(() =>
        {
            for (int i = 0; i < values; i++)
            {
                recorder.Record(i % 1000);
            }
        });
        writer.Start();
        Histogram interval = new(1, 1_000_000, 2);
        Histogram sum = new(1, 1_000_000, 2);
        bool ended = false;
        while (!ended)
        {
            ended = !writer.IsAlive;
            recorder.Take(interval);
            sum.Add(interval);
        }

        recorder.Take(interval);
        sum.Add(interval);
        Assert.That(sum.TotalCount, Is.EqualTo(values));
        Assert.That(sum.CountAt(7), Is.EqualTo(values / 1000));
    }

    [Test]
    public void Recording_allocates_nothing()
    {
        Histogram histogram = new(1, Hour, 3);
        HistogramRecorder recorder = new(1, Hour, 3);
        recorder.Record(1);
        histogram.TryRecord(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long i = 0; i < 100_000; i++)
        {
            histogram.TryRecord(i * 1000);
            recorder.Record(i * 1000);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
