using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>The real engine behind the real pipeline, on a real folder.</summary>
internal sealed class EngineVenueTests
{
    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 1 << 14,
        MaxPricePages = 1 << 10,
        MaxInstruments = 16,
        MaxCurrencies = 16,
        MaxAccounts = 64,
        MaxBalances = 256,
        MaxSessions = 64,
        ClientIdWindow = 64,
        MaxClientIds = 1 << 14,
        MaxFillsPerCommand = 64,
        MaxOwners = 1 << 10,
    };

    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-venue-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Durability.Os)]
    [TestCase(Durability.Sync)]
    public void Replay_of_the_journal_gives_the_same_state_and_events(Durability durability)
    {
        var options = new JournalOptions { Durability = durability, SegmentBytes = 1 << 20, EventSegmentBytes = 4 << 20 };
        var storage = new DiskStorage(_folder);
        ulong expectedHash = 0;
        ulong expectedDigest = 0;
        ulong last = 0;
        for (int start = 0; start < 4; start++)
        {
            using EventRing ring = EventRing.Create(1 << 20, shared: false);
            using var engine = new Engine(Limits, ring.Stream);

            // Two starts load the snapshot of the stop before, two replay the whole journal; the last compares both.
            bool useSnapshots = start is 1 or 3;
            var recovery = new Recovery(storage, options) { UseSnapshots = useSnapshots };
            RecoveredVenue recovered = recovery.Run(new EngineReplay(engine));
            Assert.That(recovered.Snapshot is not null, Is.EqualTo(useSnapshots));
            Assert.That(recovered.ReplayedCommands, Is.EqualTo(useSnapshots ? 0 : last));
            using EventLog log = recovered.EventLog;
            Assert.That(recovered.Tail.LastSequence, Is.EqualTo(last));
            if (start > 0)
            {
                Assert.That(engine.ComputeStateHash(), Is.EqualTo(expectedHash));
                Assert.That(engine.EventDigestValue, Is.EqualTo(expectedDigest));
                Assert.That(recovered.RebuiltCommands, Is.Zero);
            }

            using CommandJournal journal = CommandJournal.Start(storage, recovered.Tail, options);
            var pipeline = new PipelineOptions
            {
                Epoch = journal.Epoch,
                CrcSeed = journal.LastCrc,
                CommandLog = journal,
                EventSink = log,
            };
            using (VenuePipeline line = VenuePipeline.Create(
                new EngineHandler(engine), ring, default(FixedClock), pipeline))
            {
                line.Start();
                Send(line, start, commands: 4000);
                Assert.That(line.Stop(20_000), Is.True);
                Assert.That(line.Halt, Is.Null, line.Halt?.ToString());
            }

            if (start != 1)
            {
                journal.Stop();
            }

            last = engine.LastSequence;
            expectedHash = engine.ComputeStateHash();
            expectedDigest = engine.EventDigestValue;
            Assert.That(journal.LastSequence, Is.EqualTo(last));
            WriteImage(storage, journal.JournalId, engine, log);
            WriteSnapshot(storage, options, journal, engine);
        }

        ReadFromImage(storage, last);
        var output = new StringWriter();
        Assert.That(
            JournalVerify.Run(storage, options, new JournalConsole(output)), Is.Zero, output.ToString());
    }

    /// <summary>Definitions first, then orders, cancels and rejects of two accounts.</summary>
    private static void Send(VenuePipeline line, int start, int commands)
    {
        var random = new Random(start);
        if (start == 0)
        {
            SendBlock(
                line, new DefineCurrencyBlock { CurrencyId = 1, Scale = 2 }, DefineCurrencyBlock.TemplateId);
            SendBlock(
                line, new DefineCurrencyBlock { CurrencyId = 2, Scale = 2 }, DefineCurrencyBlock.TemplateId);
            SendBlock(line, Instrument(), DefineInstrumentBlock.TemplateId);
            for (uint account = 1; account <= 2; account++)
            {
                SendBlock(line, new OpenAccountBlock { Envelope =
                    { AccountId = account, FirmId = 1 } }, OpenAccountBlock.TemplateId);
                for (uint currency = 1; currency <= 2; currency++)
                {
                    SendBlock(
                        line,
                        new AdjustBalanceBlock { Envelope =
                            { AccountId = account }, Amount = 1L << 40, CurrencyId = currency },
                        AdjustBalanceBlock.TemplateId);
                }
            }
        }

        for (int i = 0; i < commands; i++)
        {
            SendBlock(line, Order(random, start, i), NewOrderBlock.TemplateId);
        }
    }

    private static DefineInstrumentBlock Instrument() => new()
    {
        InstrumentId = 1,
        BaseCurrencyId = 1,
        QuoteCurrencyId = 2,
        TickMantissa = 1,
        TickScale = 2,
        LotMantissa = 1,
        MultiplierMantissa = 1,
        MinPrice = 1,
        MaxPrice = 100_000,
        MaxQuantity = 1_000_000,
    };

    private static NewOrderBlock Order(Random random, int start, int number)
    {
        var order = new NewOrderBlock
        {
            Envelope = { AccountId = 1 + (uint)random.Next(2) },
            InstrumentId = 1,
            Price = 1000 + random.Next(-20, 21),
            Quantity = 1 + random.Next(100),
            Side = (Side)random.Next(2),
            TimeInForce = (TimeInForce)random.Next(3),
        };
        Span<byte> id = MemoryMarshal.AsBytes(new Span<ClientOrderId>(ref order.ClientOrderId));
        System.Text.Encoding.ASCII.GetBytes($"S{start}N{number}", id);
        return order;
    }

    private static unsafe void SendBlock<T>(VenuePipeline line, T block, ushort template)
        where T : unmanaged
    {
        Span<byte> message = stackalloc byte[8 + sizeof(T)];
        MemoryMarshal.Write(message, (ushort)sizeof(T));
        MemoryMarshal.Write(message[2..], template);
        MemoryMarshal.Write(message[4..], (ushort)SchemaIndex.SchemaId);
        MemoryMarshal.Write(message[6..], (ushort)SchemaIndex.SchemaVersion);
        MemoryMarshal.Write(message[8..], in block);
        long started = Stopwatch.GetTimestamp();
        while (!line.Venue.TrySend(message))
        {
            Assert.That(
                Stopwatch.GetElapsedTime(started).TotalSeconds, Is.LessThan(20), "the ring does not empty");
            Thread.Yield();
        }
    }

    private static void WriteImage(DiskStorage storage, UInt128 journalId, Engine engine, EventLog log)
    {
        Assert.That(log.Last.Sequence, Is.EqualTo(engine.LastSequence));
        new ImageStore(storage, journalId).Write(log.Last, engine.WriteImage);
    }

    private static void WriteSnapshot(DiskStorage storage, JournalOptions options, CommandJournal journal, Engine engine)
    {
        var point = new SnapshotPoint
        {
            Epoch = engine.LastEpoch,
            Sequence = engine.LastSequence,
            TimestampNs = engine.LastTimestampNs,
            Crc = journal.LastCrc,
            RuleLevel = engine.RuleLevel,
            EventDigest = engine.EventDigestValue,
            Limits = engine.Limits,
        };
        DurablePoint.Flush(storage, 0, point.Sequence);
        SnapshotEntry entry = new SnapshotStore(storage, options).Write(journal.JournalId, point, engine.SaveState);
        Assert.That(entry.StateHash, Is.EqualTo(engine.ComputeStateHash()));
        Assert.That(entry.Point, Is.EqualTo(point));
    }

    private static void ReadFromImage(DiskStorage storage, ulong last)
    {
        using var reader = new JournalReader(storage, new JournalOptions());
        while (reader.Next(out _))
        {
        }

        using IImage image = new ImageStore(storage, reader.Tail().JournalId).OpenNewest();
        Assert.That(image.At.Sequence, Is.EqualTo(last));
        byte[] buffer = new byte[4096];
        ulong orders = 0;
        int bytes;
        while ((bytes = image.Read(buffer)) > 0)
        {
            for (int at = 0; at < bytes; at += MemoryMarshal.Read<int>(buffer.AsSpan(at)))
            {
                orders += MemoryMarshal.Read<ushort>(buffer.AsSpan(at + 10)) == OrderImageBlock.TemplateId
                    ? 1UL : 0UL;
            }
        }

        Assert.That(orders, Is.GreaterThan(0));
    }
}
