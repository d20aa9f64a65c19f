using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using HftEngine.Core.Histograms;
using HftEngine.Server.Replay;
using HftEngine.Server.Tapes;
using HftEngine.Server.Tests.Tapes;
using HftEngine.Server.Workloads;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Replay;

[TestFixture]
internal sealed class ReplayTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-replay-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Generated_flow_gives_the_reference_books_trades_through_book_core_and_pipeline(
        [Values("maker", "taker", "deep")] string mix,
        [Values(1, 9)] int symbols,
        [Values(7UL, 8UL)] ulong seed)
    {
        string file = Path.Combine(_folder, "flow.bin");
        WorkloadExpectation expected;
        using (FileStream stream = File.Create(file))
        {
            expected = new WorkloadGenerator(
                WorkloadMix.Find(mix)!, symbols, warmRecords: 3_000, seed).Write(stream, 12_000);
        }

        Tape tape = new(TapeFormat.Workload, file);
        JsonElement book = Run(new ReplayOptions { Tape = tape, Through = ReplayThrough.Book });
        JsonElement core = Run(new ReplayOptions { Tape = tape });
        JsonElement pipeline = Run(new ReplayOptions { Tape = tape, Through = ReplayThrough.Pipeline });
        JsonElement journalled = Run(
            new ReplayOptions { Tape = tape, Through = ReplayThrough.Pipeline, Journal = "os" });
        foreach (JsonElement result in new[] { book, core, pipeline, journalled })
        {
            string context =
                $"mix {mix}, symbols {symbols}, seed {seed}, through {result.GetProperty("through")}";
            Assert.That(result.GetProperty("ops").GetInt64(), Is.EqualTo(12_000), context);
            Assert.That(result.GetProperty("trades").GetInt64(), Is.EqualTo(expected.Digest.Trades), context);
            Assert.That(
                result.GetProperty("traded_qty").GetInt64(), Is.EqualTo(expected.Digest.TradedLots), context);
            Assert.That(
                result.GetProperty("tape_hash").GetString(),
                Is.EqualTo(TradeDigest.Show(expected.Digest.Value)),
                context);
            Assert.That(
                result.GetProperty("cancel_ok").GetInt64(), Is.EqualTo(expected.CancelsDone), context);
            Assert.That(
                result.GetProperty("cancel_miss").GetInt64(), Is.EqualTo(expected.CancelsMissed), context);
            Assert.That(
                result.GetProperty("resting_orders").GetInt64(), Is.EqualTo(expected.RestingOrders), context);
            Assert.That(
                result.GetProperty("resting_levels").GetInt64(), Is.EqualTo(expected.RestingLevels), context);
            Assert.That(result.GetProperty("gc_collections").GetInt64(), Is.Zero, context);
        }

        foreach (string hash in new[] { "event_digest", "state_hash" })
        {
            Assert.That(
                pipeline.GetProperty(hash).GetString(), Is.EqualTo(core.GetProperty(hash).GetString()), hash);
            Assert.That(
                journalled.GetProperty(hash).GetString(),
                Is.EqualTo(core.GetProperty(hash).GetString()),
                hash);
        }
    }

    [Test]
    public void Sparse_and_drifting_prices_give_the_reference_books_trades(
        [Values("maker", "taker", "deep")] string mix,
        [Values(1, 1_000_003)] int spread,
        [Values(0, 500)] int drift)
    {
        string file = Path.Combine(_folder, "flow.bin");
        WorkloadExpectation expected;
        using (FileStream stream = File.Create(file))
        {
            expected = new WorkloadGenerator(WorkloadMix.Find(mix)!, symbols: 3, warmRecords: 3_000, seed: 21)
            {
                Spread = spread,
                Drift = drift,
            }.Write(stream, 40_000);
        }

        Tape tape = new(TapeFormat.Workload, file);
        JsonElement book = Run(new ReplayOptions { Tape = tape, Through = ReplayThrough.Book });
        JsonElement core = Run(new ReplayOptions { Tape = tape });
        foreach (JsonElement result in new[] { book, core })
        {
            Assert.That(
                result.GetProperty("tape_hash").GetString(),
                Is.EqualTo(TradeDigest.Show(expected.Digest.Value)));
            Assert.That(result.GetProperty("cancel_ok").GetInt64(), Is.EqualTo(expected.CancelsDone));
            Assert.That(result.GetProperty("resting_orders").GetInt64(), Is.EqualTo(expected.RestingOrders));
            Assert.That(result.GetProperty("resting_levels").GetInt64(), Is.EqualTo(expected.RestingLevels));
        }
    }

    [Test]
    public void An_execution_fills_the_order_that_the_venue_filled()
    {
        using TapeText tape = new(
            TapeFormat.Lobster,
            "1,1,1,100,1000,1",
            "1,1,2,100,1000,1",
            "1,1,3,100,1010,-1",
            "1,2,1,40,1000,1",
            "1,4,1,60,1000,1",
            "1,4,2,30,1000,1",
            "1,5,0,10,1005,-1",
            "1,3,2,70,1000,1",
            "1,4,99,10,1000,1",
            "1,3,1,5,1000,1",
            "1,2,3,500,1010,-1");
        string book = Path.Combine(_folder, "book.csv");
        JsonElement result = Run(new ReplayOptions { Tape = tape.Tape, BookFile = book });
        Assert.That(result.GetProperty("executions").GetInt64(), Is.EqualTo(2));
        Assert.That(result.GetProperty("executions_same_order").GetInt64(), Is.EqualTo(2));
        Assert.That(result.GetProperty("executions_other_order").GetInt64(), Is.Zero);
        Assert.That(result.GetProperty("executions_hidden").GetInt64(), Is.EqualTo(1));
        Assert.That(result.GetProperty("unknown_orders").GetInt64(), Is.EqualTo(1));
        Assert.That(result.GetProperty("dead_orders").GetInt64(), Is.EqualTo(1));
        Assert.That(result.GetProperty("cancels_beyond_open").GetInt64(), Is.EqualTo(1));
        Assert.That(result.GetProperty("resting_orders").GetInt64(), Is.Zero);
        Assert.That(File.ReadAllLines(book), Is.EqualTo(new[]
        {
            "9999999999,0,1000,100",
            "9999999999,0,1000,200",
            "1010,100,1000,200",
            "1010,100,1000,160",
            "1010,100,1000,100",
            "1010,100,1000,70",
            "1010,100,1000,70",
            "1010,100,-9999999999,0",
            "1010,100,-9999999999,0",
            "1010,100,-9999999999,0",
            "9999999999,0,-9999999999,0",
        }));
    }

    [Test]
    public void A_venues_tape_trades_alike_through_the_bare_book_and_the_whole_engine()
    {
        using TapeText tape = new(
            TapeFormat.Lobster,
            "1,1,9223372036854775000,100,1000,1",
            "1,1,7,100,1000,1",
            "1,1,8,100,1010,-1",
            "1,2,9223372036854775000,40,1000,1",
            "1,4,9223372036854775000,60,1000,1",
            "1,4,7,30,1000,1",
            "1,1,9,20,1010,1",
            "1,4,8,5,1010,-1",
            "1,3,7,70,1000,1",
            "1,1,7,15,1001,1",
            "1,2,8,500,1010,-1");
        JsonElement core = Run(new ReplayOptions { Tape = tape.Tape });
        JsonElement book = Run(new ReplayOptions { Tape = tape.Tape, Through = ReplayThrough.Book });
        foreach (string same in new[]
        {
            "trades", "traded_qty", "tape_hash", "resting_orders", "resting_levels", "executions",
            "executions_same_order", "executions_other_order", "crossed",
        })
        {
            Assert.That(book.GetProperty(same).GetRawText(), Is.EqualTo(core.GetProperty(same).GetRawText()), same);
        }

        Assert.That(book.GetProperty("executions_same_order").GetInt64(), Is.EqualTo(3));
        Assert.That(book.GetProperty("crossed").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void An_execution_of_an_order_that_is_not_first_is_counted_as_another_order()
    {
        using TapeText tape = new(
            TapeFormat.Lobster, "1,1,1,10,1000,1", "1,1,2,10,1000,1", "1,4,2,10,1000,1");
        JsonElement result = Run(new ReplayOptions { Tape = tape.Tape });
        Assert.That(result.GetProperty("executions_same_order").GetInt64(), Is.Zero);
        Assert.That(result.GetProperty("executions_other_order").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void Latencies_go_into_a_log_that_gives_back_every_command()
    {
        using TapeText tape = new(TapeFormat.Lobster, "1,1,1,10,1000,1", "1,1,2,10,1000,1", "1,4,1,10,1000,1");
        string log = Path.Combine(_folder, "latency.hlog");
        ReplayOptions options = new() { Tape = tape.Tape, Latency = true, LogFile = log };
        ReplayProgress.Show(0, progress => new ReplayRun(options, progress).Run()).WriteLog(log);
        using StreamReader text = new(log);
        HistogramInterval interval = HistogramLogReader.Read(text).Single();
        Assert.That(interval.Tag, Is.EqualTo("core"));
        Assert.That(interval.Histogram.TotalCount, Is.EqualTo(3));
    }

    [Test]
    public void A_replaced_order_goes_on_under_its_new_id_and_loses_its_place()
    {
        byte[] replace = ItchTapeTests.Message('U', 35);
        replace[18] = 1;
        replace[26] = 3;
        replace[30] = 10;
        replace[34] = 100;
        byte[] execute = ItchTapeTests.Message('E', 31);
        execute[18] = 3;
        execute[22] = 10;
        byte[] first = ItchTapeTests.Message('E', 31);
        first[18] = 2;
        first[22] = 10;
        byte[][] messages = [ItchTapeTests.Add(1, 'B', 10, "ACME", 100), ItchTapeTests.Add(2, 'B', 10, "ACME", 100), replace, first, execute];
        using TapeText tape = new(TapeFormat.Itch, [.. messages.SelectMany(ItchTapeTests.Frame)]);
        JsonElement result = Run(new ReplayOptions { Tape = tape.Tape });
        Assert.That(result.GetProperty("executions_same_order").GetInt64(), Is.EqualTo(2));
    }

    [Test]
    public void A_bad_record_stops_the_replay_or_is_skipped_and_counted()
    {
        using TapeText tape = new(
            TapeFormat.Lobster, "1,1,1,10,1000,1", "1,1,1,10,1000,1", "1,1,2,0,1000,1", "1,3,1,10,1000,1");
        Assert.That(
            () => Run(new ReplayOptions { Tape = tape.Tape }),
            Throws.InstanceOf<TapeException>().With.Message.Contains(
                "line 2 (byte 16): order 1 is in the book already"));
        JsonElement result = Run(new ReplayOptions { Tape = tape.Tape, SkipBad = true });
        Assert.That(result.GetProperty("bad_records").GetInt64(), Is.EqualTo(2));
        Assert.That(result.GetProperty("resting_orders").GetInt64(), Is.Zero);
    }

    [Test]
    public void Trades_of_order_lines_name_traders_and_prices_as_the_lines_did()
    {
        using TapeText tape = new(
            TapeFormat.Orders,
            "A:GBPUSD:100:1.660",
            "B:EURUSD:-100:1.11",
            "F:EURUSD:-50:1.1",
            "C:GBPUSD:-10:1.5",
            "A:GBPUSD:-20:1.6",
            "C:GBPUSD:-20:1.7",
            "D:EURUSD:100:1.11");
        string[] expected =
            ["A:C:GBPUSD:10:1.660", "A:A:GBPUSD:20:1.660", "D:F:EURUSD:50:1.1", "D:B:EURUSD:50:1.11"];
        foreach (ReplayThrough through in Enum.GetValues<ReplayThrough>())
        {
            string trades = Path.Combine(_folder, $"{through}.txt");
            Run(new ReplayOptions { Tape = tape.Tape, Through = through, TradesFile = trades });
            Assert.That(File.ReadAllLines(trades), Is.EqualTo(expected), through.ToString());
        }
    }

    [Test]
    public void The_limit_counts_records_and_a_rate_gives_latencies()
    {
        using TapeText tape = new(
            TapeFormat.Lobster, "1,1,1,10,1000,1", "1,1,2,10,1000,1", "1,1,3,10,1000,1");
        JsonElement result = Run(new ReplayOptions { Tape = tape.Tape, Limit = 2, Rate = 1000 });
        Assert.That(result.GetProperty("records").GetInt64(), Is.EqualTo(2));
        Assert.That(result.GetProperty("latency_ns").GetProperty("count").GetInt64(), Is.EqualTo(2));
        JsonElement piped = Run(
            new ReplayOptions { Tape = tape.Tape, Through = ReplayThrough.Pipeline, Latency = true });
        Assert.That(piped.GetProperty("latency_ns").GetProperty("count").GetInt64(), Is.EqualTo(3));
    }

    private JsonElement Run(ReplayOptions options)
    {
        string json = Path.Combine(_folder, "result.json");
        ReplayProgress.Silent(progress => new ReplayRun(options, progress).Run()).WriteJson(json);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        return document.RootElement.Clone();
    }
}
