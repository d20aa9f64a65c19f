using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Harness;

/// <summary>
/// A small venue for scenarios: currencies USD (1), GOLD (2), OIL (3), all without decimals; instrument 1 GOLD/USD with
/// prices 1 … 1000, instrument 2 OIL/USD with prices −100 … 100, one unit of money per tick and lot; accounts 1 and 2
/// of firm 1, account 3 of firm 2, each with a million of everything. Every command goes to both engines.
/// </summary>
internal sealed class EngineHarness : IDisposable
{
    public const uint Usd = 1;
    public const uint Gold = 2;
    public const uint Oil = 3;
    public const uint GoldUsd = 1;
    public const uint OilUsd = 2;
    public const long Million = 1_000_000;

    private readonly ScenarioText _text = new();

    private EngineHarness(EngineLimits limits) => Pair = new EnginePair(limits);

    public static EngineLimits SmallLimits { get; } = new()
    {
        MaxOrders = 64,
        MaxPricePages = 32,
        MaxInstruments = 8,
        MaxCurrencies = 8,
        MaxAccounts = 8,
        MaxBalances = 32,
        MaxSessions = 8,
        ClientIdWindow = 16,
        MaxClientIds = 128,
        MaxFillsPerCommand = 8,
        MaxOwners = 16,
        MaxJobs = 8,
        MaxGateways = 4,
        MaxRiskRows = 16,
        MaxPermissions = 16,
        MaxPositions = 16,
        MaxPositionLots = 128,
        MaxFirms = 6,
        MaxAccountGroups = 4,
        MaxWithdrawals = 4,
        MaxFeeSchedules = 4,
        MaxKeptTrades = 8,
        MaxVolumeAccounts = 4,
    };

    public EnginePair Pair { get; }

    public EngineLimits Limits => Pair.Reference.Limits;

    /// <summary>Session that the following order requests come from; 0 = the venue itself.</summary>
    public uint Session { get; set; }

    public ulong SessionSequence { get; set; }

    public uint Firm { get; set; }

    public ushort Gateway { get; set; } = 1;

    /// <summary>An engine that has seen no command.</summary>
    public static EngineHarness Empty(EngineLimits? limits = null) => new(limits ?? SmallLimits);

    /// <summary>The venue described above.</summary>
    public static EngineHarness Open(EngineLimits? limits = null)
    {
        EngineHarness venue = new(limits ?? SmallLimits);
        venue.Genesis().Tells("VenueResumed");
        venue.DefineCurrency(Usd, "USD");
        venue.DefineCurrency(Gold, "GOLD");
        venue.DefineCurrency(Oil, "OIL");
        venue.DefineInstrument(GoldUsd, Gold, minPrice: 1, maxPrice: 1000);
        venue.DefineInstrument(OilUsd, Oil, minPrice: -100, maxPrice: 100, negative: true);
        foreach (uint account in (uint[])[1, 2, 3])
        {
            venue.OpenAccount(account, firm: account == 3 ? 2u : 1u);
            venue.Adjust(account, Usd, Million);
            venue.Adjust(account, Gold, Million);
            venue.Adjust(account, Oil, Million);
        }

        return venue;
    }

    public Answer Send<T>(T block, uint account = 0)
        where T : unmanaged
    {
        byte[] message = WireMessage.Encode(block);
        ref CommandEnvelope envelope = ref System.Runtime.InteropServices.MemoryMarshal.AsRef<CommandEnvelope>(
            message.AsSpan(WireMessage.EnvelopeOffset));
        envelope.AccountId = account;
        envelope.GatewayId = Gateway;
        envelope.FirmId = envelope.FirmId == 0 ? Firm : envelope.FirmId;
        envelope.SessionId = envelope.SessionId == 0 ? Session : envelope.SessionId;
        envelope.SessionSequence = SessionSequence;

        // Fields that the engine only passes on; none of them is zero so that a forgotten copy shows.
        envelope.IngressNs = 77;
        envelope.UserId = 4321;
        envelope.Flags = 0xFFFF;
        return SendRaw(message);
    }

    public Answer SendRaw(byte[] message)
    {
        IReadOnlyList<ReferenceEvent> events = Pair.Apply(message);
        return new Answer(events, events.Select(_text.Tell).ToList());
    }

    public Answer Genesis(Func<GenesisBlock, GenesisBlock>? change = null)
    {
        GenesisBlock block = GenesisOf(Limits);
        return Send(change is null ? block : change(block));
    }

    public static GenesisBlock GenesisOf(EngineLimits limits) => new()
    {
        MaxOrders = limits.MaxOrders,
        MaxPricePages = limits.MaxPricePages,
        MaxInstruments = limits.MaxInstruments,
        MaxCurrencies = limits.MaxCurrencies,
        MaxAccounts = limits.MaxAccounts,
        MaxBalances = limits.MaxBalances,
        MaxSessions = limits.MaxSessions,
        ClientIdWindow = limits.ClientIdWindow,
        MaxClientIds = limits.MaxClientIds,
        MaxFillsPerCommand = limits.MaxFillsPerCommand,
        MaxOwners = limits.MaxOwners,
        MaxJobs = limits.MaxJobs,
        HashSeed = limits.HashSeed,
        MaxGateways = limits.MaxGateways,
        MaxRiskRows = limits.MaxRiskRows,
        MaxPermissions = limits.MaxPermissions,
        MaxPositions = limits.MaxPositions,
        MaxPositionLots = limits.MaxPositionLots,
        MaxFirms = limits.MaxFirms,
        MaxAccountGroups = limits.MaxAccountGroups,
        MaxWithdrawals = limits.MaxWithdrawals,
        MaxFeeSchedules = limits.MaxFeeSchedules,
        MaxKeptTrades = limits.MaxKeptTrades,
        MaxVolumeAccounts = limits.MaxVolumeAccounts,
    };

