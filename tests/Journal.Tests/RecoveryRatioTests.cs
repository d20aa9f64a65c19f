using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;
using NUnit.Framework;
using Environment = System.Environment;

namespace HftEngine.Journal.Tests;

/// <summary>
/// Recovery against the bare engine on the same commands, in turns within one run. Only a ratio; the machine decides the
/// rest. On request: <c>HFT_SPEED=1 dotnet test tests/Journal.Tests --filter RecoveryRatio</c>.
/// </summary>
[NonParallelizable]
internal sealed unsafe class RecoveryRatioTests
{
    private const int Rounds = 7;
    private const int BatchCommands = 512;
    private const int MessageBytes = 8 + NewOrderBlock.BlockLength;

    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 1 << 18,
        MaxPricePages = 1 << 12,
        MaxInstruments = 16,
        MaxCurrencies = 16,
        MaxAccounts = 128,
        MaxBalances = 1024,
        MaxSessions = 64,
        MaxClientIds = 1 << 19,
        MaxFillsPerCommand = 256,
        MaxOwners = 1 << 10,
    };

    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-ratio-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Recovery_is_held_against_the_bare_engine()
    {
        if (Environment.GetEnvironmentVariable("HFT_SPEED") is null)
        {
            Assert.Ignore("measures on request: HFT_SPEED=1");
        }

        const int commands = BatchCommands * 2560;
        var options = new JournalOptions
        {
            Durability = Durability.Os, SegmentBytes = 16 << 20, EventSegmentBytes = 16 << 20,
        };
        var storage = new DiskStorage(_folder);
        byte[] records = MakeJournal(storage, options, commands, out ulong digest);
        List<double> ratios = [];
        List<double> cpuRatios = [];
        for (int round = 0; round < Rounds; round++)
        {
            double bare = Bare(records, digest, out long bareCpuNs);
            TimeSpan allBefore = Environment.CpuUsage.TotalTime;
            double recovery = Recover(storage, options, digest, out long recoveryCpuNs);
            double allNs = (Environment.CpuUsage.TotalTime - allBefore).TotalNanoseconds;
            ratios.Add(bare / recovery);
            cpuRatios.Add((double)bareCpuNs / recoveryCpuNs);
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"bare {commands / bare / 1e6:0.00} M/s, recovery {commands / recovery / 1e6:0.00} M/s, ratio {bare / recovery:0.00}; "
                + $"CPU a command: bare {bareCpuNs / commands} ns, recovery's own thread {recoveryCpuNs / commands} ns, "
                + $"all its threads {allNs / commands:0} ns"));
        }

        Profile(storage, options, commands);
        ratios.Sort();
        cpuRatios.Sort();
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"recovery reaches {ratios[Rounds / 2]:0.00} of the bare engine (median of {Rounds}); by the CPU time of the applying thread {cpuRatios[Rounds / 2]:0.00}"));
    }

    /// <summary>What a recovery does besides applying commands, each alone.</summary>
    private static void Profile(DiskStorage storage, JournalOptions options, int commands)
    {
        for (int round = 0; round < 3; round++)
        {
            long started = Stopwatch.GetTimestamp();
            EventLogTail tail = EventLogScan.Run(storage, null);
            double scan = Stopwatch.GetElapsedTime(started).TotalNanoseconds / commands;
            started = Stopwatch.GetTimestamp();
            using var reader = new JournalReader(storage, options);
            while (reader.Next(out _))
            {
            }

            double read = Stopwatch.GetElapsedTime(started).TotalNanoseconds / commands;
            TestContext.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"event log {tail.Bytes / commands} B a command: {scan:0} ns to look through; journal {reader.TotalBytes / commands} B: {read:0} ns to read and check"));
        }
    }

    private static double Bare(byte[] records, ulong digest, out long cpuNs)
    {
        using EventRing ring = EventRing.Create(1 << 24, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        fixed (byte* start = records)
        {
            long cpu = ThreadCpuNs();
            long started = Stopwatch.GetTimestamp();
            byte* stopped = engine.ApplyRecords(start, start + records.Length);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            cpuNs = ThreadCpuNs() - cpu;
            Assert.That(stopped == start + records.Length);
            Assert.That(engine.EventDigestValue, Is.EqualTo(digest));
            return seconds;
        }
    }

    private static double Recover(DiskStorage storage, JournalOptions options, ulong digest, out long cpuNs)
    {
        using EventRing ring = EventRing.Create(1 << 24, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        long cpu = ThreadCpuNs();
        RecoveredVenue recovered = new Recovery(storage, options).Run(new EngineReplay(engine));
        cpuNs = ThreadCpuNs() - cpu;
        recovered.EventLog.Dispose();
        Assert.That(engine.EventDigestValue, Is.EqualTo(digest));
        return recovered.Elapsed.TotalSeconds;
    }

    /// <summary>What the scheduler of a busy machine gave to others does not count here.</summary>
    private static long ThreadCpuNs()
    {
        const int threadCpuTime = 3;
        long* time = stackalloc long[2];
        Assert.That(ClockGetTime(threadCpuTime, time), Is.Zero);
        return (time[0] * 1_000_000_000) + time[1];
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, long* time);

    private static byte[] MakeJournal(DiskStorage storage, JournalOptions options, int commands, out ulong digest)
    {
        using EventRing ring = EventRing.Create(1 << 24, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        RecoveredVenue fresh = new Recovery(storage, options).Run(new EngineReplay(engine));
        using EventLog log = fresh.EventLog;
        using CommandJournal journal = CommandJournal.Start(storage, fresh.Tail, options);
        var replay = new EngineReplay(engine);
        var sink = new LogSink(log);
        using var all = new MemoryStream();
        var random = new Random(5);
        byte[] buffer = new byte[BatchCommands * CommandRecord.RecordBytes(MessageBytes)];
        uint crc = journal.LastCrc;
        for (ulong first = 1; first <= (ulong)commands; first += BatchCommands)
        {
            int length = 0;
            for (int i = 0; i < BatchCommands; i++)
            {
                length += Write(buffer.AsSpan(length), journal.Epoch, first + (ulong)i, random, ref crc);
            }

            journal.Append(journal.Epoch, first, buffer.AsSpan(0, length));
            all.Write(buffer, 0, length);
            fixed (byte* start = buffer)
            {
                replay.Apply(start, start + length, sink);
            }

            ulong last = first + BatchCommands - 1;
            if (last % ReplayCheck.DigestInterval == 0)
            {
                log.AppendDigest(journal.Epoch, last, engine.EventDigestValue);
            }
        }

        journal.Stop();
        digest = engine.EventDigestValue;
        TestContext.Out.WriteLine($"{commands} commands, {engine.RestingOrders} rest at the end");
        return all.ToArray();
    }

    /// <summary>Definitions first, then orders of which most trade.</summary>
    private static int Write(Span<byte> target, uint epoch, ulong sequence, Random random, ref uint crc)
    {
        byte[] message = sequence switch
        {
            1 => CommandFrames.Message(DefineCurrencyBlock.TemplateId, new DefineCurrencyBlock { CurrencyId = 1 }),
            2 => CommandFrames.Message(DefineCurrencyBlock.TemplateId, new DefineCurrencyBlock { CurrencyId = 2 }),
            3 => CommandFrames.Message(DefineInstrumentBlock.TemplateId, Instrument()),
            <= 67 => CommandFrames.Message(OpenAccountBlock.TemplateId, new OpenAccountBlock { Envelope = { AccountId = (uint)sequence - 3 } }),
            <= 195 => CommandFrames.Message(AdjustBalanceBlock.TemplateId, new AdjustBalanceBlock
            {
                Envelope = { AccountId = 1 + (((uint)sequence - 68) / 2) },
                CurrencyId = 1 + ((uint)sequence % 2),
                Amount = 1L << 50,
            }),
            _ => CommandFrames.Message(NewOrderBlock.TemplateId, Order(random, sequence)),
        };
        return CommandFrames.Write(target, message, epoch, sequence, ref crc);
    }

    private static NewOrderBlock Order(Random random, ulong sequence)
    {
        var order = new NewOrderBlock
        {
            Envelope = { AccountId = 1 + (uint)random.Next(64) },
            InstrumentId = 1,
            Price = 50_000 + random.Next(-200, 201),
            Quantity = 1 + random.Next(100),
            Side = (Side)random.Next(2),
            TimeInForce = random.Next(4) == 0 ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel,
        };
        Span<byte> id = MemoryMarshal.AsBytes(new Span<ClientOrderId>(ref order.ClientOrderId));
        Encoding.ASCII.GetBytes(sequence.ToString(CultureInfo.InvariantCulture), id);
        return order;
    }

    private static DefineInstrumentBlock Instrument() => new()
    {
        InstrumentId = 1,
        BaseCurrencyId = 1,
        QuoteCurrencyId = 2,
        TickMantissa = 1,
        LotMantissa = 1,
        MultiplierMantissa = 1,
        MinPrice = 1,
        MaxPrice = 100_000,
        MaxQuantity = 1_000_000,
    };
}
