using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Limits": each limit alone, at its levels.</summary>
internal sealed class RiskLimitScenarios
{
    private const long Window = 1000;

    [TestCase(RiskLevel.Account, 1u)]
    [TestCase(RiskLevel.Group, 0u)]
    [TestCase(RiskLevel.Firm, 1u)]
    [TestCase(RiskLevel.Venue, 0u)]
    [TestCase(RiskLevel.Instrument, GoldUsd)]
    public void An_order_of_more_lots_than_the_limit_is_refused(RiskLevel level, uint id)
    {
        using EngineHarness venue = Open();
        venue.Limit(level, id, RiskLimitKind.OrderQuantity, 5);
        venue.Buy(1, 5, 10, "a").Tells("accepted a buy 5@10 resting");
        venue.Buy(1, 6, 10, "b").Tells("rejected b OrderQuantityLimit");
    }

    [Test]
    public void A_sessions_limit_concerns_only_what_comes_through_it()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.Limit(RiskLevel.Session, 1, RiskLimitKind.OrderQuantity, 5);
        venue.Buy(1, 6, 10, "a").Tells("accepted a buy 6@10 resting");
        venue.Session = 1;
        venue.Buy(1, 6, 10, "b").Tells("rejected b OrderQuantityLimit");
    }

    [Test]
    public void Another_firms_limit_concerns_nobody_else()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Firm, 2, RiskLimitKind.OrderQuantity, 5);
        venue.Buy(1, 6, 10, "a").Tells("accepted a buy 6@10 resting");
        venue.Buy(3, 6, 10, "b").Tells("rejected b OrderQuantityLimit");
    }

    [Test]
    public void An_order_worth_more_than_the_limit_is_refused()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderNotional, 100);
        venue.Buy(1, 10, 10, "a").Tells("accepted a buy 10@10 resting");
        venue.Sell(1, 1, 101, "b").Tells("rejected b OrderNotionalLimit");
        venue.Enter(1, Limit(Side.Sell, 10, -11, "c") with { InstrumentId = OilUsd }).Tells("rejected c OrderNotionalLimit");
    }

    [Test]
    public void A_market_order_counts_with_what_it_could_reach()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 5, 10, "s1");
        venue.Sell(2, 5, 12, "s2");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderNotional, 73);
        venue.Enter(1, Market(Side.Buy, 7, "a")).Tells("rejected a OrderNotionalLimit");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderNotional, 74);
        venue.Enter(1, Market(Side.Buy, 7, "b")).Tells(
            "accepted b buy 7@market", "trade 5@10 b>s1 left 2/0", "trade 2@12 b>s2 left 0/3");
    }

    [Test]
    public void An_amount_that_cannot_be_told_in_the_limits_currency_is_beyond_it()
    {
        using EngineHarness venue = Open();
        venue.Send(new SetRiskLimitBlock
        {
            Level = RiskLevel.Account,
            TargetId = 1,
            Kind = RiskLimitKind.OrderNotional,
            Value = long.MaxValue - 1,
            CurrencyId = Gold,
        });
        venue.Buy(1, 1, 1, "a").Tells("rejected a OrderNotionalLimit");
    }

    [TestCase(RiskLevel.Account, 1u)]
    [TestCase(RiskLevel.Firm, 1u)]
    [TestCase(RiskLevel.Venue, 0u)]
    [TestCase(RiskLevel.Instrument, GoldUsd)]
    public void Resting_orders_are_counted_from_before_the_limit_was_set(RiskLevel level, uint id)
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 10, "b");
        venue.Limit(level, id, RiskLimitKind.OpenOrders, 3);
        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10 resting");
        venue.Buy(1, 1, 10, "d").Tells("rejected d OpenOrdersLimit");
        venue.Cancel(1, "a");
        venue.Buy(1, 1, 10, "e").Tells("accepted e buy 1@10 resting");
    }

    [Test]
    public void Orders_that_never_rest_need_no_room_among_the_open_ones()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 0);
        venue.Enter(1, Limit(Side.Buy, 1, 10, "a") with { TimeInForce = TimeInForce.ImmediateOrCancel })
            .Tells("accepted a buy 1@10", "canceled a 1@10 ImmediateOrCancel taker");
        venue.Buy(1, 1, 10, "b").Tells("rejected b OpenOrdersLimit");
    }

    [Test]
    public void Orders_that_come_too_fast_are_refused_until_time_has_passed()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderRate, 2, windowNs: 8);
        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 resting");
        venue.Buy(1, 1, 10, "b").Tells("accepted b buy 1@10 resting");
        venue.Buy(1, 1, 10, "c").Tells("rejected c OrderRateLimit");
        venue.Buy(2, 1, 10, "other").Tells("accepted other buy 1@10 resting");
        venue.Buy(1, 1, 10, "d").Tells("accepted d buy 1@10 resting");
        venue.Buy(1, 1, 10, "e").Tells("rejected e OrderRateLimit");
    }

    [Test]
    public void Refused_orders_are_counted_by_the_rate_as_well()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderRate, 1, Window);
        venue.Buy(1, 0, 10, "a").Tells("rejected a InvalidQuantity");
        venue.Buy(1, 1, 10, "b").Tells("rejected b OrderRateLimit");
    }

    [Test]
    public void Cancels_that_come_too_fast_are_refused_but_a_mass_cancel_never_is()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 10, "b");
        venue.Buy(1, 1, 10, "c");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.CancelRate, 1, Window);
        venue.Cancel(1, "a").Tells("canceled a 1@10 Requested");
        venue.Cancel(1, "b").Tells("refused Cancel CancelRateLimit");
        venue.MassCancel(default, account: 1).TellsInAnyOrder(
            "canceled b 1@10 MassCancel", "canceled c 1@10 MassCancel", "done 2 MassCancel");
    }

    [Test]
    public void The_same_order_again_within_the_window_is_a_duplicate()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.DuplicateOrder, 0, windowNs: 5);
        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 resting");
        venue.Buy(1, 1, 10, "b").Tells("rejected b DuplicateOrder");
        venue.Buy(1, 2, 10, "c").Tells("accepted c buy 2@10 resting");
        venue.Buy(1, 1, 9, "d").Tells("accepted d buy 1@9 resting");
        venue.Buy(2, 1, 10, "e").Tells("accepted e buy 1@10 resting");
        venue.Buy(1, 1, 10, "f").Tells("rejected f DuplicateOrder");
        venue.Buy(1, 1, 10, "g").Tells("accepted g buy 1@10 resting");
    }

    [Test]
    public void A_refused_order_may_be_sent_again()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.DuplicateOrder, 0, Window);
        venue.Enter(1, Market(Side.Buy, 1, "a")).Tells("rejected a NoLiquidity");
        venue.Sell(2, 1, 10, "s");
        venue.Enter(1, Market(Side.Buy, 1, "b")).Tells("accepted b buy 1@market", "trade 1@10 b>s left 0/0");
    }

    [Test]
    public void Messages_need_trades_beyond_their_allowance()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderToTrade, 2, 1L << 50, allowance: 3);
        venue.Buy(1, 1, 10, "a");
        venue.Cancel(1, "a");
        venue.Buy(1, 1, 10, "b").Tells("accepted b buy 1@10 resting");
        venue.Buy(1, 1, 10, "c").Tells("rejected c OrderToTradeLimit");
        venue.Amend(1, "b", 1, 11).Tells("refused Amend OrderToTradeLimit");
        venue.Sell(2, 1, 10, "s").Tells("accepted s sell 1@10", "trade 1@10 s>b left 0/0");
        venue.Buy(1, 1, 10, "d").Tells("accepted d buy 1@10 resting");
        venue.Cancel(1, "d").Tells("canceled d 1@10 Requested");
        venue.Buy(1, 1, 10, "e").Tells("rejected e OrderToTradeLimit");
    }

    [Test]
    public void Messages_are_counted_anew_in_the_next_window()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderToTrade, 0, windowNs: 100, allowance: 1);
        while (venue.Pair.Engine.LastTimestampNs % 100 != 90)
        {
            venue.Tick();
        }

        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 resting");
        venue.Buy(1, 1, 10, "b").Tells("rejected b OrderToTradeLimit");
        while (venue.Pair.Engine.LastTimestampNs % 100 != 99)
        {
            venue.Tick();
        }

        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10 resting");
    }

    [Test]
    public void A_limit_that_warns_lets_pass_and_says_so()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 5, action: RiskAction.Warn);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 10);
        venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.OpenOrders, 0, action: RiskAction.Warn);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderRate, 1, 2, action: RiskAction.Warn);
        venue.Buy(1, 6, 10, "a").Tells(
            "warning Account 1 OrderQuantity 6 of 5", "warning Firm 1 OpenOrders 1 of 0", "accepted a buy 6@10 resting");
        venue.Buy(1, 11, 10, "b").Tells("warning Account 1 OrderRate 2 of 1", "rejected b OrderQuantityLimit");
    }

    [Test]
    public void A_change_is_told_with_the_old_and_the_new_value_and_its_user()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.OrderRate, 7, windowNs: 100)
            .Tells("limit Firm 1 OrderRate from -1 to 7");
        RiskLimitChangedBlock changed =
            venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.OrderRate, 9, windowNs: 50).Only<RiskLimitChangedBlock>();
        Assert.That((changed.PreviousValue, changed.PreviousWindowNs), Is.EqualTo((7L, 100L)));
        Assert.That((changed.Value, changed.WindowNs), Is.EqualTo((9L, 50L)));
        Assert.That(changed.Envelope.UserId, Is.EqualTo(4321));
        venue.Lift(RiskLevel.Firm, 1, RiskLimitKind.OrderRate).Tells("limit Firm 1 OrderRate from 9 to -1");
        venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.OrderToTrade, 4, 100, allowance: 30);
        changed = venue.Lift(RiskLevel.Firm, 1, RiskLimitKind.OrderToTrade).Only<RiskLimitChangedBlock>();
        Assert.That((changed.PreviousValue, changed.PreviousAllowance), Is.EqualTo((4L, 30u)));
    }

    [Test]
    public void Limits_that_make_no_sense_are_refused()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxRiskRows = 2 });
        venue.Limit(RiskLevel.Session, 8, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit UnknownSession");
        venue.Limit(RiskLevel.Account, 5, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit UnknownAccount");
        venue.Limit(RiskLevel.Instrument, 5, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit UnknownInstrument");
        venue.Limit(RiskLevel.Venue, 5, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit InvalidLimit");
        venue.Limit((RiskLevel)77, 5, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit MalformedCommand");
        venue.Limit(RiskLevel.Venue, 0, (RiskLimitKind)77, 1).Tells("refused SetRiskLimit MalformedCommand");
        venue.Limit(RiskLevel.Venue, 0, RiskLimitKind.OpenOrders, 1L << 32).Tells("refused SetRiskLimit InvalidLimit");
        venue.Limit(RiskLevel.Venue, 0, RiskLimitKind.OrderRate, 0, 5).Tells("refused SetRiskLimit InvalidLimit");
        venue.Limit(RiskLevel.Venue, 0, RiskLimitKind.OrderRate, 6, 5).Tells("refused SetRiskLimit InvalidLimit");
        venue.Limit(RiskLevel.Venue, 0, RiskLimitKind.OrderRate, 6, 1L << 62).Tells("refused SetRiskLimit InvalidLimit");
        venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.DuplicateOrder, 0, 5).Tells("refused SetRiskLimit InvalidLimit");
        venue.Send(new SetRiskLimitBlock { Level = RiskLevel.Venue, Kind = RiskLimitKind.OrderNotional, Value = 1, CurrencyId = 7 })
            .Tells("refused SetRiskLimit UnknownCurrency");
        venue.Limit(RiskLevel.Venue, 0, RiskLimitKind.OpenOrders, 1, action: RiskAction.Warn);
        venue.Limit(RiskLevel.Firm, 1, RiskLimitKind.OpenOrders, 1).Tells("refused SetRiskLimit CapacityExceeded");
    }
}
