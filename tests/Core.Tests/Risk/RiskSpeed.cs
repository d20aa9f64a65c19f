using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Sessions;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Risk;

/// <summary>
/// What the pre-trade checks cost: the same orders and cancels of randomly chosen accounts on an engine without a limit
/// and on one where every account has every kind of limit, and so have session, group, firm, venue and instrument. Run by
/// name: <c>dotnet test tests/Core.Tests -c Release --filter RiskSpeed</c>, with <c>HFT_ACCOUNTS</c> for another number than
/// a million. The engines take turns, so that what else the machine does hits both.
/// </summary>
[Explicit("measures, asserts nothing but that no byte is allocated")]
internal sealed unsafe class RiskSpeed
{
    private const int Rounds = 41;
    private const int OrdersPerRound = 10_000;
    private const int CommandsAtOnce = 100_000;
    private const uint Firms = 1000;
    private const long Much = 1L << 50;
    private const long Day = 86_400_000_000_000;

    [Test]
    public void Limits_of_every_kind_at_every_level()
    {
        uint accounts = uint.TryParse(System.Environment.GetEnvironmentVariable("HFT_ACCOUNTS"), out uint n) ? n : 1_000_000;
        EngineLimits limits = Limits(accounts);
        using RecordedEngine bare = new(limits, 1 << 26);
        using RecordedEngine armed = new(limits, 1 << 26);
        Define(bare.Engine, accounts, arm: false);
        Define(armed.Engine, accounts, arm: true);
        foreach (bool batched in (bool[])[true, false])
        {
            Measure(bare.Engine, armed.Engine, accounts, batched);
        }
    }

    private static void Measure(Engine bare, Engine armed, uint accounts, bool batched)
    {
        List<double> without = [];
        List<double> with = [];
        long allocated = 0;
        for (int round = 0; round < Rounds; round++)
        {
            using RecordBatch batch = new(Flow((ulong)round + (batched ? 1000u : 2000u), accounts));
            bool first = round % 2 == 0;
            allocated = GC.GetAllocatedBytesForCurrentThread();
            double a = TimePerOrder(first ? bare : armed, batch, batched);
            double b = TimePerOrder(first ? armed : bare, batch, batched);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            without.Add(first ? a : b);
            with.Add(first ? b : a);
        }

        double cost = without.Zip(with, (x, y) => y - x).Order().ElementAt(Rounds / 2);
        TestContext.Out.WriteLine(
            $"{accounts} accounts, {(batched ? "in batches, fetched ahead" : "one by one")}: order and cancel"
            + $" {Median(without):F0} ns bare, {Median(with):F0} ns with all limits; median of the paired differences {cost:F0} ns"
            + $" for the two, {cost / 2:F0} ns each");
        Assert.That(allocated, Is.Zero);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double TimePerOrder(Engine engine, RecordBatch batch, bool batched)
    {
        long started = ThreadNs();
        if (batched)
        {
            engine.ApplyRecords(batch.First, batch.End);
        }
        else
        {
            for (byte* at = batch.First; at < batch.End; at = batch.Skip(at, 1))
            {
                engine.Apply(RecordBatch.MessageAt(at));
            }
        }

        return (double)(ThreadNs() - started) / OrdersPerRound;
    }

    /// <summary>Time that this thread was on a processor: what others take away does not count.</summary>
    private static long ThreadNs()
    {
        Time now = default;
        _ = ClockGetTime(ThreadClock, &now);
        return (now.Seconds * 1_000_000_000) + now.Nanoseconds;
    }

    private const int ThreadClock = 3;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, Time* time);

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private static EngineLimits Limits(uint accounts) => new()
    {
        MaxAccounts = accounts + 1,
        MaxBalances = (accounts * 2) + 2,
        MaxOrders = 1 << 15,
        MaxPricePages = 1 << 10,
        MaxInstruments = 8,
        MaxCurrencies = 8,
        MaxSessions = 8,
        ClientIdWindow = 4,
        MaxClientIds = (accounts * 4) + 64,
        MaxOwners = accounts + 1,
        MaxFirms = Firms + 1,
        MaxRiskRows = accounts + Firms + 64,
        MaxPositions = 64,
        MaxPositionLots = 64,
        MaxKeptTrades = 64,
        MaxVolumeAccounts = 64,
    };

