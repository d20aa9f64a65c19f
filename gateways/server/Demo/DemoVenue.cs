using System.Collections.Generic;

namespace HftEngine.Server.Demo;

/// <summary>A currency or asset of the demonstration.</summary>
internal sealed record DemoCurrency(uint Id, string Code, byte Scale, long DepositWhole);

/// <summary>An instrument of the demonstration; sizes as mantissa and decimals.</summary>
internal sealed record DemoInstrument
{
    public required uint Id { get; init; }

    public required string Symbol { get; init; }

    public required uint BaseCurrency { get; init; }

    public required long TickMantissa { get; init; }

    public required byte TickDecimals { get; init; }

    public required long LotMantissa { get; init; }

    public required byte LotDecimals { get; init; }

    /// <summary>In ticks.</summary>
    public required long StartPrice { get; init; }

    public required int BandPercent { get; init; }

    /// <summary>Lots of an ordinary order.</summary>
    public required int TypicalLots { get; init; }

    /// <summary>Ticks between the simulated makers' quotes.</summary>
    public required int QuoteStep { get; init; }

    public long MinPrice => StartPrice - (StartPrice * BandPercent / 100);

    public long MaxPrice => StartPrice + (StartPrice * BandPercent / 100);
}

/// <summary>What exists in the demonstration and nowhere else.</summary>
internal static class DemoVenue
{
    public const uint Usd = 1;

    /// <summary>Clients' accounts: four trading sessions and the web user.</summary>
    public const uint FirstClientAccount = 1;
    public const uint LastClientAccount = 5;

    /// <summary>Accounts of the simulated market.</summary>
    public const uint FirstMakerAccount = 101;
    public const uint LastMakerAccount = 104;
    public const uint TakerAccount = 111;

    public const uint SimulationSession = 1000;
    public const ushort SimulationGateway = 1;

    public static IReadOnlyList<DemoCurrency> Currencies { get; } =
    [
        // Six decimals make tick × lot of every instrument a whole number of units.
        new(Usd, "USD", 6, 1_000_000_000),
        new(2, "BTC", 8, 1_000_000),
        new(3, "ETH", 8, 1_000_000),
        new(4, "EUR", 2, 1_000_000),
        new(5, "ACME", 0, 1_000_000),
    ];

    public static IReadOnlyList<DemoInstrument> Instruments { get; } =
    [
        new()
        {
            Id = 1,
            Symbol = "BTC-USD",
            BaseCurrency = 2,
            TickMantissa = 1,
            TickDecimals = 2,
            LotMantissa = 1,
            LotDecimals = 4,
            StartPrice = 6_000_000,
            BandPercent = 50,
            TypicalLots = 5000,
            QuoteStep = 250,
        },
        new()
        {
            Id = 2,
            Symbol = "ETH-USD",
            BaseCurrency = 3,
            TickMantissa = 1,
            TickDecimals = 2,
            LotMantissa = 1,
            LotDecimals = 3,
            StartPrice = 300_000,
            BandPercent = 50,
            TypicalLots = 2000,
            QuoteStep = 25,
        },
        new()
        {
            Id = 3,
            Symbol = "EUR-USD",
            BaseCurrency = 4,
            TickMantissa = 1,
            TickDecimals = 5,
            LotMantissa = 1000,
            LotDecimals = 0,
            StartPrice = 110_000,
            BandPercent = 10,
            TypicalLots = 5,
            QuoteStep = 2,
        },
        new()
        {
            Id = 4,
            Symbol = "ACME",
            BaseCurrency = 5,
            TickMantissa = 1,
            TickDecimals = 2,
            LotMantissa = 1,
            LotDecimals = 0,
            StartPrice = 2500,
            BandPercent = 50,
            TypicalLots = 100,
            QuoteStep = 1,
        },
    ];

    public static IEnumerable<uint> Accounts()
    {
        for (uint account = FirstClientAccount; account <= LastClientAccount; account++)
        {
            yield return account;
        }

        for (uint account = FirstMakerAccount; account <= LastMakerAccount; account++)
        {
            yield return account;
        }

        yield return TakerAccount;
    }
}
