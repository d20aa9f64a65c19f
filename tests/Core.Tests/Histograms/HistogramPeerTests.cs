using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using HftEngine.Core.Histograms;
using HftEngine.Core.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Histograms;


/// <summary>Logs written here and read by others, and the reverse. The peers are installed by run-tests.sh.</summary>
[TestFixture]
[Category("NeedsInstalled")]
internal sealed class HistogramPeerTests
{
    private const string JavaLibrary = "/usr/share/java/hdrhistogram.jar";
    private static readonly double[] Percentiles = [0, 25, 50, 75, 90, 99, 99.9, 99.99, 100];

    private string _file = string.Empty;

    [SetUp]
    public void MakeFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void DeleteFile() => File.Delete(_file);

    [Test]
    public void JavaScript_reads_our_logs_with_the_same_counts_and_percentiles()
    {
        Histogram[] written = [Fill(1, 100_000), Fill(2, 3), Fill(3, 50_000)];
        Write(written);
        string[] lines = RunNode("read", _file).TrimEnd().Split('\n');
        Assert.That(lines, Has.Length.EqualTo(written.Length));
        for (int i = 0; i < written.Length; i++)
        {
            JsonElement read = JsonDocument.Parse(lines[i]).RootElement;
            Assert.That(read.GetProperty("count").GetInt64(), Is.EqualTo(written[i].TotalCount));
            Assert.That(read.GetProperty("max").GetInt64(), Is.EqualTo(written[i].Max));
            long[] values = [.. read.GetProperty("percentiles").EnumerateArray().Select(v => v.GetInt64())];
            for (int p = 0; p < Percentiles.Length; p++)
            {
                // A percentile between two values is rounded to the nearer rank there and up here.
                long[] either =
                [
                    written[i].ValueAtPercentile(Percentiles[p]),
                    written[i].ValueAtPercentile(Percentiles[p] - (100.0 / written[i].TotalCount)),
                ];
                Assert.That(either, Does.Contain(values[p]), $"interval {i}, {Percentiles[p]} %");
            }
        }
    }

    [Test]
    public void We_read_logs_that_JavaScript_wrote()
    {
        RunNode("write", _file, "42", "20000");
        using StreamReader text = new(_file);
        HistogramInterval read = HistogramLogReader.Read(text).Single();
        Histogram expected = Fill(42, 20_000);
        Assert.That(read.Histogram.TotalCount, Is.EqualTo(expected.TotalCount));
        Assert.That(read.LengthSeconds, Is.EqualTo(1));
        foreach (double percentile in Percentiles)
        {
            Assert.That(
                read.Histogram.ValueAtPercentile(percentile), Is.EqualTo(expected.ValueAtPercentile(percentile)));
        }
    }

    [Test]
    public void Java_reads_our_logs_and_prints_our_percentile_table()
    {
        if (!File.Exists(JavaLibrary))
        {
            Assert.Ignore($"{JavaLibrary} is missing: apt-get install libhdrhistogram-java default-jre-headless");
        }

        Histogram histogram = Fill(7, 30_000);
        Write([histogram]);
        string theirs = Run(
            "java", "-cp", JavaLibrary, "org.HdrHistogram.HistogramLogProcessor", "-i", _file,
            "-outputValueUnitRatio", "1");
        StringWriter ours = new();
        PercentileTable.Write(histogram, ours);
        string[] wanted = ours.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] lines = theirs.Replace("\r", string.Empty, StringComparison.Ordinal).Split('\n');
        int start = Array.FindIndex(lines, l => l.Contains("1/(1-Percentile)", StringComparison.Ordinal));
        Assert.That(start, Is.GreaterThanOrEqualTo(0), theirs);
        string[] table = [.. lines.Skip(start).Where(l => l.Length > 0)];
        Assert.That(table, Has.Length.GreaterThanOrEqualTo(wanted.Length), theirs);
        for (int i = 0; i < wanted.Length; i++)
        {
            // Java rounds the shortest decimal form, .NET the exact value: a half may differ by one in the last place.
            string[] here = wanted[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] there = table[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(there, Has.Length.EqualTo(here.Length), table[i]);
            for (int word = 0; word < here.Length; word++)
            {
                bool number = double.TryParse(here[word], CultureInfo.InvariantCulture, out double value);
                Assert.That(
                    number ? double.Parse(there[word], CultureInfo.InvariantCulture) : value,
                    Is.EqualTo(value).Within(1.1e-12).Or.EqualTo(value).Within(1e-12).Percent,
                    table[i]);
                Assert.That(number || here[word] == there[word], table[i]);
            }
        }
    }

    private static Histogram Fill(ulong seed, int count)
    {
        Histogram histogram = new(1, 3_600_000_000, 3);
        ulong state = seed;
        for (int i = 0; i < count; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            histogram.Record((long)((state >> 33) % 1_000_000_000));
        }

        return histogram;
    }

    private static string FindPeers()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Peers");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "hdr-histogram-js")))
        {
            Assert.Ignore("hdr-histogram-js is missing: npm ci --prefix tests/Peers");
        }

        return folder;
    }

    private void Write(Histogram[] histograms)
    {
        using HistogramLogWriter writer = new(new StreamWriter(_file), startSeconds: 0, maxUnit: 1);
        for (int i = 0; i < histograms.Length; i++)
        {
            writer.Write(new HistogramInterval(null, i, 1, histograms[i]));
        }
    }

    private static string RunNode(params string[] arguments) =>
        Run("node", [Path.Combine(FindPeers(), "histogram.mjs"), .. arguments]);

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, string.Create(CultureInfo.InvariantCulture, $"{program}: {errors}"));
        return output;
    }
}
