using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>Rolling segments takes nothing from the garbage collector on any stage thread.</summary>
[NonParallelizable]
internal sealed unsafe class RollAllocationTests
{
    private const int Commands = 40_000;

    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 1024,
        MaxPricePages = 64,
        MaxInstruments = 8,
        MaxCurrencies = 8,
        MaxAccounts = 8,
        MaxBalances = 64,
        MaxSessions = 8,
        MaxClientIds = 256,
        MaxFillsPerCommand = 8,
        MaxOwners = 64,
    };

    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-roll-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Durability.Os)]
    [TestCase(Durability.Sync)]
    public void Rolls_allocate_nothing_on_the_stage_threads(Durability durability)
    {
        var options = new JournalOptions
        {
            Durability = durability,
            SegmentBytes = 256 << 10,
            EventSegmentBytes = 256 << 10,
        };
        var storage = new DiskStorage(_folder);
        using EventRing ring = EventRing.Create(4 << 20, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        RecoveredVenue recovered = new Recovery(storage, options).Run(new EngineReplay(engine));
        using EventLog log = recovered.EventLog;
        using CommandJournal journal = CommandJournal.Start(storage, recovered.Tail, options);
        long allocated;
        using (VenuePipeline line = VenuePipeline.Create(
            new EngineHandler(engine),
            ring,
            default(FixedClock),
            new PipelineOptions
            {
                Epoch = journal.Epoch,
                CrcSeed = journal.LastCrc,
                CommandLog = journal,
                EventSink = log,
                Layout = PipelineLayout.Unpinned(2),
            }))
        {
            line.Start();
            Send(line, Commands);
            Assert.That(line.Stop(60_000), Is.True);
            Assert.That(line.Halt, Is.Null, () => line.Halt!.Cause.ToString());
            allocated = line.AllocatedBytes;
        }

        journal.Stop();
        int eventSegments = Directory.GetFiles(_folder, "events-*").Length;
        TestContext.Out.WriteLine(
            $"{durability}: {journal.SegmentsRolled} command segments and {eventSegments - 1} event segments rolled, "
            + $"{allocated} bytes allocated");
        Assert.That(journal.SegmentsRolled, Is.GreaterThan(5));
        Assert.That(eventSegments, Is.GreaterThan(5));
        Assert.That(allocated, Is.Zero);
    }

    /// <summary>Orders of an account that does not exist: each is a command and an event.</summary>
    private static void Send(VenuePipeline line, int commands)
    {
        Span<byte> message = stackalloc byte[NewOrderBlock.MessageLength];
        System.Runtime.InteropServices.MemoryMarshal.Write(message, NewOrderBlock.Header);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < commands; i++)
        {
            while (!line.Venue.TrySend(message))
            {
                Assert.That(Stopwatch.GetElapsedTime(started).TotalSeconds, Is.LessThan(60), "the ring does not empty");
                Thread.Yield();
            }
        }
    }
}
