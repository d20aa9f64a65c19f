using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Permissions" and "Collar".</summary>
internal sealed class PermissionScenarios
{
    [TestCase(RiskLevel.Account, 1u)]
    [TestCase(RiskLevel.Group, 0u)]
    [TestCase(RiskLevel.Firm, 1u)]
    [TestCase(RiskLevel.Venue, 0u)]
    public void A_restricted_instrument_is_refused_and_no_other(RiskLevel level, uint id)
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 2, 10, "before");
        venue.Permit(level, id, GoldUsd, Permission.Deny).Tells($"permission {level} {id} on 1 from None to Deny");
        venue.Buy(1, 1, 10, "a").Tells("rejected a NotPermitted");
        venue.Enter(1, Market(Side.Buy, 1, "m")).Tells("rejected m NotPermitted");
        venue.Amend(1, "before", 3, 10).Tells("refused Amend NotPermitted");
        venue.Amend(1, "before", 1, 10).Tells("amended before 1@10 kept");
        venue.Cancel(1, "before").Tells("canceled before 1@10 Requested");
        venue.Enter(1, Limit(Side.Buy, 1, 10, "b") with { InstrumentId = OilUsd }).Tells("accepted b buy 1@10 resting");
        venue.Permit(level, id, GoldUsd, Permission.None);
        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10 resting");
    }

    [Test]
    public void What_is_said_of_the_account_outweighs_its_firm_and_the_instrument_its_group()
    {
        using EngineHarness venue = Open();
        venue.Send(new SetInstrumentGroupBlock { InstrumentId = GoldUsd, GroupId = 7 });
        venue.Permit(RiskLevel.Firm, 1, 7, Permission.Deny, byGroup: true);
        venue.Buy(1, 1, 10, "a").Tells("rejected a NotPermitted");
        venue.Permit(RiskLevel.Account, 1, 7, Permission.Allow, byGroup: true);
        venue.Buy(1, 1, 10, "b").Tells("accepted b buy 1@10 resting");
        venue.Buy(2, 1, 10, "c").Tells("rejected c NotPermitted");
        venue.Permit(RiskLevel.Account, 1, GoldUsd, Permission.Deny);
        venue.Buy(1, 1, 10, "d").Tells("rejected d NotPermitted");
    }

    [Test]
    public void Only_what_is_named_can_be_allowed_when_the_venue_denies_the_rest()
    {
        using EngineHarness venue = Open();
        venue.Permit(RiskLevel.Venue, 0, 0, Permission.Deny, byGroup: true);
        venue.Permit(RiskLevel.Account, 2, GoldUsd, Permission.Allow);
        venue.Buy(1, 1, 10, "a").Tells("rejected a NotPermitted");
        venue.Buy(2, 1, 10, "b").Tells("accepted b buy 1@10 resting");
        venue.Enter(2, Limit(Side.Buy, 1, 10, "c") with { InstrumentId = OilUsd }).Tells("rejected c NotPermitted");
    }

    [Test]
    public void Where_only_reducing_is_permitted_a_position_can_be_closed()
    {
        using EngineHarness venue = Open();
        DefineInstrumentBlock block = SoundInstrument(3, Oil);
        block.Flags = 1;
        venue.Send(block);
        venue.Enter(2, Limit(Side.Sell, 5, 10, "s") with { InstrumentId = 3 });
        venue.Enter(1, Limit(Side.Buy, 5, 10, "b") with { InstrumentId = 3 });
        venue.Permit(RiskLevel.Account, 1, 3, Permission.ReduceOnly);
        venue.Enter(1, Limit(Side.Sell, 5, 20, "c") with { InstrumentId = 3 }).Tells("rejected c NotPermitted");
        venue.Enter(1, Limit(Side.Sell, 5, 20, "d") with { InstrumentId = 3, ReduceOnly = 1 })
            .Tells("accepted d sell 5@20 resting");
    }

    [Test]
    public void Permissions_that_name_nothing_are_refused()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxPermissions = 1 });
        venue.Permit(RiskLevel.Session, 1, GoldUsd, Permission.Deny).Tells("refused SetPermission InvalidLimit");
        venue.Permit(RiskLevel.Account, 7, GoldUsd, Permission.Deny).Tells("refused SetPermission UnknownAccount");
        venue.Permit(RiskLevel.Venue, 0, 7, Permission.Deny).Tells("refused SetPermission UnknownInstrument");
        venue.Permit(RiskLevel.Venue, 0, 7, (Permission)9).Tells("refused SetPermission MalformedCommand");
        venue.Permit(RiskLevel.Venue, 0, GoldUsd, Permission.Deny);
        venue.Permit(RiskLevel.Venue, 0, OilUsd, Permission.Deny).Tells("refused SetPermission CapacityExceeded");
        venue.Send(new SetInstrumentGroupBlock { InstrumentId = 7 }).Tells("refused SetInstrumentGroup UnknownInstrument");
    }

    [Test]
    public void A_price_too_far_beyond_the_last_trade_is_refused_on_the_side_that_pays()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Instrument, GoldUsd, RiskLimitKind.PriceCollar, 100_000);
        venue.Buy(1, 1, 900, "unknown").Tells("accepted unknown buy 1@900 resting");
        venue.Cancel(1, "unknown");
        venue.Send(new SetCollarPriceBlock { InstrumentId = GoldUsd, Price = 100 });
        venue.Buy(1, 1, 111, "a").Tells("rejected a PriceOutsideCollar");
        venue.Sell(1, 1, 89, "b").Tells("rejected b PriceOutsideCollar");
        venue.Buy(1, 1, 1, "c").Tells("accepted c buy 1@1 resting");
        venue.Sell(1, 1, 999, "d").Tells("accepted d sell 1@999 resting");
        venue.Buy(1, 2, 110, "e").Tells("accepted e buy 2@110 resting");
        venue.Sell(2, 1, 90, "f").Tells("accepted f sell 1@90", "trade 1@110 f>e left 0/1");
        venue.Buy(1, 1, 121, "g").Tells("accepted g buy 1@121 resting");
        venue.Amend(1, "g", 1, 122).Tells("refused Amend PriceOutsideCollar");
    }

    [Test]
    public void A_market_order_trades_up_to_the_collar_and_no_further()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "s1");
        venue.Sell(2, 1, 110, "s2");
        venue.Sell(2, 1, 111, "s3");
        venue.Send(new SetCollarPriceBlock { InstrumentId = GoldUsd, Price = 100 });
        venue.Limit(RiskLevel.Instrument, GoldUsd, RiskLimitKind.PriceCollar, 100_000);
        venue.Enter(1, Market(Side.Buy, 3, "f") with { TimeInForce = TimeInForce.FillOrKill }).Tells("rejected f FillOrKillUnfilled");
        venue.Enter(1, Market(Side.Buy, 3, "a")).Tells(
            "accepted a buy 3@market",
            "trade 1@100 a>s1 left 2/0",
            "trade 1@110 a>s2 left 1/0",
            "canceled a 1@0 MarketRemainder taker");
        venue.Send(new SetCollarPriceBlock { InstrumentId = GoldUsd, Price = 100 });
        venue.Enter(1, Market(Side.Buy, 1, "b")).Tells("rejected b PriceOutsideCollar");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo($"{Million - 210}/0"));
    }

    [Test]
    public void A_collar_needs_an_instrument_and_a_price_within_its_band()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.PriceCollar, 5).Tells("refused SetRiskLimit InvalidLimit");
        venue.Send(new SetCollarPriceBlock { InstrumentId = 7 }).Tells("refused SetCollarPrice UnknownInstrument");
        venue.Send(new SetCollarPriceBlock { InstrumentId = GoldUsd, Price = 1001 })
            .Tells("refused SetCollarPrice PriceOutsideBand");
    }
}
