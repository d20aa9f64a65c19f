using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;
using static HftEngine.Core.Tests.Scenarios.Positions.PositionSteps;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>How positions follow orders and fills, and what reduce-only and hedging mean.</summary>
internal sealed class PositionScenarios
{
    [Test]
    public void An_order_counts_as_open_lots_until_it_is_filled_amended_or_cancelled()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Enter(1, Order(Side.Buy, 10, 50, "b"));
        venue.Enter(1, Order(Side.Sell, 4, 60, "s"));
        Assert.That(venue.Position(1), Is.EqualTo("0 0 0/0 10/4"));
        venue.Enter(2, Order(Side.Sell, 3, 50, "t"));
        Assert.That(venue.Position(1), Is.EqualTo("3 150 0/0 7/4"));
        venue.Amend(1, "b", 5, 50);
        Assert.That(venue.Position(1), Is.EqualTo("3 150 0/0 2/4"));
        venue.Amend(1, "b", 9, 51);
        Assert.That(venue.Position(1), Is.EqualTo("3 150 0/0 6/4"));
        venue.Cancel(1, "b");
        venue.Cancel(1, "s");
        Assert.That(venue.Position(1), Is.EqualTo("3 150 0/0 0/0"));
        Assert.That(venue.Position(2), Is.EqualTo("-3 -150 0/0 0/0"));
    }

    [Test]
    public void A_remainder_that_is_cancelled_leaves_no_open_lots()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Enter(2, Order(Side.Sell, 2, 50, "s"));
        venue.Enter(1, Order(Side.Buy, 5, 50, "ioc") with { TimeInForce = TimeInForce.ImmediateOrCancel });
        Assert.That(venue.Position(1), Is.EqualTo("2 100 0/0 0/0"));
        venue.Enter(2, Order(Side.Sell, 1, 51, "s2"));
        venue.Enter(1, Market(Side.Buy, 9, "m") with { InstrumentId = Kept });
        Assert.That(venue.Position(1), Is.EqualTo("3 151 0/0 0/0"));
    }

    [Test]
    public void A_fill_beyond_the_position_turns_it_round()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 4, 10, 2, "1");
        venue.Trade(1, Side.Sell, 6, 13, 2, "2");
        Assert.That(venue.Position(1), Is.EqualTo("-2 -26 12/12 0/0"));
        Assert.That(venue.Position(2), Is.EqualTo("2 26 -12/-12 0/0"));
    }

    [Test]
    public void What_a_division_leaves_over_stays_in_the_cost()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 2, 10, 2, "1");
        venue.Trade(1, Side.Buy, 1, 11, 2, "2");
        venue.Trade(1, Side.Sell, 1, 10, 2, "3");
        Assert.That(venue.Position(1), Is.EqualTo("2 21 0/0 0/0"), "31 / 3 is 10 towards zero");
        venue.Trade(1, Side.Sell, 2, 10, 2, "4");
        Assert.That(venue.Position(1), Is.EqualTo("0 0 -1/-1 0/0"), "bought for 31, sold for 30");
    }

    [Test]
    public void A_trade_with_oneself_leaves_the_position_as_large_as_it_was()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 4, 10, 2, "1");
        venue.Trade(1, Side.Sell, 2, 14, 1, "2");
        Assert.That(venue.Position(1), Is.EqualTo("4 46 6/8 0/0"), "two more for 28, then 68 × 2 / 6 is 22 towards zero");
    }

    [Test]
    public void Self_trade_prevention_takes_open_lots_and_no_position()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Enter(1, Order(Side.Buy, 5, 50, "b"));
        venue.Enter(1, Order(Side.Sell, 8, 50, "s") with { SelfTradePrevention = SelfTradePrevention.Decrement });
        Assert.That(venue.Position(1), Is.EqualTo("0 0 0/0 0/3"));
        venue.Enter(1, Order(Side.Buy, 2, 50, "b2") with { SelfTradePrevention = SelfTradePrevention.CancelOldest });
        Assert.That(venue.Position(1), Is.EqualTo("0 0 0/0 2/0"));
    }

    [Test]
    public void A_position_may_not_become_larger_than_its_numbers_hold_not_even_by_an_amendment()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Send(SoundInstrument(4, Gold) with { Flags = 1, MaxPrice = 1L << 49, MaxQuantity = 1024 }).Tells("InstrumentDefined");
        venue.Enter(1, Order(Side.Buy, 1000, 1, "a") with { InstrumentId = 4 });
        venue.Enter(1, Order(Side.Buy, 25, 1, "b") with { InstrumentId = 4 }).Tells("rejected b PositionOverflow");
        venue.Enter(1, Order(Side.Buy, 24, 1, "c") with { InstrumentId = 4 }).Tells("accepted c buy 24@1 resting");
        venue.Amend(1, "c", 25, 1).Tells("refused Amend PositionOverflow");
        venue.Send(SoundInstrument(5, Gold) with { Flags = 1, MaxPrice = 1L << 49, MaxQuantity = 1025 })
            .Tells("refused DefineInstrument InvalidDefinition");
    }

    [Test]
    public void A_reduce_only_order_needs_as_much_of_a_position_as_it_would_close()
    {
        using EngineHarness venue = PositionSteps.Open();
        NewOrderBlock sell = Order(Side.Sell, 1, 60, "r") with { ReduceOnly = 1 };
        venue.Enter(1, sell).Tells("rejected r ReduceOnlyWouldIncrease");
        venue.Trade(1, Side.Buy, 4, 50, 2, "1");
        venue.Enter(1, Order(Side.Buy, 1, 40, "r2") with { ReduceOnly = 1 }).Tells("rejected r2 ReduceOnlyWouldIncrease");
        venue.Enter(1, Order(Side.Sell, 5, 60, "r3") with { ReduceOnly = 1 }).Tells("rejected r3 ReduceOnlyWouldIncrease");
        venue.Enter(1, Order(Side.Sell, 3, 60, "r4") with { ReduceOnly = 1 }).Tells("accepted r4 sell 3@60 resting");
        venue.Enter(1, Order(Side.Sell, 2, 60, "r5") with { ReduceOnly = 1 }).Tells("rejected r5 ReduceOnlyWouldIncrease");
        venue.Amend(1, "r4", 5, 61).Tells("refused Amend ReduceOnlyWouldIncrease");
        venue.Amend(1, "r4", 4, 61).Tells("amended r4 4@61 moved", "rested r4 4@61");
    }

    [Test]
    public void A_resting_reduce_only_order_is_cut_before_it_would_increase_what_has_shrunk()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 4, 50, 2, "1");
        venue.Enter(1, Order(Side.Sell, 4, 60, "r") with { ReduceOnly = 1 });
        venue.Trade(1, Side.Sell, 3, 55, 2, "2");
        venue.Enter(2, Order(Side.Buy, 4, 60, "t")).Tells(
            "accepted t buy 4@60", "trimmed r by 3 to 1", "trade 1@60 t>r left 3/0", "rested t 3@60");
        Assert.That(venue.Position(1), Is.EqualTo("0 0 25/25 0/0"));
    }

    [Test]
    public void A_resting_reduce_only_order_without_a_position_is_cancelled_when_its_turn_comes()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 4, 50, 2, "1");
        venue.Enter(1, Order(Side.Sell, 4, 60, "r") with { ReduceOnly = 1 });
        venue.Trade(1, Side.Sell, 4, 55, 2, "2");
        venue.Enter(2, Order(Side.Buy, 4, 60, "t")).Tells(
            "accepted t buy 4@60", "canceled r 4@60 ReduceOnly", "rested t 4@60");
        Assert.That(venue.Position(1), Is.EqualTo("0 0 20/20 0/0"));
    }

    [Test]
    public void A_fill_or_kill_order_does_not_count_on_reduce_only_orders()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Trade(1, Side.Buy, 4, 50, 2, "1");
        venue.Enter(1, Order(Side.Sell, 4, 60, "r") with { ReduceOnly = 1 });
        venue.Enter(2, Order(Side.Buy, 4, 60, "t") with { TimeInForce = TimeInForce.FillOrKill })
            .Tells("rejected t FillOrKillUnfilled");
    }

    [Test]
    public void Reduce_only_and_position_effect_are_for_instruments_with_positions_and_hedging_accounts()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Enter(1, Limit(Side.Buy, 1, 50, "a") with { ReduceOnly = 1 }).Tells("rejected a InvalidReduceOnly");
        venue.Enter(1, Order(Side.Buy, 1, 50, "b") with { ReduceOnly = 2 }).Tells("rejected b InvalidReduceOnly");
        venue.Enter(1, Order(Side.Buy, 1, 50, "c") with { PositionEffect = PositionEffect.Open })
            .Tells("rejected c InvalidPositionEffect");
        venue.Enter(1, Limit(Side.Buy, 1, 50, "d") with { PositionEffect = (PositionEffect)3 })
            .Tells("rejected d InvalidPositionEffect");
    }

    [Test]
    public void A_hedging_account_has_a_long_and_a_short_position_side_by_side()
    {
        using EngineHarness venue = PositionSteps.Open();
        venue.Send(new OpenAccountBlock { PositionMode = PositionMode.Hedging }, 4).Tells("AccountOpened");
        venue.Adjust(4, Usd, 10_000);
        venue.Adjust(4, Gold, 10_000);
        venue.Trade(4, Side.Buy, 5, 50, 2, "1");
        venue.Trade(4, Side.Sell, 3, 52, 2, "2");
        Assert.That(venue.Position(4), Is.EqualTo("5 250 0/0 0/0"));
        Assert.That(venue.Position(4, shortLeg: true), Is.EqualTo("-3 -156 0/0 0/0"));
        venue.Enter(4, Order(Side.Sell, 6, 53, "c") with { PositionEffect = PositionEffect.Close })
            .Tells("rejected c ReduceOnlyWouldIncrease");
        venue.Enter(4, Order(Side.Sell, 5, 53, "c2") with { PositionEffect = PositionEffect.Close });
        venue.Enter(4, Order(Side.Buy, 1, 51, "c3") with { ReduceOnly = 1 });
        Assert.That(venue.Position(4), Is.EqualTo("5 250 0/0 0/5"));
        Assert.That(venue.Position(4, shortLeg: true), Is.EqualTo("-3 -156 0/0 1/0"));
        venue.Enter(2, Order(Side.Buy, 5, 53, "t"));
        venue.Enter(2, Order(Side.Sell, 1, 51, "u"));
        Assert.That(venue.Position(4), Is.EqualTo("0 0 15/15 0/0"));
        Assert.That(venue.Position(4, shortLeg: true), Is.EqualTo("-2 -104 1/1 0/0"));
        venue.Enter(4, Order(Side.Buy, 1, 51, "o") with { ReduceOnly = 1, PositionEffect = PositionEffect.Open })
            .Tells("rejected o InvalidReduceOnly");
    }

    [Test]
    public void Orders_that_could_need_more_lots_than_there_are_do_not_get_in()
    {
        using EngineHarness venue = PositionSteps.Open(SmallLimits with { MaxPositionLots = 12, MaxBalances = 40 });
        venue.Trade(1, Side.Buy, 1, 50, 2, "1");
        venue.Trade(1, Side.Buy, 1, 51, 2, "2");
        venue.Enter(1, Order(Side.Buy, 3, 40, "a"));
        venue.Enter(1, Order(Side.Buy, 2, 40, "b")).Tells("accepted b buy 2@40 resting");
        venue.Enter(1, Order(Side.Buy, 1, 40, "c")).Tells("accepted c buy 1@40 resting");
        venue.Enter(1, Order(Side.Buy, 1, 40, "d")).Tells("rejected d CapacityExceeded");
        venue.Amend(1, "b", 3, 41).Tells("refused Amend CapacityExceeded");
        venue.Enter(1, Order(Side.Sell, 2, 60, "r") with { ReduceOnly = 1 }).Tells("accepted r sell 2@60 resting");
        venue.Enter(2, Limit(Side.Sell, 1, 60, "plain")).Tells("accepted plain sell 1@60 resting");
    }

    [Test]
    public void A_position_that_finds_no_room_keeps_its_order_out()
    {
        using EngineHarness venue = PositionSteps.Open(SmallLimits with { MaxPositions = 2, MaxBalances = 40 });
        venue.Trade(1, Side.Buy, 1, 50, 2, "1");
        venue.Enter(3, Order(Side.Buy, 1, 50, "a")).Tells("rejected a CapacityExceeded");
        venue.Enter(1, Order(Side.Buy, 1, 50, "b")).Tells("accepted b buy 1@50 resting");
    }
}
