using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Fees": what is held, what is charged, and that no way around the hold exists.</summary>
internal sealed class FeeScenarios
{
    private const int Percent = 10_000_000;

    [Test]
    public void Taker_and_maker_pay_by_their_rates_and_the_rest_goes_to_rounding()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent, MakerRate = Percent / 2 });
        venue.Sell(1, 3, 50, "m").Tells("accepted m sell 3@50 resting", "OrderFeesSet");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"), "a seller pays from what the trade brings in");
        venue.Buy(2, 3, 50, "t").Tells(
            "accepted t buy 3@50",
            "OrderFeesSet",
            "trade 3@50 t>m left 0/0",
            "Fee 1 of 1: 2 to 999849, Fee to 1",
            "Rounding 1 of 1: 2 to 999848, Rounding to 1",
            "Rounding 1 of 1: 1 to 1000149, Rounding to 2");
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999848/0"));
        venue.Pair.CompareStates();
    }

    [Test]
    public void Partial_fills_cost_no_more_than_one_fill()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent, MakerRate = Percent });
        venue.Buy(1, 9, 33, "m");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999700/300"), "297 and a fee of 2.97, rounded up");
        for (int i = 0; i < 9; i++)
        {
            venue.Sell(2, 1, 33, $"t{i}");
        }

        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999700/0"));
        venue.Pair.CompareStates();
    }

    [Test]
    public void A_maker_rebate_comes_from_the_fees()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = 2 * Percent, MakerRate = -Percent });
        venue.Sell(1, 4, 100, "m");
        venue.Buy(2, 4, 100, "t").Tells(
            "accepted t buy 4@100",
            "OrderFeesSet",
            "trade 4@100 t>m left 0/0",
            "Fee 8 of 1: 2 to 999592, Fee to 8",
            "Rebate 4 of 1: Fee to 4, 1 to 1000404");
    }

    [Test]
    public void Commission_per_lot_and_per_order_and_the_minimum_are_charged_once()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { PerLot = 2, Flat = 5, Minimum = 10 });
        venue.Sell(1, 4, 100, "m");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999987/13"));
        venue.Buy(2, 1, 100, "t1").Tells(
            "accepted t1 buy 1@100",
            "OrderFeesSet",
            "trade 1@100 t1>m left 0/3",
            "Fee 10 of 1: 2 to 999890, Fee to 10",
            "Fee 10 of 1: 1 to 1000090, Fee to 20");
        venue.Buy(2, 3, 100, "t2").Tells(
            "accepted t2 buy 3@100",
            "OrderFeesSet",
            "trade 3@100 t2>m left 0/0",
            "Fee 11 of 1: 2 to 999579, Fee to 31",
            "Fee 3 of 1: 1 to 1000387, Fee to 34");
        venue.Pair.CompareStates();
    }

    [Test]
    public void An_order_whose_fee_is_not_there_is_refused()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent });
        venue.Adjust(1, Usd, 1000 - Million);
        venue.Buy(1, 10, 100, "a").Tells("rejected a InsufficientFunds");
        venue.Buy(1, 10, 99, "b").Tells("accepted b buy 10@99 resting", "OrderFeesSet");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("0/1000"));
        venue.Cancel(1, "b");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000/0"));
    }

    [Test]
    public void An_amendment_cannot_slip_past_the_fee()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent });
        venue.Adjust(1, Usd, 1000 - Million);
        venue.Buy(1, 1, 90, "a");
        venue.Amend(1, "a", 10, 100).Tells("refused Amend InsufficientFunds");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("909/91"));
        venue.Amend(1, "a", 10, 99).Tells("amended a 10@99 moved", "rested a 10@99");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("0/1000"));
        venue.Amend(1, "a", 1, 99).Tells("amended a 1@99 kept");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("900/100"));
    }

    [Test]
    public void Crossing_ones_own_orders_pays_both_fees_and_decrements_pay_none()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent, MakerRate = Percent });
        venue.Sell(1, 2, 100, "m");
        venue.Buy(1, 1, 100, "t");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999998/0"));
        venue.Enter(1, Limit(Side.Buy, 1, 100, "d") with { SelfTradePrevention = SelfTradePrevention.Decrement });
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999998/0"));
        Assert.That(venue.Balance(1, Gold), Is.EqualTo("1000000/0"));
        venue.Pair.CompareStates();
    }

    [Test]
    public void A_market_order_holds_its_fee_at_the_prices_it_can_meet()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = 10 * Percent });
        venue.Sell(1, 1, 100, "m1");
        venue.Sell(1, 1, 200, "m2");
        venue.Adjust(2, Usd, 329 - Million);
        venue.Enter(2, Market(Side.Buy, 2, "a")).Tells("rejected a InsufficientFunds");
        venue.Adjust(2, Usd, 1);
        venue.Enter(2, Market(Side.Buy, 2, "b"));
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("0/0"));
    }

    [Test]
    public void A_market_order_that_is_decremented_frees_what_it_held_for_these_lots_at_once()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = Percent });
        venue.Sell(2, 4, 100, "own");
        venue.Sell(1, 1, 200, "m");
        venue.Enter(2, Market(Side.Buy, 5, "t") with { SelfTradePrevention = SelfTradePrevention.Decrement }).Tells(
            "accepted t buy 5@market",
            "OrderFeesSet",
            "canceled own 4@100 SelfTradeDecrement",
            "trade 1@200 t>m left 0/0",
            "Fee 2 of 1: 2 to 999798, Fee to 2");
    }

    [Test]
    public void A_fee_beyond_all_numbers_is_refused_and_never_wraps()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { PerLot = long.MaxValue, Flat = long.MaxValue });
        venue.Buy(1, 1, 100, "a").Tells("rejected a NotionalOverflow");
        venue.Sell(1, 1000, 100, "b").Tells("rejected b NotionalOverflow");
        Tier(venue, new SetFeeTierBlock { PerLot = long.MaxValue / 2 });
        venue.Buy(1, 1, 100, "c").Tells("rejected c InsufficientFunds");
    }

    [Test]
    public void The_tier_follows_the_volume_of_the_dates_before()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { TakerRate = 10 * Percent });
        venue.Send(new SetReferenceCurrencyBlock { CurrencyId = Usd });
        Tier(venue, new SetFeeTierBlock { Tier = 1, FromVolume = 500, TakerRate = Percent });
        Roll(venue, 100);
        venue.Sell(1, 100, 100, "m");
        Assert.That(TierOf(venue, "a", 5), Is.Zero);
        Assert.That(TierOf(venue, "b", 1), Is.Zero, "today's volume counts from tomorrow on");
        Roll(venue, 101);
        Assert.That(TierOf(venue, "c", 1), Is.EqualTo(1));
        Roll(venue, 130);
        Assert.That(TierOf(venue, "d", 1), Is.EqualTo(1));
        Roll(venue, 131);
        Assert.That(TierOf(venue, "e", 1), Is.Zero);
    }

    [Test]
    public void The_closest_assignment_decides_and_living_orders_keep_their_terms()
    {
        using EngineHarness venue = WithFees(new SetFeeTierBlock { MakerRate = Percent });
        venue.Sell(1, 1, 100, "m");
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 2, BeneficiaryId = 3 }).Tells("FeeScheduleDefined");
        Tier(venue, new SetFeeTierBlock { ScheduleId = 2, TakerRate = 2 * Percent, MakerRate = 2 * Percent });
        Assign(venue, new AssignFeeScheduleBlock { InstrumentId = GoldUsd, GroupId = 1, ScheduleId = 2 });
        venue.Send(new SetAccountGroupBlock { GroupId = 1 }, 1);
        venue.Send(new SetAccountGroupBlock { GroupId = 1 }, 2);
        venue.Buy(2, 1, 100, "t").Tells(
            "accepted t buy 1@100",
            "OrderFeesSet",
            "trade 1@100 t>m left 0/0",
            "Fee 2 of 1: 2 to 999898, 3 to 1000002",
            "Fee 1 of 1: 1 to 1000099, Fee to 1");
        Assign(venue, new AssignFeeScheduleBlock { InstrumentId = GoldUsd, GroupId = 1 });
        Assign(venue, new AssignFeeScheduleBlock { AnyGroup = 1 });
        venue.Buy(2, 1, 90, "free").Tells("accepted free buy 1@90 resting");
        venue.Pair.CompareStates();
    }

    [Test]
    public void Schedules_that_make_no_sense_are_refused()
    {
        using EngineHarness venue = WithFees(default);
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 1 }).Tells("refused DefineFeeSchedule AlreadyDefined");
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 9 }).Tells("refused DefineFeeSchedule CapacityExceeded");
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 2, BeneficiaryId = 7 })
            .Tells("refused DefineFeeSchedule UnknownAccount");
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 2, BeneficiaryId = 3 });
        SetFeeTierBlock[] wrong =
        [
            new() { ScheduleId = 2, MakerRate = -1 }, new() { ScheduleId = 1, FromVolume = 1 },
            new() { ScheduleId = 1, Tier = 1 }, new() { ScheduleId = 1, Tier = 2, FromVolume = 5 },
            new() { ScheduleId = 1, TakerRate = 1_000_000_001 }, new() { ScheduleId = 1, MakerRate = int.MinValue },
            new() { ScheduleId = 1, PerLot = -1 }, new() { ScheduleId = 1, Flat = -1 }, new() { ScheduleId = 1, Minimum = -1 },
        ];
        foreach (SetFeeTierBlock tier in wrong)
        {
            venue.Send(tier).Tells("refused SetFeeTier InvalidRate");
        }

        venue.Send(new SetFeeTierBlock { ScheduleId = 3 }).Tells("refused SetFeeTier UnknownFeeSchedule");
        venue.Send(new AssignFeeScheduleBlock { ScheduleId = 3 }).Tells("refused AssignFeeSchedule UnknownFeeSchedule");
        venue.Send(new AssignFeeScheduleBlock { GroupId = 4 }).Tells("refused AssignFeeSchedule UnknownAccountGroup");
        venue.Send(new AssignFeeScheduleBlock { InstrumentId = 7 }).Tells("refused AssignFeeSchedule UnknownInstrument");
    }

    private static EngineHarness WithFees(SetFeeTierBlock tier)
    {
        EngineHarness venue = Open();
        venue.Send(new DefineFeeScheduleBlock { ScheduleId = 1 }).Tells("FeeScheduleDefined");
        Tier(venue, tier);
        Assign(venue, new AssignFeeScheduleBlock { AnyGroup = 1, ScheduleId = 1 });
        return venue;
    }

    private static void Tier(EngineHarness venue, SetFeeTierBlock tier)
    {
        tier.ScheduleId = tier.ScheduleId == 0 ? (ushort)1 : tier.ScheduleId;
        venue.Send(tier).Tells("FeeTierSet");
    }

    private static void Assign(EngineHarness venue, AssignFeeScheduleBlock assignment) =>
        venue.Send(assignment).Tells("FeeScheduleAssigned");

    private static void Roll(EngineHarness venue, uint date) =>
        venue.Send(new RollTradingDateBlock { TradingDate = date });

    private static byte TierOf(EngineHarness venue, string id, long lots) =>
        venue.Buy(2, lots, 100, id).Only<OrderFeesSetBlock>().Tier;
}
