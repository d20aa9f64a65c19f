using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;
using static HftEngine.Core.Tests.Scenarios.Positions.MarginSteps;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>Variation margin, expiry and financing, with examples that others have published.</summary>
internal sealed class SettlementScenarios
{
    private const uint Dated = 5;

    /// <summary>
    /// scribd.com/presentation/461961970, "Daily Settlement of Futures": long at 1200, 150 deposited, maintenance 75. The
    /// first day settles at 1180: 130 are left. The second at 1120: 70 are left, less than 75, and the trader is called.
    /// </summary>
    [Test]
    public void Variation_margin_over_two_days_until_the_margin_call()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Send(SoundInstrument(Dated, Gold) with { Kind = InstrumentKind.Future, MaxPrice = 2000 });

        // 150 of 1200, and 75 of 1120 rounded up: as rates 12.5 % and 6.69 %.
        venue.Send(new SetMarginTiersBlock { InstrumentId = Dated, Tiers = 1, Initial1 = 125_000, Maintenance1 = 66_900 });
        venue.Send(new SetMarginLevelsBlock { Call = 1_000_000, StopOut = 500_000 });
        venue.Mark(1200, Dated);
        venue.Client(5, 150);
        venue.Deal(5, Side.Buy, 1, 1200, "1", Dated);
        venue.Mark(1180, Dated);
        venue.Settle(SettlementKind.Variation, 1180).Tells(
            "SettlementStarted",
            "VariationMargin 20 of 1: 5 to 130, Clearing to 20",
            "VariationMargin 20 of 1: Clearing to 0, 1 to 1000020",
            "SettlementDone");
        venue.Mark(1120, Dated).Tells("MarkPriceChanged", "called 5 70/75/140");
        venue.Settle(SettlementKind.Variation, 1120).Tells(
            "SettlementStarted",
            "VariationMargin 60 of 1: 5 to 70, Clearing to 60",
            "VariationMargin 60 of 1: Clearing to 0, 1 to 1000080",
            "SettlementDone");
        Assert.That(venue.Position(5, Dated), Is.EqualTo("1 1120 -80/-80 0/0"));
        venue.Adjust(5, Usd, 80);
        Assert.That(venue.Balance(5, Usd), Is.EqualTo("150/0"));
    }

    /// <summary>
    /// Answer 2(c) of an examination paper of December 2018 (dk390jyuckgat.cloudfront.net/697239993-p4-dec-2018-answer-2-c):
    /// 98 contracts, initial margin $1,450 and maintenance $1,360 each; 11 ticks of $12.50 are lost: $142,100 − $13,475 =
    /// $128,625, which is $4,655 below $133,280.
    /// </summary>
    [Test]
    public void Currency_futures_that_lose_eleven_ticks()
    {
        using EngineHarness venue = MarginSteps.Open();

        // Half dollars, so that a tick of 25 halves is a whole number; a price of 10,000 makes the rates exact.
        venue.Send(SoundInstrument(Dated, Gold) with
        {
            Kind = InstrumentKind.Future, MaxPrice = 20_000, MultiplierMantissa = 25, MaxQuantity = 100,
        });
        venue.Send(new SetMarginTiersBlock { InstrumentId = Dated, Tiers = 1, Initial1 = 11_600, Maintenance1 = 10_880 });
        venue.Send(new SetMarginLevelsBlock { Call = 1_000_000, StopOut = 900_000 });
        venue.Mark(10_000, Dated);
        venue.Client(5, 2 * 142_100);
        venue.Enter(1, Order(Side.Sell, 98, 10_000, "m", Dated));
        venue.Enter(5, Order(Side.Buy, 98, 10_000, "t", Dated));
        Assert.That(venue.Margin(5, Dated), Is.EqualTo($"{2 * 142_100}/{2 * 133_280}/0 0"));
        venue.Mark(9_989, Dated).Tells("MarkPriceChanged", "called 5 257250/266267/283888");
        venue.Settle(SettlementKind.Variation, 9_989);
        Assert.That(venue.Balance(5, Usd), Is.EqualTo($"{2 * 128_625}/0"));
    }

    [Test]
    public void An_expired_future_is_closed_at_its_last_price_and_traded_no_more()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Send(SoundInstrument(Dated, Gold) with { Kind = InstrumentKind.Future, ExpiryNs = 1 });
        venue.Mark(100, Dated);
        venue.Client(5, 1000);
        venue.Deal(5, Side.Buy, 3, 100, "1", Dated);
        venue.Enter(5, Order(Side.Buy, 1, 90, "rest", Dated));
        venue.Settle(SettlementKind.Expiry, 110).TellsInAnyOrder(
            "SettlementStarted",
            "canceled rest 1@90 Expired",
            "VariationMargin 30 of 1: Clearing to -30, 5 to 1030",
            "VariationMargin 30 of 1: 1 to 999970, Clearing to 0",
            "SettlementDone");
        Assert.That(venue.Position(5, Dated), Is.EqualTo("0 0 30/30 0/0"));
        venue.Enter(5, Order(Side.Buy, 1, 90, "late", Dated)).Tells("rejected late InstrumentHalted");
        venue.Resume(Dated).Tells("refused SetTradingStatus InstrumentExpired");
        venue.Settle(SettlementKind.Variation, 110).Tells("refused SettleInstrument InstrumentExpired");
    }

    [Test]
    public void A_future_does_not_expire_before_its_time()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Send(SoundInstrument(Dated, Gold) with { Kind = InstrumentKind.Future, ExpiryNs = long.MaxValue });
        venue.Settle(SettlementKind.Expiry, 110).Tells("refused SettleInstrument InvalidSettlement");
        venue.Settle(SettlementKind.Expiry, 110, Future).Tells("refused SettleInstrument InvalidSettlement");
        venue.Settle(SettlementKind.Variation, 110, Cfd).Tells("refused SettleInstrument InvalidSettlement");
    }

    [Test]
    public void Keeping_a_position_overnight_is_paid_by_rate_and_side()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 1000);
        venue.Deal(5, Side.Buy, 33, 100, "1");
        venue.Send(new SettleInstrumentBlock
        {
            InstrumentId = Cfd, Kind = SettlementKind.Financing, LongRate = 1_000_000, ShortRate = -500_000,
        }).Tells(
            "SettlementStarted",
            "Financing 4 of 1: 5 to 996, Clearing to 4",
            "Financing 1 of 1: Clearing to 3, 1 to 1000001",
            "SettlementDone");
    }
}