    public Answer DefineCurrency(uint id, string code, byte scale = 0) =>
        Send(new DefineCurrencyBlock { CurrencyId = id, Scale = scale, Code = CurrencyCode.From(Ascii(code)) });

    public Answer DefineInstrument(
        uint id, uint baseCurrency, long minPrice, long maxPrice, bool negative = false, long maxQuantity = 1000)
    {
        DefineInstrumentBlock block = SoundInstrument(id, baseCurrency);
        block.MinPrice = minPrice;
        block.MaxPrice = maxPrice;
        block.NegativePrices = negative ? (byte)1 : (byte)0;
        block.MaxQuantity = maxQuantity;
        return Send(block);
    }

    public static DefineInstrumentBlock SoundInstrument(uint id, uint baseCurrency) => new()
    {
        InstrumentId = id,
        BaseCurrencyId = baseCurrency,
        QuoteCurrencyId = Usd,
        TickMantissa = 1,
        LotMantissa = 1,
        MultiplierMantissa = 1,
        MinPrice = 1,
        MaxPrice = 1000,
        MaxQuantity = 1000,
        Symbol = Symbol.From(Ascii($"I{id}")),
    };

    public Answer Halt(uint instrument = GoldUsd) =>
        Send(new SetTradingStatusBlock { InstrumentId = instrument, Status = TradingStatus.Halted });

    public Answer Resume(uint instrument = GoldUsd) =>
        Send(new SetTradingStatusBlock { InstrumentId = instrument, Status = TradingStatus.Open });

    public Answer OpenAccount(uint account, uint firm) =>
        Send(new OpenAccountBlock { Envelope = new CommandEnvelope { FirmId = firm } }, account);

    public Answer Adjust(uint account, uint currency, long amount) => Send(
        new AdjustBalanceBlock { Amount = amount, CurrencyId = currency, Reference = Id("ref") }, account);

    public Answer Enter(uint account, in NewOrderBlock order) => Send(order, account);

    public Answer Buy(uint account, long lots, long price, string id) =>
        Enter(account, Limit(Side.Buy, lots, price, id));

    public Answer Sell(uint account, long lots, long price, string id) =>
        Enter(account, Limit(Side.Sell, lots, price, id));

    public static NewOrderBlock Limit(Side side, long lots, long price, string id) => new()
    {
        Side = side,
        Quantity = lots,
        Price = price,
        InstrumentId = GoldUsd,
        ClientOrderId = Id(id),
    };

    public static NewOrderBlock Market(Side side, long lots, string id) => new()
    {
        Side = side,
        Quantity = lots,
        OrderType = OrderType.Market,
        TimeInForce = TimeInForce.ImmediateOrCancel,
        InstrumentId = GoldUsd,
        ClientOrderId = Id(id),
    };

    public Answer Cancel(uint account, string id, uint instrument = 0, string requestId = "") => Send(
        new CancelOrderBlock { OrigClientOrderId = Id(id), InstrumentId = instrument, ClientOrderId = Id(requestId) },
        account);

    public Answer CancelByEngineId(uint account, ulong orderId, uint instrument = 0) =>
        Send(new CancelOrderBlock { OrderId = orderId, InstrumentId = instrument }, account);

    public Answer Amend(uint account, string id, long lots, long price, string newId = "", uint instrument = 0) => Send(
        new AmendOrderBlock
        {
            OrigClientOrderId = Id(id),
            Quantity = lots,
            Price = price,
            ClientOrderId = Id(newId),
            InstrumentId = instrument,
        },
        account);

    public Answer MassCancel(in MassCancelBlock request, uint account = 0) => Send(request, account);

    public Answer OpenSession(
        uint session, DisconnectPolicy policy = DisconnectPolicy.CancelOrders, ushort gateway = 1)
    {
        Gateway = gateway;
        return Send(new OpenSessionBlock
        {
            Envelope = new CommandEnvelope { SessionId = session },
            DisconnectPolicy = policy,
        });
    }

    public Answer CloseSession(uint session) =>
        Send(new CloseSessionBlock { Envelope = new CommandEnvelope { SessionId = session } });

    public Answer Tick() => Send(default(TickBlock));

    /// <summary>Ticks until nothing waits; as the sequencer does when a deadline is due.</summary>
    public void TickUntilIdle()
    {
        for (int i = 0; Pair.Reference.NextDeadlineNs != long.MaxValue; i++)
        {
            Assert.That(i, Is.LessThan(1000), "a cancel that never ends");
            Tick();
        }
    }

    /// <summary>"available/held".</summary>
    public string Balance(uint account, uint currency)
    {
        ReferenceBalance balance = Pair.Reference.Accounts[account].Balances[currency];
        return $"{balance.Available}/{balance.Held}";
    }

    /// <summary>One side of a book as "name open@price", best first.</summary>
    public string[] Book(Side side, uint instrument = GoldUsd) => Pair.Reference.Instruments[instrument].Book.Of(side)
        .Select(order => $"{_text.NameOf(order.Id)} {order.OpenLots}@{order.Price}").ToArray();

    public static ClientOrderId Id(string text) => ClientOrderId.From(Ascii(text));

    public void Dispose() => Pair.Dispose();

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);
}
