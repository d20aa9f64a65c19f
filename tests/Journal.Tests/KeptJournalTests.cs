using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using HftEngine.Schemas;
using NUnit.Framework;
using Environment = System.Environment;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A journal of every released rule level is kept under tests/Journals and replays to what was recorded with it. The
/// present level's is made again, as long as no version with it was released, by
/// <c>HFT_KEEP_JOURNAL=1 dotnet test tests/Journal.Tests --filter The_present_level_s_journal_is_made_on_request</c>.
/// </summary>
internal sealed unsafe class KeptJournalTests
{
    private const string Recorded = "recorded.txt";
    private const int Commands = 700;

    // Nothing of the kept files is random, so that making them again changes only what the engine changed.
    private static readonly UInt128 JournalId = 0x4B45_5054_4A4F_5552;

    private static readonly JournalOptions Options = new()
    {
        SegmentBytes = 128 << 10, EventSegmentBytes = 256 << 10, Durability = Durability.Os,
    };

    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 256,
        MaxPricePages = 64,
        MaxInstruments = 8,
        MaxCurrencies = 8,
        MaxAccounts = 8,
        MaxBalances = 32,
        MaxSessions = 8,
        ClientIdWindow = 16,
        MaxClientIds = 512,
        MaxFillsPerCommand = 16,
        MaxOwners = 32,
        MaxJobs = 8,
        MaxGateways = 4,
    };

    [Test]
    public void Journals_of_every_released_level_replay_to_what_was_recorded()
    {
        string[] folders = Directory.GetDirectories(JournalsFolder(), "level-*");
        Assert.That(folders, Is.Not.Empty);
        foreach (string folder in folders.Order(StringComparer.Ordinal))
        {
            SimulatedStorage storage = Load(folder);
            using EventRing ring = EventRing.Create(1 << 20, shared: false);
            using var engine = new Engine(Limits, ring.Stream);
            using EventLog log = new Recovery(storage, Options).Run(new EngineReplay(engine)).EventLog;
            Assert.That(
                Describe(engine),
                Is.EqualTo(File.ReadAllText(Path.Combine(folder, Recorded))),
                $"{Path.GetFileName(folder)}: this program answers otherwise than the one that wrote the journal. A change of "
                + "behaviour needs a rule level of its own; while the present level was not released, make its journal again "
                + "(see the type's summary)");
        }
    }

    [Test]
    public void The_present_level_s_journal_is_made_on_request()
    {
        var storage = new SimulatedStorage();
        string recorded = Make(storage);
        var output = new StringWriter();
        Assert.That(JournalVerify.Run(storage, Options, new JournalConsole(output)), Is.Zero, output.ToString());
        if (Environment.GetEnvironmentVariable("HFT_KEEP_JOURNAL") is null)
        {
            return;
        }

        string folder = Path.Combine(JournalsFolder(), $"level-{Engine.KnownRuleLevel}");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        foreach (string name in storage.List().Where(IsKept))
        {
            File.WriteAllBytes(Path.Combine(folder, name), storage.Bytes(name).AsSpan().TrimEnd((byte)0).ToArray());
        }

        File.WriteAllText(Path.Combine(folder, Recorded), recorded);
    }

    private static bool IsKept(string name) =>
        name.EndsWith(FileNames.JournalSuffix, StringComparison.Ordinal)
        || name.EndsWith(FileNames.EventSuffix, StringComparison.Ordinal);

    /// <summary>Kept without the zeros at the end of each file.</summary>
    private static SimulatedStorage Load(string folder)
    {
        var storage = new SimulatedStorage();
        foreach (string path in Directory.GetFiles(folder).Where(p => IsKept(Path.GetFileName(p))))
        {
            byte[] bytes = File.ReadAllBytes(path);
            long length = path.EndsWith(FileNames.JournalSuffix, StringComparison.Ordinal)
                ? Options.SegmentBytes : Options.EventSegmentBytes;
            using IStorageFile file = storage.Create(Path.GetFileName(path), length);
            file.Write(0, bytes);
            file.Flush();
        }

        storage.FlushFolder();
        return storage;
    }

    private static string Make(SimulatedStorage storage)
    {
        using EventRing ring = EventRing.Create(1 << 20, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        var replay = new EngineReplay(engine);
        JournalTail tail = JournalTail.Fresh() with { JournalId = JournalId };
        using EventLog log = EventLog.Continue(storage, JournalId, new EventLogTail(), Options);
        using CommandJournal journal = CommandJournal.Start(storage, tail, Options);
        var sink = new LogSink(log);
        var random = new Random(17);
        byte[] record = new byte[1024];
        uint crc = 0;
        ulong sequence = 0;
        foreach (byte[] message in Setup().Concat(Flow(random)))
        {
            int bytes = CommandFrames.Write(record, message, journal.Epoch, ++sequence, ref crc);
            journal.Append(journal.Epoch, sequence, record.AsSpan(0, bytes));
            fixed (byte* first = record)
            {
                replay.Apply(first, first + bytes, sink);
            }
        }

        log.AppendDigest(journal.Epoch, sequence, engine.EventDigestValue);
        journal.Stop();
        return Describe(engine);
    }

    private static string Describe(Engine engine) => string.Create(
        CultureInfo.InvariantCulture,
        $"sequence {engine.LastSequence}\nrule level {engine.RuleLevel}\nevent digest {engine.EventDigestValue:x16}\nstate hash {engine.ComputeStateHash():x16}\n");

    private static IEnumerable<byte[]> Setup()
    {
        yield return CommandFrames.Message(GenesisBlock.TemplateId, Engine.GenesisOf(Limits));
        for (uint currency = 1; currency <= 3; currency++)
        {
            yield return CommandFrames.Message(
                DefineCurrencyBlock.TemplateId, new DefineCurrencyBlock { CurrencyId = currency, Scale = (byte)currency });
        }

        for (uint instrument = 1; instrument <= 2; instrument++)
        {
            yield return CommandFrames.Message(DefineInstrumentBlock.TemplateId, new DefineInstrumentBlock
            {
                InstrumentId = instrument,
                BaseCurrencyId = instrument + 1,
                QuoteCurrencyId = 1,
                TickMantissa = 1,
                LotMantissa = 1,
                MultiplierMantissa = 1,
                MinPrice = instrument == 1 ? 1 : -1000,
                MaxPrice = 1000,
                MaxQuantity = 1000,
                NegativePrices = instrument == 1 ? (byte)0 : (byte)1,
            });
        }

        for (uint account = 1; account <= 4; account++)
        {
            yield return CommandFrames.Message(
                OpenAccountBlock.TemplateId,
                new OpenAccountBlock { Envelope = { AccountId = account, FirmId = 1 + (account % 2) } });
            for (uint currency = 1; currency <= 3; currency++)
            {
                yield return CommandFrames.Message(AdjustBalanceBlock.TemplateId, new AdjustBalanceBlock
                {
                    Envelope = { AccountId = account }, CurrencyId = currency, Amount = 50_000_000,
                });
            }
        }

        for (uint session = 1; session <= 2; session++)
        {
            yield return CommandFrames.Message(OpenSessionBlock.TemplateId, new OpenSessionBlock
            {
                Envelope = { SessionId = session, GatewayId = 1 }, DisconnectPolicy = DisconnectPolicy.CancelOrders,
            });
        }
    }

    /// <summary>Every command that a venue sees on an ordinary day, and some that are refused.</summary>
    private static IEnumerable<byte[]> Flow(Random random)
    {
        for (int i = 0; i < Commands; i++)
        {
            CommandEnvelope envelope = new() { AccountId = 1 + (uint)random.Next(4), SessionId = (uint)random.Next(3) };
            ClientOrderId known = Id($"K{random.Next(Math.Max(1, i))}");
            yield return random.Next(40) switch
            {
                < 26 => CommandFrames.Message(NewOrderBlock.TemplateId, Order(random, envelope, i)),
                < 32 => CommandFrames.Message(
                    CancelOrderBlock.TemplateId, new CancelOrderBlock { Envelope = envelope, OrigClientOrderId = known }),
                < 37 => CommandFrames.Message(AmendOrderBlock.TemplateId, new AmendOrderBlock
                {
                    Envelope = envelope,
                    OrigClientOrderId = known,
                    ClientOrderId = Id($"K{i}"),
                    Price = 500 + random.Next(-10, 11),
                    Quantity = 1 + random.Next(60),
                }),
                37 => CommandFrames.Message(
                    MassCancelBlock.TemplateId, new MassCancelBlock { Envelope = { AccountId = envelope.AccountId } }),
                38 => CommandFrames.Message(SetTradingStatusBlock.TemplateId, new SetTradingStatusBlock
                {
                    InstrumentId = 2, Status = i % 2 == 0 ? TradingStatus.Halted : TradingStatus.Open,
                }),
                _ => CommandFrames.Message(TickBlock.TemplateId, default(TickBlock)),
            };
        }
    }

    private static NewOrderBlock Order(Random random, CommandEnvelope envelope, int number)
    {
        bool market = random.Next(12) == 0;
        return new NewOrderBlock
        {
            Envelope = envelope,
            InstrumentId = 1 + (uint)random.Next(2),
            Side = (Side)random.Next(2),
            OrderType = market ? OrderType.Market : OrderType.Limit,
            TimeInForce = market ? TimeInForce.ImmediateOrCancel : (TimeInForce)(random.Next(5) == 0 ? 1 : 0),
            SelfTradePrevention = (SelfTradePrevention)random.Next(5),
            PostOnly = !market && random.Next(15) == 0 ? PostOnly.Slide : PostOnly.No,
            Price = market ? 0 : 500 + random.Next(-10, 11),
            Quantity = 1 + random.Next(60),
            ClientOrderId = Id($"K{number}"),
        };
    }

    private static ClientOrderId Id(string text) => ClientOrderId.From(Encoding.ASCII.GetBytes(text));

    private static string JournalsFolder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "HftEngine.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder ?? throw new InvalidOperationException("the repository was not found"), "tests", "Journals");
    }
}
