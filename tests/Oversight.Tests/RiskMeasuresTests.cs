using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Oversight.Tests;

/// <summary>
/// A venue by hand: USD (1) is the reference, EUR (2) counts 1.25, OIL (3) has no price; instrument 1 is a Cfd OIL/USD of 10 USD
/// per tick and lot at 50, instrument 2 an Fx EUR/USD of 1 USD at 100 and 80 EUR a lot, instrument 3 OIL/EUR of 4 EUR at −5.
/// </summary>
internal sealed class RiskMeasuresTests
{
    private const uint Usd = 1;
    private const uint Eur = 2;
    private const uint Oil = 3;
    private const double Exact = 1e-9;

    private static readonly RiskScope Venue = RiskScope.Venue(Environment.Live);

    [Test]
    public void Exposure_by_instrument_is_long_short_net_and_gross_of_account_firm_and_venue()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 1, 4, cost: 2000);
        Position(venue, 2, 1, -3, cost: -1500);
        Position(venue, 3, 1, -1, cost: -500);
        Exposure all = venue.ByInstrument(Venue)[1];
        Assert.That((all.Long, all.Short, all.Net, all.Gross), Is.EqualTo((2000.0, 2000.0, 0.0, 4000.0)));
        Assert.That(venue.ByInstrument(RiskScope.Firm(Environment.Live, 7))[1], Is.EqualTo(new Exposure(2000, 1500)));
        Assert.That(venue.ByInstrument(RiskScope.Account(Environment.Live, 3))[1], Is.EqualTo(new Exposure(0, 500)));
        Assert.That(venue.ByInstrument(RiskScope.Account(Environment.Demo, 3)), Is.Empty);
        Assert.That(venue.FirmsOf(Environment.Live), Is.EqualTo(new uint[] { 7, 8 }));
    }

    [Test]
    public void A_long_position_at_a_price_below_zero_stays_long_and_its_quote_currency_is_converted()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 3, 2, cost: -40);
        Assert.That(venue.ByInstrument(Venue)[3], Is.EqualTo(new Exposure(2 * 5 * 4 * 1.25, 0)));
    }

    [Test]
    public void Exposure_by_currency_has_money_and_both_legs_of_a_position_on_margin()
    {
        RiskMeasures venue = Open();
        Balance(venue, 1, Usd, 300, held: 50, pending: 25);
        Balance(venue, 1, Eur, 40);
        Position(venue, 1, 2, 5, cost: 450);
        SortedDictionary<uint, Exposure> exposures = venue.ByCurrency(Venue);
        Assert.That(exposures[Usd], Is.EqualTo(new Exposure(0, 75)), "375 in money, 450 paid");
        Assert.That(exposures[Eur], Is.EqualTo(new Exposure(550, 0)), "50 in money, 500 at the mark");
    }

    [Test]
    public void Accounts_do_not_net_with_each_other()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 2, 5, cost: 500);
        Position(venue, 3, 2, -5, cost: -500);
        Assert.That(venue.ByCurrency(Venue)[Eur], Is.EqualTo(new Exposure(500, 500)));
        Assert.That(venue.PortfolioOf(Venue).ProfitAt(_ => 77), Is.Zero, "what one wins the other loses");
    }

    [Test]
    public void What_has_no_price_is_named_and_left_out()
    {
        RiskMeasures venue = Open();
        Balance(venue, 1, Oil, 1000);
        Position(venue, 1, 4, 1, cost: 5);
        Portfolio portfolio = venue.PortfolioOf(Venue);
        Assert.That(portfolio.Unpriced, Is.EqualTo(new[]
        {
            new RiskFactor(RiskFactorKind.Instrument, 4), new RiskFactor(RiskFactorKind.Currency, Oil),
        }));
        Assert.That(portfolio.ProfitAt(_ => 3), Is.Zero);
        Assert.That(venue.ByInstrument(Venue), Is.Empty);
        Assert.That(venue.ByCurrency(Venue), Is.Empty);
    }

    [Test]
    public void Concentration_is_by_gross_exposure_and_by_lots()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 1, 3, cost: 0);
        Position(venue, 3, 1, -3, cost: 0);
        Position(venue, 2, 2, 10, cost: 0);
        Concentration byInstrument = venue.InstrumentConcentration(Venue);
        Assert.That((byInstrument.LargestShare, byInstrument.LargestId), Is.EqualTo((0.75, 1u)));
        Assert.That(byInstrument.Herfindahl, Is.EqualTo(0.625).Within(Exact));
        Assert.That(venue.AccountConcentration(1), Is.EqualTo(new Concentration(0.5, 0.5, 1)));
        Assert.That(venue.AccountConcentration(2), Is.EqualTo(new Concentration(1, 1, 2)));
    }

    [Test]
    public void Value_at_risk_comes_from_the_closing_prices_of_the_trading_dates()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 1, 1, cost: 500);
        uint date = 20_000;
        Roll(venue, date, previous: 0);
        foreach (long mark in (long[])[50, 55, 44, 44, 50])
        {
            Mark(venue, 1, mark);
            Roll(venue, date + 1, date);
            date++;
        }

        Assert.That(venue.History.Dates, Is.EqualTo(5));
        VarReport report = venue.ValueAtRisk(Venue, new VarOptions(Window: 3, Confidence: 0.95));
        Assert.That(report.Historical.Scenarios, Is.EqualTo(3));
        Assert.That(report.Historical.ValueAtRisk, Is.EqualTo(100).Within(Exact), "44 / 55 of 500");
        Assert.That(report.HistoricalBackTest.Observations, Is.EqualTo(1));
        Assert.That(report.HistoricalBackTest.Exceptions, Is.Zero);
        Assert.That(report.MissingReturns, Is.Zero);

        double[] returns = [-0.2, 0, (50.0 / 44) - 1];
        double mean = returns.Average();
        double deviation = Math.Sqrt(returns.Sum(r => (r - mean) * (r - mean)) / 2);
        Assert.That(report.Parametric.StandardDeviation, Is.EqualTo(500 * deviation).Within(Exact));
        VarReport ten = venue.ValueAtRisk(Venue, new VarOptions(Window: 3, Confidence: 0.95, Days: 4, Lambda: 0.5));
        Assert.That(ten.Historical.ValueAtRisk, Is.EqualTo(200).Within(Exact));
        double weighted = (0.25 * 0.04) + (0.5 * returns[2] * returns[2]);
        Assert.That(ten.Parametric.StandardDeviation, Is.EqualTo(2 * 500 * Math.Sqrt(weighted)).Within(Exact));
    }

    [Test]
    public void A_price_that_was_not_above_zero_moves_by_its_change()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 3, 2, cost: -40);
        RiskFactor factor = new(RiskFactorKind.Instrument, 3);
        venue.History.Close(1, factor, 10);
        venue.History.Close(2, factor, -10);
        VarReport report = venue.ValueAtRisk(RiskScope.Account(Environment.Live, 1), new VarOptions());
        Assert.That(report.Historical.ValueAtRisk, Is.EqualTo(20 * 2 * 4 * 1.25).Within(Exact));
        Assert.That(report.MissingReturns, Is.EqualTo(1), "the euro has no history");
    }

    [Test]
    public void Without_history_or_without_positions_value_at_risk_is_zero()
    {
        RiskMeasures venue = Open();
        Assert.That(venue.ValueAtRisk(Venue, new VarOptions()).Parametric.ValueAtRisk, Is.Zero);
        Position(venue, 1, 1, 1, cost: 500);
        VarReport report = venue.ValueAtRisk(Venue, new VarOptions());
        Assert.That((report.Historical.Scenarios, report.Parametric.ValueAtRisk), Is.EqualTo((0, 0.0)));
    }

    [Test]
    public void A_stress_scenario_values_each_account_anew_instrument_and_currency_together()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 1, 4, cost: 2000);
        Position(venue, 2, 3, 2, cost: -80);
        Balance(venue, 3, Eur, 40);
        StressScenario scenario = Parse("""
            {"scenarios":[{"name":"Crash","instruments":{"OIL/USD":-200000,"*":-400000},"currencies":{"EUR":-100000}}]}
            """).Single();
        SortedDictionary<uint, double> profits = venue.Stress(Environment.Live, scenario);
        Assert.That(profits.Keys, Is.EqualTo(new uint[] { 1, 2, 3 }));
        Assert.That(profits[1], Is.EqualTo(-400).Within(Exact));
        Assert.That(profits[2], Is.EqualTo(((2 * 4 * -7) + 80) * 1.125 - ((2 * 4 * -5) + 80) * 1.25).Within(Exact));
        Assert.That(profits[3], Is.EqualTo(-5).Within(Exact));
    }

    [Test]
    public void A_scenario_that_names_what_is_not_there_is_refused() =>
        Assert.That(
            () => Open().Stress(Environment.Live, Parse("""{"scenarios":[{"name":"A","instruments":{"GAS/USD":1}}]}""").Single()),
            Throws.TypeOf<StressFileException>().With.Message.Contains("GAS/USD"));

    [TestCase("""{}""")]
    [TestCase("""[]""")]
    [TestCase("""{"scenarios":[{"instruments":{}}]}""")]
    [TestCase("""{"scenarios":[{"name":"A"},{"name":"A"}]}""")]
    [TestCase("""{"scenarios":[{"name":"A","instrumnts":{}}]}""")]
    [TestCase("""{"scenarios":[{"name":"A","instruments":{"X":0.5}}]}""")]
    [TestCase("""{"scenarios":[{"name":"A","instruments":{"X":"1"}}]}""")]
    [TestCase("""{"scenarios":[{"name":"A","instruments":{"X":-1000001}}]}""")]
    [TestCase("""{"scenarios":[{"name":"A","instruments":{"X":1,"X":2}}]}""")]
    [TestCase("""{"scenarios":[""")]
    public void A_file_of_scenarios_that_cannot_be_meant_is_refused(string json) =>
        Assert.That(() => Parse(json), Throws.TypeOf<StressFileException>());

    [Test]
    public void The_report_holds_what_the_measures_say()
    {
        RiskMeasures venue = Open();
        Position(venue, 1, 1, 4, cost: 2000);
        Position(venue, 3, 1, -4, cost: -2000);
        IReadOnlyList<StressScenario> scenarios =
            Parse("""{"scenarios":[{"name":"Crash","instruments":{"OIL/USD":-200000}}]}""");
        using System.IO.MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            RiskReport.Write(json, venue, Environment.Live, new VarOptions(Lambda: 0.94), scenarios);
        }

        using JsonDocument report = JsonDocument.Parse(bytes.ToArray());
        JsonElement whole = report.RootElement;
        JsonElement oil = whole.GetProperty("venue").GetProperty("byInstrument")[0];
        Assert.That(oil.GetProperty("name").GetString(), Is.EqualTo("OIL/USD"));
        Assert.That(oil.GetProperty("gross").GetDouble(), Is.EqualTo(4000));
        Assert.That(whole.GetProperty("firms")[1].GetProperty("byInstrument")[0].GetProperty("net").GetDouble(), Is.EqualTo(-2000));
        Assert.That(whole.GetProperty("accounts").GetArrayLength(), Is.EqualTo(3));
        JsonElement crash = whole.GetProperty("stress")[0];
        Assert.That(crash.GetProperty("profit").GetDouble(), Is.Zero);
        Assert.That(crash.GetProperty("accounts")[2].GetProperty("profit").GetDouble(), Is.EqualTo(400).Within(Exact));
    }

    private static IReadOnlyList<StressScenario> Parse(string json) => StressScenario.Parse(Encoding.UTF8.GetBytes(json));

    private static RiskMeasures Open()
    {
        RiskMeasures venue = new();
        Apply(venue, new ImageBeginBlock());
        Apply(venue, new LedgerImageBlock { ReferenceCurrencyId = Usd });
        foreach ((uint id, string code) in new[] { (Usd, "USD"), (Eur, "EUR"), (Oil, "OIL") })
        {
            Apply(venue, new CurrencyDefinedBlock { CurrencyId = id, Code = CurrencyCode.From(Encoding.ASCII.GetBytes(code)) });
        }

        Define(venue, 1, "OIL/USD", InstrumentKind.Cfd, Oil, Usd, 10);
        Define(venue, 2, "EUR/USD", InstrumentKind.Fx, Eur, Usd, 1);
        Define(venue, 3, "OIL/EUR", InstrumentKind.Cfd, Oil, Eur, 4);
        Define(venue, 4, "NEW/USD", InstrumentKind.Cfd, Oil, Usd, 1);
        Apply(venue, new CollateralPriceChangedBlock { CurrencyId = Eur, Price = 1_250_000_000_000 });
        foreach (uint account in (uint[])[1, 2, 3])
        {
            AccountOpenedBlock opened = default;
            opened.Envelope.AccountId = account;
            opened.Envelope.FirmId = account == 3 ? 8u : 7u;
            Apply(venue, opened);
        }

        Mark(venue, 1, 50);
        Mark(venue, 2, 100);
        Mark(venue, 3, -5);
        Apply(venue, new ImageEndBlock());
        return venue;
    }

    private static void Define(
        RiskMeasures venue, uint id, string symbol, InstrumentKind kind, uint baseId, uint quoteId, long notional)
    {
        InstrumentDefinedBlock block = new()
        {
            Symbol = Symbol.From(Encoding.ASCII.GetBytes(symbol)),
            Kind = kind,
            BaseCurrencyId = baseId,
            QuoteCurrencyId = quoteId,
            NotionalPerTickLot = notional,
            BasePerLot = 80,
        };
        block.Envelope.InstrumentId = id;
        Apply(venue, block);
    }

    private static void Position(RiskMeasures venue, uint account, uint instrument, long lots, long cost)
    {
        PositionImageBlock block = new() { NetLots = lots, Cost = cost };
        block.Envelope.AccountId = account;
        block.Envelope.InstrumentId = instrument;
        Apply(venue, block);
    }

    private static void Balance(RiskMeasures venue, uint account, uint currency, long available, long held = 0, long pending = 0)
    {
        BalanceImageBlock block = new() { CurrencyId = currency, Available = available, Held = held, Pending = pending };
        block.Envelope.AccountId = account;
        Apply(venue, block);
    }

    private static void Mark(RiskMeasures venue, uint instrument, long price)
    {
        MarkPriceChangedBlock block = new() { Price = price };
        block.Envelope.InstrumentId = instrument;
        Apply(venue, block);
    }

    private static void Roll(RiskMeasures venue, uint date, uint previous) =>
        Apply(venue, new TradingDateRolledBlock { TradingDate = date, PreviousDate = previous });

    private static void Apply<T>(RiskMeasures venue, T block)
        where T : unmanaged => venue.Apply(WireMessage.Encode(block));
}
