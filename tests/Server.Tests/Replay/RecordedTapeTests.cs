using System;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using HftEngine.Server.Replay;
using HftEngine.Server.Tapes;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Replay;

/// <summary>
/// Recordings of real venues; they are not part of the project, and without them these tests are skipped.
/// </summary>
[TestFixture]
internal sealed class RecordedTapeTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-recorded-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("book")]
    [TestCase("core")]
    public void The_engine_fills_the_orders_that_bitstamp_filled(string through)
    {
        string tape = Find("crypto_l3/bitstamp_2015-05-01.orders.csv.xz");
        JsonElement result = Run(new ReplayOptions
        {
            Tape = new Tape(TapeFormat.Bitstamp, tape),
            Through = Enum.Parse<ReplayThrough>(through, ignoreCase: true),
        });
        Assert.That(result.GetProperty("records").GetInt64(), Is.EqualTo(50_414));
        Assert.That(result.GetProperty("executions").GetInt64(), Is.GreaterThan(550));
        Assert.That(
            result.GetProperty("executions_same_order").GetInt64(), Is.EqualTo(
                result.GetProperty("executions").GetInt64()));
        Assert.That(result.GetProperty("executions_other_order").GetInt64(), Is.Zero);
        Assert.That(result.GetProperty("crossed").GetInt64(), Is.Zero);
        Assert.That(result.GetProperty("unknown_orders").GetInt64(), Is.EqualTo(191));
        Assert.That(result.GetProperty("resting_orders").GetInt64(), Is.EqualTo(184));
    }

    [TestCase("book")]
    [TestCase("core")]
    [TestCase("pipeline")]
    public void The_trades_of_another_matcher_come_out_in_the_same_order(string through)
    {
        string tape = Find("matching_oracle/orders-100K.txt.gz");
        string trades = Path.Combine(_folder, "trades.txt");
        Run(new ReplayOptions
        {
            Tape = new Tape(TapeFormat.Orders, tape),
            Through = Enum.Parse<ReplayThrough>(through, ignoreCase: true),
            TradesFile = trades,
        });
        using StreamReader expected = new(new GZipStream(
            File.OpenRead(Find("matching_oracle/100k-trades.gz")), CompressionMode.Decompress));
        Assert.That(File.ReadAllText(trades), Is.EqualTo(expected.ReadToEnd()));
    }

    /// <summary>
    /// The recordings lie beside the repository, or beside the folder that its work trees are in.
    /// </summary>
    private static string Find(string name)
    {
        for (
            DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        Assert.Ignore($"../shared/data/{name} is not here");
        return string.Empty;
    }

    private JsonElement Run(ReplayOptions options)
    {
        string json = Path.Combine(_folder, "result.json");
        ReplayProgress.Silent(progress => new ReplayRun(options, progress).Run()).WriteJson(json);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        return document.RootElement.Clone();
    }
}
