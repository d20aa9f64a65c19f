using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "NewOrder": what a sound order does.</summary>
internal sealed class OrderEntryScenarios
{
    [Test]
    public void An_order_that_meets_nobody_rests()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 5, 100, "a").Tells("accepted a buy 5@100 resting");
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "a 5@100" }));
    }

    [Test]
    public void The_best_price_trades_first_and_at_one_price_the_oldest()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 102, "worse");
        venue.Sell(1, 1, 101, "first");
        venue.Sell(1, 1, 101, "second");
        venue.Sell(1, 1, 100, "best");
        venue.Buy(2, 4, 102, "t").Tells(
            "accepted t buy 4@102",
            "trade 1@100 t>best left 3/0",
            "trade 1@101 t>first left 2/0",
            "trade 1@101 t>second left 1/0",
            "trade 1@102 t>worse left 0/0");
    }

    [Test]
    public void Bids_trade_from_the_highest_down()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 99, "low");
        venue.Buy(1, 1, 100, "high");
        venue.Sell(2, 2, 99, "t").Tells(
            "accepted t sell 2@99", "trade 1@100 t>high left 1/0", "trade 1@99 t>low left 0/0");
    }

    [Test]
    public void A_partly_filled_maker_keeps_its_place()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "first");
        venue.Sell(1, 5, 100, "second");
        venue.Buy(2, 2, 100, "t1").Tells("accepted t1 buy 2@100", "trade 2@100 t1>first left 0/3");
        venue.Buy(2, 4, 100, "t2").Tells(
            "accepted t2 buy 4@100", "trade 3@100 t2>first left 1/0", "trade 1@100 t2>second left 0/4");
    }

    [Test]
    public void A_taker_does_not_trade_through_its_own_limit()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "in");
        venue.Sell(1, 1, 101, "out");
        venue.Buy(2, 3, 100, "t").Tells("accepted t buy 3@100", "trade 1@100 t>in left 2/0", "rested t 2@100");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "out 1@101" }));
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "t 2@100" }));
    }

    [Test]
    public void An_immediate_or_cancel_remainder_never_rests()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        NewOrderBlock order = Limit(Side.Buy, 3, 100, "t");
        order.TimeInForce = TimeInForce.ImmediateOrCancel;
        venue.Enter(2, order).Tells(
            "accepted t buy 3@100", "trade 1@100 t>a left 2/0", "canceled t 2@100 ImmediateOrCancel taker");
        Assert.That(venue.Book(Side.Buy), Is.Empty);
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999900/0"));
    }

    [Test]
    public void An_immediate_or_cancel_order_without_a_match_is_accepted_and_cancelled()
    {
        using EngineHarness venue = Open();
        NewOrderBlock order = Limit(Side.Buy, 3, 100, "t");
        order.TimeInForce = TimeInForce.ImmediateOrCancel;
        venue.Enter(2, order).Tells("accepted t buy 3@100", "canceled t 3@100 ImmediateOrCancel taker");
    }

    [Test]
    public void A_market_order_takes_any_price_and_its_remainder_is_cancelled()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 900, "b");
        venue.Enter(2, Market(Side.Buy, 3, "t")).Tells(
            "accepted t buy 3@market",
            "trade 1@100 t>a left 2/0",
            "trade 1@900 t>b left 1/0",
            "canceled t 1@0 MarketRemainder taker");
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999000/0"));
    }

    [Test]
    public void A_market_orders_price_is_ignored()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        NewOrderBlock order = Market(Side.Buy, 1, "t");
        order.Price = long.MinValue;
        venue.Enter(2, order).Tells("accepted t buy 1@market", "trade 1@100 t>a left 0/0");
    }

    [Test]
    public void A_fill_or_kill_order_fills_whole_or_is_rejected()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "a");
        venue.Sell(1, 2, 101, "b");
        NewOrderBlock order = Limit(Side.Buy, 3, 100, "few");
        order.TimeInForce = TimeInForce.FillOrKill;
        venue.Enter(2, order).Tells("rejected few FillOrKillUnfilled");
        order.ClientOrderId = Id("enough");
        order.Price = 101;
        venue.Enter(2, order).Tells(
            "accepted enough buy 3@101", "trade 2@100 enough>a left 1/0", "trade 1@101 enough>b left 0/1");
    }

    [Test]
    public void A_fill_or_kill_order_counts_no_more_makers_than_one_command_can_fill()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 2 });
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 100, "b");
        venue.Sell(1, 1, 100, "c");
        NewOrderBlock order = Limit(Side.Buy, 3, 100, "t");
        order.TimeInForce = TimeInForce.FillOrKill;
        venue.Enter(2, order).Tells("rejected t FillOrKillUnfilled");
    }

    [Test]
    public void A_market_fill_or_kill_order_counts_every_price()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 1000, "b");
        NewOrderBlock order = Market(Side.Buy, 2, "t");
        order.TimeInForce = TimeInForce.FillOrKill;
        venue.Enter(2, order).Tells(
            "accepted t buy 2@market", "trade 1@100 t>a left 1/0", "trade 1@1000 t>b left 0/0");
    }

    [TestCase(SelfTradePrevention.None, true)]
    [TestCase(SelfTradePrevention.CancelNewest, false)]
    [TestCase(SelfTradePrevention.CancelOldest, false)]
    [TestCase(SelfTradePrevention.CancelBoth, false)]
    [TestCase(SelfTradePrevention.Decrement, false)]
    public void A_fill_or_kill_order_counts_its_own_accounts_orders_only_when_it_may_trade_with_them(
        SelfTradePrevention mode, bool fills)
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "own");
        venue.Sell(1, 1, 100, "other");
        NewOrderBlock order = Limit(Side.Buy, 2, 100, "t");
        order.TimeInForce = TimeInForce.FillOrKill;
        order.SelfTradePrevention = mode;
        Answer answer = venue.Enter(2, order);
        Assert.That(answer.All<TradeBlock>(), Has.Length.EqualTo(fills ? 2 : 0));
        Assert.That(answer.All<OrderRejectedBlock>().Any(), Is.Not.EqualTo(fills));
    }

    [Test]
    public void A_fill_or_kill_order_that_cancels_the_oldest_fills_from_the_others()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "own");
        venue.Sell(1, 2, 100, "other");
        NewOrderBlock order = Limit(Side.Buy, 2, 100, "t");
        order.TimeInForce = TimeInForce.FillOrKill;
        order.SelfTradePrevention = SelfTradePrevention.CancelOldest;
        venue.Enter(2, order).Tells(
            "accepted t buy 2@100", "canceled own 1@100 SelfTradePrevention", "trade 2@100 t>other left 0/0");
    }

    [Test]
    public void A_post_only_order_that_would_trade_is_rejected()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        NewOrderBlock order = Limit(Side.Buy, 1, 100, "p");
        order.PostOnly = PostOnly.Reject;
        venue.Enter(2, order).Tells("rejected p PostOnlyWouldTrade");
        order.ClientOrderId = Id("q");
        order.Price = 99;
        venue.Enter(2, order).Tells("accepted q buy 1@99 resting");
    }

    [Test]
    public void A_sliding_post_only_order_rests_one_tick_behind_the_best()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        NewOrderBlock order = Limit(Side.Buy, 1, 150, "p");
        order.PostOnly = PostOnly.Slide;
        venue.Enter(2, order).Tells("accepted p buy 1@99 resting");
        order = Limit(Side.Sell, 1, 50, "q");
        order.PostOnly = PostOnly.Slide;
        venue.Enter(2, order).Tells("accepted q sell 1@100 resting");
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999901/99"), "held at the price after the slide");
    }

    [Test]
    public void A_slide_that_leaves_the_band_is_rejected()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 1, "a");
        NewOrderBlock order = Limit(Side.Buy, 1, 5, "p");
        order.PostOnly = PostOnly.Slide;
        venue.Enter(2, order).Tells("rejected p PriceOutsideBand");
    }

    [Test]
    public void Self_trade_prevention_plays_no_part_in_whether_a_post_only_order_would_trade()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "own");
        NewOrderBlock order = Limit(Side.Buy, 1, 100, "p");
        order.PostOnly = PostOnly.Reject;
        order.SelfTradePrevention = SelfTradePrevention.CancelOldest;
        venue.Enter(2, order).Tells("rejected p PostOnlyWouldTrade");
    }

    [Test]
    public void A_taker_that_met_as_many_makers_as_one_command_may_is_cancelled()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 2 });
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 100, "b");
        venue.Buy(2, 3, 100, "t").Tells(
            "accepted t buy 3@100",
            "trade 1@100 t>a left 2/0",
            "trade 1@100 t>b left 1/0",
            "canceled t 1@100 FillLimit taker");
    }

    [Test]
    public void Prices_may_be_negative_where_the_instrument_says_so()
    {
        using EngineHarness venue = Open();
        NewOrderBlock sell = Limit(Side.Sell, 2, -10, "s");
        sell.InstrumentId = OilUsd;
        venue.Enter(1, sell).Tells("accepted s sell 2@-10 resting");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999980/20"), "the seller may have to pay");
        NewOrderBlock buy = Limit(Side.Buy, 2, -5, "b");
        buy.InstrumentId = OilUsd;
        venue.Enter(2, buy).Tells("accepted b buy 2@-5", "trade 2@-10 b>s left 0/0");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999980/0"));
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("1000020/0"));
        Assert.That(venue.Balance(2, Oil), Is.EqualTo("1000002/0"));
    }
}
