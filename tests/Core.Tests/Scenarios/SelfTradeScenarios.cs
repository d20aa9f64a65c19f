using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Matching": self-trade prevention by the taker's mode.</summary>
internal sealed class SelfTradeScenarios
{
    [Test]
    public void Without_prevention_an_account_trades_with_itself_and_has_what_it_had()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "m");
        Take(venue, SelfTradePrevention.None, 2).Tells("accepted t buy 2@100", "trade 2@100 t>m left 0/0");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"));
        Assert.That(venue.Balance(1, Gold), Is.EqualTo("1000000/0"));
    }

    [Test]
    public void Cancel_newest_cancels_the_takers_remainder_and_ends_matching()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 99, "other");
        venue.Sell(1, 2, 100, "m");
        venue.Sell(2, 1, 100, "behind");
        Take(venue, SelfTradePrevention.CancelNewest, 3).Tells(
            "accepted t buy 3@100", "trade 1@99 t>other left 2/0", "canceled t 2@100 SelfTradePrevention taker");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "m 2@100", "behind 1@100" }));
    }

    [Test]
    public void Cancel_oldest_cancels_the_maker_and_goes_on()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "m");
        venue.Sell(2, 1, 100, "behind");
        Take(venue, SelfTradePrevention.CancelOldest, 3).Tells(
            "accepted t buy 3@100",
            "canceled m 2@100 SelfTradePrevention",
            "trade 1@100 t>behind left 2/0",
            "rested t 2@100");
    }

    [Test]
    public void Cancel_both_cancels_the_maker_then_the_takers_remainder()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "m");
        venue.Sell(2, 1, 100, "behind");
        Take(venue, SelfTradePrevention.CancelBoth, 3).Tells(
            "accepted t buy 3@100",
            "canceled m 2@100 SelfTradePrevention",
            "canceled t 3@100 SelfTradePrevention taker");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "behind 1@100" }));
    }

    [Test]
    public void Decrement_lowers_a_larger_maker_and_ends_the_taker()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "m");
        Take(venue, SelfTradePrevention.Decrement, 2).Tells(
            "accepted t buy 2@100", "reduced m by 2 to 3", "canceled t 2@100 SelfTradeDecrement taker");
        Assert.That(venue.Balance(1, Gold), Is.EqualTo("999997/3"));
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"));
    }

    [Test]
    public void Decrement_cancels_a_smaller_maker_and_the_taker_goes_on_with_less()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "m");
        venue.Sell(2, 1, 100, "behind");
        Take(venue, SelfTradePrevention.Decrement, 5).Tells(
            "accepted t buy 5@100",
            "canceled m 2@100 SelfTradeDecrement",
            "trade 1@100 t>behind left 2/0",
            "rested t 2@100");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999700/200"));
    }

    [Test]
    public void Decrement_of_equals_ends_both_the_maker_first()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "m");
        Take(venue, SelfTradePrevention.Decrement, 2).Tells(
            "accepted t buy 2@100",
            "canceled m 2@100 SelfTradeDecrement",
            "canceled t 2@100 SelfTradeDecrement taker");
    }

    [Test]
    public void The_takers_mode_rules_not_the_makers()
    {
        using EngineHarness venue = Open();
        venue.Enter(1, Limit(Side.Sell, 1, 100, "m") with { SelfTradePrevention = SelfTradePrevention.CancelBoth });
        Take(venue, SelfTradePrevention.None, 1).Tells("accepted t buy 1@100", "trade 1@100 t>m left 0/0");
    }

    [Test]
    public void Prevention_looks_at_accounts_not_at_sessions()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Sell(1, 1, 100, "m");
        venue.Session = 0;
        Take(venue, SelfTradePrevention.CancelNewest, 1).Tells(
            "accepted t buy 1@100", "canceled t 1@100 SelfTradePrevention taker");
    }

    [Test]
    public void Self_trade_cancels_count_towards_the_makers_that_one_command_may_meet()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 2 });
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 100, "b");
        venue.Sell(2, 1, 100, "c");
        Take(venue, SelfTradePrevention.CancelOldest, 1).Tells(
            "accepted t buy 1@100",
            "canceled a 1@100 SelfTradePrevention",
            "canceled b 1@100 SelfTradePrevention",
            "canceled t 1@100 FillLimit taker");
    }

    [Test]
    public void A_market_order_that_cancels_its_own_makers_holds_for_those_it_will_reach()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 10, 100, "own");
        venue.Sell(2, 10, 200, "other");
        venue.Adjust(1, Usd, 1500 - Million);
        NewOrderBlock order = Market(Side.Buy, 10, "t") with { SelfTradePrevention = SelfTradePrevention.CancelOldest };
        venue.Enter(1, order).Tells("rejected t InsufficientFunds");
        venue.Adjust(1, Usd, 500);
        order.ClientOrderId = Id("u");
        venue.Enter(1, order).Tells(
            "accepted u buy 10@market", "canceled own 10@100 SelfTradePrevention", "trade 10@200 u>other left 0/0");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("0/0"));
    }

    [Test]
    public void A_market_order_under_decrement_gives_its_whole_hold_back()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 100, "own");
        venue.Sell(2, 2, 200, "other");
        NewOrderBlock order = Market(Side.Buy, 5, "t") with { SelfTradePrevention = SelfTradePrevention.Decrement };
        venue.Enter(1, order).Tells(
            "accepted t buy 5@market",
            "canceled own 2@100 SelfTradeDecrement",
            "trade 2@200 t>other left 1/0",
            "canceled t 1@0 MarketRemainder taker");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999600/0"));
    }

    private static Answer Take(EngineHarness venue, SelfTradePrevention mode, long lots) =>
        venue.Enter(1, Limit(Side.Buy, lots, 100, "t") with { SelfTradePrevention = mode });
}
