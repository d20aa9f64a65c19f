using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;
using HftEngine.Schemas;
using HftEngine.Server.Demo;
using HftEngine.Server.Hosting;
using NUnit.Framework;
using Environment = System.Environment;

namespace HftEngine.Server.Tests.Process;

/// <summary>
/// What a snapshot in the making costs the orders: windows with the shadow at work and windows with it halted, in turns,
/// within one run. Prints figures; only on a quiet machine do they mean anything, so it runs on request:
/// <c>HFT_SPEED=1 [HFT_RESTING=N] [HFT_SECONDS=N] dotnet test tests/Server.Tests --filter SnapshotLatency</c>.
/// </summary>
[NonParallelizable]
internal sealed partial class SnapshotLatencyTests
{
    private const int StopSignal = 19;
    private const int ContinueSignal = 18;
    private const int WindowMs = 1000;
    private const uint Accounts = 64;

    private static readonly EngineLimits Limits = new() { MaxOrders = 1_500_000, MaxAccounts = 1024, MaxClientIds = 3_000_000 };

    private string _folder = string.Empty;
    private long _number;
    private ulong _sent;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-latency-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Durability.Os)]
    [TestCase(Durability.Sync)]
    public void Orders_meet_a_snapshot_of_many_resting_orders(Durability durability)
    {
        if (Environment.GetEnvironmentVariable("HFT_SPEED") is null)
        {
            Assert.Ignore("measures on request: HFT_SPEED=1");
        }

        int resting = Number("HFT_RESTING", 1_000_000);
        SnapshotEntry snapshot;
        TimeSpan written;
        using (VenueLine line = Open(durability))
        {
            line.Pipeline.Start();
            Define(line);
            for (int i = 0; i < resting; i++)
            {
                Send(line, side: i & 1, price: (i & 1) == 0 ? 400_000 - (i % 100_000) : 600_000 + (i % 100_000), TimeInForce.GoodTillCancel);
            }

            ulong last = Send(line, side: 0, price: 1, TimeInForce.ImmediateOrCancel);
            Await(line, last);
            Assert.That(line.Engine.RestingOrders, Is.EqualTo((uint)resting));
            using HftProcess shadow = HftProcess.Start(
                "shadow", "--data", _folder, "--every-commands", "200", "--every-seconds", "1");
            shadow.WaitFor(() => shadow.Output.Contains("wrote and verified", StringComparison.Ordinal), "the first snapshot");
            (List<long> with, List<long> without) = Measure(line, shadow, Number("HFT_SECONDS", 60));
            Print(durability, resting, with, without);
            Assert.That(line.Stop(20_000));
            long started = Stopwatch.GetTimestamp();
            snapshot = line.WriteSnapshot()!;
            written = Stopwatch.GetElapsedTime(started);
        }

        using VenueLine again = Open(durability);
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"snapshot at the stop: {snapshot.FileBytes >> 20} MiB in {written.TotalSeconds:0.0} s; recovered from it in {again.Recovered!.Elapsed.TotalSeconds:0.00} s, {again.Recovered.ReplayedCommands} commands replayed"));
    }

    private VenueLine Open(Durability durability) => VenueLine.Open(new VenueLineOptions
    {
        Limits = Limits, Durability = durability, Folder = _folder, Gateways = [],
    });

    private (List<long> With, List<long> Without) Measure(VenueLine line, HftProcess shadow, int seconds)
    {
        List<long> with = [];
        List<long> without = [];
        long started = Stopwatch.GetTimestamp();
        for (int window = 0; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; window++)
        {
            bool halted = window % 2 == 0;
            Signal(shadow.Id, halted ? StopSignal : ContinueSignal);
            long begun = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(begun).TotalMilliseconds < WindowMs)
            {
                bool writing = IsWriting();
                long sent = Stopwatch.GetTimestamp();
                Await(line, Send(line, side: 0, price: 1, TimeInForce.ImmediateOrCancel));
                long took = Stopwatch.GetTimestamp() - sent;
                if (halted)
                {
                    without.Add(took);
                }
                else if (writing && IsWriting())
                {
                    with.Add(took);
                }
            }
        }

        Signal(shadow.Id, ContinueSignal);
        shadow.Kill();
        return (with, without);
    }

    private bool IsWriting() => Directory.GetFiles(_folder, "snapshot-*.tmp").Length > 0;

    private static void Await(VenueLine line, ulong sequence)
    {
        SpinWait spin = default;
        while (line.Events.ReleasedSequence < sequence)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private static void Print(Durability durability, int resting, List<long> with, List<long> without)
    {
        with.Sort();
        without.Sort();
        Assert.That(with, Has.Count.GreaterThan(100), "hardly an order met a snapshot");
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{durability}, {resting} resting, {with.Count} orders while writing, {without.Count} without: ");
        foreach (double p in (double[])[0.5, 0.99, 0.999])
        {
            double a = At(with, p);
            double b = At(without, p);
            text.Append(CultureInfo.InvariantCulture, $"p{p * 100:0.#} {a:0.0} us / {b:0.0} us = {a / b:0.00}; ");
        }

        TestContext.Out.WriteLine(text);
    }

    private static double At(List<long> sorted, double p) =>
        sorted[(int)(p * (sorted.Count - 1))] * 1e6 / Stopwatch.Frequency;

    private void Define(VenueLine line)
    {
        CommandRingProducer ring = line.Pipeline.Venue;
        ulong before = line.Engine.LastSequence;
        ring.Send(DefineCurrencyBlock.Header, new DefineCurrencyBlock { CurrencyId = 1, Code = CurrencyCode.From("USD"u8) });
        ring.Send(DefineCurrencyBlock.Header, new DefineCurrencyBlock { CurrencyId = 2, Code = CurrencyCode.From("X"u8) });
        ring.Send(DefineInstrumentBlock.Header, new DefineInstrumentBlock
        {
            InstrumentId = 1,
            BaseCurrencyId = 2,
            QuoteCurrencyId = 1,
            TickMantissa = 1,
            LotMantissa = 1,
            MultiplierMantissa = 1,
            MinPrice = 1,
            MaxPrice = 1_000_000,
            MaxQuantity = 1000,
        });
        _sent = Math.Max(before, 1) + 3;
        for (uint account = 1; account <= Accounts; account++)
        {
            ring.Send(OpenAccountBlock.Header, new OpenAccountBlock { Envelope = { AccountId = account } });
            for (uint currency = 1; currency <= 2; currency++)
            {
                ring.Send(AdjustBalanceBlock.Header, new AdjustBalanceBlock
                {
                    Envelope = { AccountId = account }, CurrencyId = currency, Amount = 1L << 48,
                });
            }

            _sent += 3;
        }
    }

    private ulong Send(VenueLine line, int side, long price, TimeInForce timeInForce)
    {
        NewOrderBlock order = new()
        {
            Envelope = { AccountId = 1 + (uint)(_number % Accounts) },
            InstrumentId = 1,
            Side = (Side)side,
            Price = price,
            Quantity = 1,
            TimeInForce = timeInForce,
        };
        Span<byte> id = MemoryMarshal.AsBytes(new Span<ClientOrderId>(ref order.ClientOrderId));
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"N{_number++}"), id);
        Assert.That(line.Pipeline.Venue.Send(NewOrderBlock.Header, order));
        return ++_sent;
    }

    private static int Number(string variable, int standard) => int.TryParse(
        Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : standard;

    private static void Signal(int process, int signal) => Assert.That(Kill(process, signal), Is.Zero);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
