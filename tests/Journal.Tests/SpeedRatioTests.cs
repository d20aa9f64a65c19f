using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>
/// The journal's price as ratios within one run, interleaved, medians. Printed; what other load on the machine can spoil
/// is not asserted.
/// </summary>
[NonParallelizable]
[Category("Slow")]
internal sealed unsafe class SpeedRatioTests
{
    private const int Rounds = 7;

    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 4096, MaxPricePages = 256, MaxAccounts = 8, MaxClientIds = 8192, MaxBalances = 64,
        MaxSessions = 8, MaxInstruments = 8, MaxCurrencies = 8, MaxFillsPerCommand = 64, MaxOwners = 64,
    };

    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-ratio-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Sync_against_a_bare_loop_of_the_same_writes_and_flushes([Values(1, 32, 480)] int perBatch)
    {
        const int batches = 150;
        var options = new JournalOptions { Durability = Durability.Sync };
        var storage = new DiskStorage(_folder);
        using CommandJournal journal = CommandJournal.Start(storage, JournalTail.Fresh(), options);
        var sequencer = new FakeSequencer(journal);
        using IStorageFile bare = storage.Create("bare", 64 << 20);
        bare.Flush();
        var ratios = new List<double>();
        long bareOffset = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long journalTicks = 0;
            long bareTicks = 0;
            for (int i = 0; i < batches; i++)
            {
                ulong first = sequencer.LastSequence + 1;
                ReadOnlySpan<byte> records = sequencer.Next(perBatch);
                byte[] block = new byte[records.Length + ControlRecord.Size];
                long started = Stopwatch.GetTimestamp();
                _ = journal.Append(journal.Epoch, first, records);
                long middle = Stopwatch.GetTimestamp();
                bare.Write(bareOffset, block);
                bare.Flush();
                bareTicks += Stopwatch.GetTimestamp() - middle;
                journalTicks += middle - started;
                bareOffset = (bareOffset + block.Length) % (32 << 20);
            }

            ratios.Add((double)bareTicks / journalTicks);
        }

        ratios.Sort();
        TestContext.Out.WriteLine(
            $"sync, {perBatch} commands per commit: {ratios[Rounds / 2]:P0} of the bare loop's throughput "
            + $"(median of {Rounds} rounds, {ratios[0]:P0} to {ratios[^1]:P0}); wanted at least 80 %");
    }

    [Test]
    public void Os_against_no_journal_through_the_whole_pipeline()
    {
        var costs = new List<double>();
        var rates = new List<double>();
        for (int round = 0; round <= Rounds; round++)
        {
            // In turns who goes first; the first round warms up and does not count.
            double none = 0;
            double os = 0;
            for (int half = 0; half < 2; half++)
            {
                if ((round + half) % 2 == 0)
                {
                    none = Rate(null);
                }
                else
                {
                    os = Rate(Path.Combine(_folder, $"r{round}"));
                }
            }

            if (round > 0)
            {
                costs.Add(1 - (os / none));
                rates.Add(os);
            }
        }

        costs.Sort();
        rates.Sort();
        TestContext.Out.WriteLine(
            $"os journal and event log cost the pipeline {costs[Rounds / 2]:P0} of its throughput (median of {Rounds} "
            + $"pairs, {costs[0]:P0} to {costs[^1]:P0}; {rates[Rounds / 2] / 1e6:0.00} M commands/s with it); "
            + "wanted at most 30 %");
    }

    [Test]
    public void A_commit_waits_for_one_flush_beyond_its_own_at_most()
    {
        var log = new SlowLog();
        using EventRing ring = EventRing.Create(1 << 20, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        using VenuePipeline line = VenuePipeline.Create(
            new EngineHandler(engine),
            ring,
            default(FixedClock),
            new PipelineOptions { CommandLog = log, Layout = PipelineLayout.Unpinned(2) });
        line.Start();
        int most = 0;
        for (int i = 0; i < 300; i++)
        {
            int begun = Volatile.Read(ref log.Begun);
            ulong sequence = 2 + (ulong)i;
            SendOne(line);
            SpinWait.SpinUntil(() => line.Status.CommittedSequence >= sequence, 5000);

            // A flush that was running when the command came does not count as its own.
            most = int.Max(most, Volatile.Read(ref log.Begun) - begun);
            Thread.SpinWait(i * 50);
        }

        Assert.That(line.Stop(20_000), Is.True);
        TestContext.Out.WriteLine($"flushes that began between a command's sending and its commit: at most {most}");
        Assert.That(most, Is.LessThanOrEqualTo(2));
    }

    private static void SendOne(VenuePipeline line)
    {
        Span<byte> message = stackalloc byte[NewOrderBlock.MessageLength];
        System.Runtime.InteropServices.MemoryMarshal.Write(message, NewOrderBlock.Header);
        while (!line.Venue.TrySend(message))
        {
            Thread.Yield();
        }
    }

    /// <summary>Commands per second from the ring to the release.</summary>
    private static double Rate(string? folder)
    {
        const int commands = 300_000;
        using EventRing ring = EventRing.Create(16 << 20, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        DiskStorage? storage = folder is null ? null : new DiskStorage(folder);
        var options = new JournalOptions { Durability = Durability.Os, SegmentsAtStart = 1, EventSegmentsAtStart = 1 };
        RecoveredVenue? recovered = storage is null ? null : new Recovery(storage, options).Run(new EngineReplay(engine));
        using EventLog? log = recovered?.EventLog;
        using CommandJournal? journal = storage is null ? null : CommandJournal.Start(storage, recovered!.Tail, options);
        var pipeline = new PipelineOptions { Layout = PipelineLayout.Unpinned(2), VenueRingBytes = 4 << 20 };
        pipeline = journal is null ? pipeline : pipeline with
        {
            Epoch = journal.Epoch, CrcSeed = journal.LastCrc, CommandLog = journal, EventSink = log!,
        };
        using VenuePipeline line = VenuePipeline.Create(new EngineHandler(engine), ring, default(FixedClock), pipeline);
        line.Start();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < commands; i++)
        {
            SendOne(line);
        }

        SpinWait.SpinUntil(() => ring.ReleasedSequence > commands, 60_000);
        double rate = commands / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Assert.That(line.Stop(60_000), Is.True);
        return rate;
    }

    /// <summary>Counts flushes and takes a disk's time for each.</summary>
    private sealed class SlowLog : ICommandLog
    {
        public int Begun;

        private readonly NullCommandLog _sequences = new();

        public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
        {
            Interlocked.Increment(ref Begun);
            Thread.Sleep(1);
            return _sequences.Append(epoch, firstSequence, records);
        }
    }
}