    private static void Define(Engine engine, uint accounts, bool arm)
    {
        List<byte[]> commands = [EngineHarness.GenesisOf(engine.Limits) is var genesis ? WireMessage.Encode(genesis) : []];
        foreach (uint currency in (uint[])[Usd, Gold])
        {
            commands.Add(WireMessage.Encode(new DefineCurrencyBlock { CurrencyId = currency }));
        }

        DefineInstrumentBlock instrument = SoundInstrument(GoldUsd, Gold);
        instrument.MaxPrice = 1_000_000;
        commands.Add(WireMessage.Encode(instrument));
        commands.Add(WireMessage.Encode(new OpenSessionBlock { Envelope = new CommandEnvelope { SessionId = 1 } }));
        for (uint id = 1; id <= accounts; id++)
        {
            CommandEnvelope envelope = new() { AccountId = id, FirmId = 1 + (id % Firms) };
            commands.Add(WireMessage.Encode(new OpenAccountBlock { Envelope = envelope }));
            commands.Add(WireMessage.Encode(new AdjustBalanceBlock { Envelope = envelope, CurrencyId = Usd, Amount = 1 << 30 }));
            if (arm)
            {
                commands.AddRange(Arm(RiskLevel.Account, id));
            }

            if (commands.Count > CommandsAtOnce || id == accounts)
            {
                Apply(engine, commands);
            }
        }

        if (arm)
        {
            commands.AddRange(Arm(RiskLevel.Session, 1).Concat(Arm(RiskLevel.Group, 0)).Concat(Arm(RiskLevel.Venue, 0)));
            commands.AddRange(Arm(RiskLevel.Instrument, GoldUsd));
            commands.AddRange(Enumerable.Range(1, (int)Firms).SelectMany(firm => Arm(RiskLevel.Firm, (uint)firm)));
            Apply(engine, commands);
        }
    }

    private static void Apply(Engine engine, List<byte[]> commands)
    {
        using RecordBatch batch = new(commands);
        engine.ApplyRecords(batch.First, batch.End);
        commands.Clear();
    }

    /// <summary>Every kind that the level knows, with room for all that follows.</summary>
    private static IEnumerable<byte[]> Arm(RiskLevel level, uint id)
    {
        foreach (RiskLimitKind kind in Enum.GetValues<RiskLimitKind>().Where(k => k != RiskLimitKind.NullValue))
        {
            bool isRate = kind is RiskLimitKind.OrderRate or RiskLimitKind.CancelRate;
            bool isMoney = kind is RiskLimitKind.OrderNotional or RiskLimitKind.Credit;
            bool isRatio = kind == RiskLimitKind.OrderToTrade;
            bool isDuplicate = kind == RiskLimitKind.DuplicateOrder;
            yield return WireMessage.Encode(new SetRiskLimitBlock
            {
                Level = level,
                TargetId = id,
                Kind = kind,
                Value = isDuplicate ? 0 : isRate ? Day : kind is RiskLimitKind.OpenOrders || isRatio ? 1 << 30 : Much,
                WindowNs = isRate || isRatio ? Day : isDuplicate ? 1 : 0,
                Allowance = isRatio ? uint.MaxValue : 0,
                CurrencyId = isMoney && level != RiskLevel.Instrument ? Usd : 0,
            });
        }
    }

    /// <summary>Orders that rest at prices of a thousand, each cancelled some orders later.</summary>
    private static List<byte[]> Flow(ulong seed, uint accounts)
    {
        const int between = 200;
        SeededRandom random = new(seed);
        List<byte[]> commands = [];
        Queue<(uint Account, ClientOrderId Id)> open = [];
        for (int i = 0; i < OrdersPerRound; i++)
        {
            uint account = 1 + (uint)(random.Next64() % accounts);
            ClientOrderId id = ClientOrderId.From(Encoding.ASCII.GetBytes($"r{seed}-{i}"));
            CommandEnvelope envelope = new() { AccountId = account, SessionId = 1 };
            commands.Add(WireMessage.Encode(Limit(Side.Buy, 1, random.Between(1, 1000), "x") with
            {
                Envelope = envelope,
                ClientOrderId = id,
            }));
            open.Enqueue((account, id));
            while (open.Count > (i == OrdersPerRound - 1 ? 0 : between))
            {
                (uint owner, ClientOrderId name) = open.Dequeue();
                commands.Add(WireMessage.Encode(new CancelOrderBlock
                {
                    Envelope = new CommandEnvelope { AccountId = owner, SessionId = 1 },
                    OrigClientOrderId = name,
                }));
            }
        }

        return commands;
    }
}
