using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Ways around a limit, each of them closed.</summary>
internal sealed class RiskBypassScenarios
{
    [Test]
    public void Not_by_amending_to_what_could_not_be_entered()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 5);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderNotional, 60);
        venue.Buy(1, 5, 10, "a");
        venue.Amend(1, "a", 6, 10).Tells("refused Amend OrderQuantityLimit");
        venue.Amend(1, "a", 5, 13).Tells("refused Amend OrderNotionalLimit");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderRate, 1, windowNs: 1000);
        venue.Amend(1, "a", 5, 11).Tells("amended a 5@11 moved", "rested a 5@11");
        venue.Amend(1, "a", 5, 12).Tells("refused Amend OrderRateLimit");
    }

    [Test]
    public void A_limit_that_fell_below_an_order_still_lets_it_be_reduced()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 50, 10, "a");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 5);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderToTrade, 0, windowNs: 1000);
        venue.Amend(1, "a", 40, 10).Tells("amended a 40@10 kept");
        venue.Amend(1, "a", 39, 11).Tells("refused Amend OrderQuantityLimit");
    }

    [Test]
    public void Not_by_partial_fills_that_make_room_for_a_larger_total()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 5);
        venue.Buy(1, 5, 10, "a");
        venue.Sell(2, 4, 10, "s");
        venue.Amend(1, "a", 9, 10).Tells("refused Amend OrderQuantityLimit");
    }

    [Test]
    public void Not_by_a_taker_whose_remainder_rests()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 10, "s");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 1);
        venue.Buy(1, 2, 10, "a").Tells("accepted a buy 2@10", "trade 1@10 a>s left 1/0", "rested a 1@10");
        venue.Sell(2, 1, 11, "s2");
        venue.Buy(1, 2, 11, "b").Tells("rejected b OpenOrdersLimit");
    }

    [Test]
    public void Not_by_crossing_ones_own_orders()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 1);
        venue.Sell(1, 5, 10, "s");
        venue.Buy(1, 1, 10, "b").Tells("rejected b OpenOrdersLimit");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 2);
        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10", "trade 1@10 c>s left 0/4");
        venue.Buy(1, 1, 9, "d").Tells("accepted d buy 1@9 resting");
        venue.Buy(1, 1, 8, "e").Tells("rejected e OpenOrdersLimit");
    }

    [Test]
    public void Not_by_self_trade_prevention_that_takes_the_makers_away()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 10, "s1");
        venue.Sell(1, 1, 10, "s2");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 3);
        venue.Enter(1, Limit(Side.Buy, 5, 10, "a") with { SelfTradePrevention = SelfTradePrevention.CancelOldest }).Tells(
            "accepted a buy 5@10", "canceled s1 1@10 SelfTradePrevention", "canceled s2 1@10 SelfTradePrevention", "rested a 5@10");
        venue.Enter(1, Limit(Side.Sell, 2, 10, "b") with { SelfTradePrevention = SelfTradePrevention.Decrement }).Tells(
            "accepted b sell 2@10", "reduced a by 2 to 3", "canceled b 2@10 SelfTradeDecrement taker");
        venue.Buy(1, 1, 9, "c").Tells("accepted c buy 1@9 resting");
        venue.Buy(1, 1, 9, "d").Tells("accepted d buy 1@9 resting");
        venue.Buy(1, 1, 9, "e").Tells("rejected e OpenOrdersLimit");
    }

    [Test]
    public void Not_by_numbers_that_overflow()
    {
        using EngineHarness venue = Empty();
        venue.Genesis();
        venue.DefineCurrency(Usd, "USD");
        venue.DefineCurrency(Gold, "GOLD");
        venue.DefineInstrument(GoldUsd, Gold, 1, long.MaxValue, maxQuantity: 1L << 59);
        venue.OpenAccount(1, 1);
        venue.OpenAccount(2, 1);
        venue.Adjust(1, Usd, 1000);
        venue.Adjust(2, Gold, long.MaxValue);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderNotional, 1000);
        venue.Buy(1, 1L << 32, 1L << 32, "a").Tells("rejected a NotionalOverflow");
        venue.Buy(1, 1L << 30, 1L << 32, "b").Tells("rejected b OrderNotionalLimit");
        venue.Sell(2, 1L << 29, 1L << 33, "s1");
        venue.Sell(2, 1L << 29, 1L << 33, "s2");
        venue.Sell(2, 1L << 29, 1L << 33, "s3");
        venue.Enter(1, Market(Side.Buy, 3L << 29, "c")).Tells("rejected c OrderNotionalLimit");
    }

    [Test]
    public void Not_by_cancels_that_race_with_entries()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 1 });
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OpenOrders, 2);
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 10, "b");
        venue.MassCancel(default, account: 1);
        venue.Buy(1, 1, 10, "c").Tells("accepted c buy 1@10 resting");
        venue.Buy(1, 1, 10, "d").Tells("rejected d OpenOrdersLimit");
        venue.TickUntilIdle();
        venue.Buy(1, 1, 10, "e").Tells("accepted e buy 1@10 resting");
    }

    [Test]
    public void Not_by_many_orders_that_are_each_within_the_position()
    {
        using EngineHarness venue = WithPositions();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.NetPosition, 10);
        venue.Enter(1, Oil(Side.Buy, 6, 10, "a")).Tells("accepted a buy 6@10 resting");
        venue.Enter(1, Oil(Side.Buy, 5, 10, "b")).Tells("rejected b PositionLimit");
        venue.Enter(1, Oil(Side.Buy, 4, 10, "c")).Tells("accepted c buy 4@10 resting");
        venue.Amend(1, "c", 5, 10).Tells("refused Amend PositionLimit");
        venue.Enter(2, Oil(Side.Sell, 6, 10, "s"));
        venue.Enter(1, Oil(Side.Buy, 1, 9, "d")).Tells("rejected d PositionLimit");
        venue.Amend(1, "c", 5, 9).Tells("refused Amend PositionLimit");
    }

    [Test]
    public void Not_by_selling_to_oneself_what_was_bought()
    {
        using EngineHarness venue = WithPositions();
        venue.Limit(RiskLevel.Instrument, 3, RiskLimitKind.NetPosition, 5);
        venue.Enter(1, Oil(Side.Buy, 5, 10, "a")).Tells("accepted a buy 5@10 resting");
        venue.Enter(1, Oil(Side.Sell, 5, 10, "b")).Tells("accepted b sell 5@10", "trade 5@10 b>a left 0/0");
        venue.Enter(1, Oil(Side.Sell, 6, 12, "c")).Tells("rejected c PositionLimit");
        venue.Enter(1, Oil(Side.Sell, 5, 12, "d")).Tells("accepted d sell 5@12 resting");
        venue.Enter(1, Oil(Side.Buy, 5, 9, "e")).Tells("accepted e buy 5@9 resting");
        venue.Enter(1, Oil(Side.Buy, 1, 9, "f")).Tells("rejected f PositionLimit");
    }

    [Test]
    public void Not_by_spreading_orders_over_the_accounts_of_a_clearing_member()
    {
        using EngineHarness venue = Open();
        venue.Send(new SetClearingMemberBlock { ClearingFirmId = 1, MemberId = 2 });
        venue.Send(new SetClearingMemberBlock { ClearingFirmId = 2, MemberId = 2 });
        venue.Buy(1, 10, 10, "before");
        venue.Limit(RiskLevel.ClearingMember, 2, RiskLimitKind.Credit, 300);
        venue.Buy(2, 10, 10, "a").Tells("accepted a buy 10@10 resting");
        venue.Buy(3, 11, 10, "b").Tells("rejected b CreditLimit");
        venue.Sell(3, 10, 10, "c").Tells("accepted c sell 10@10", "trade 10@10 c>before left 0/0");
        venue.Buy(3, 1, 1, "d").Tells("rejected d CreditLimit");
        venue.Cancel(2, "a");
        venue.Buy(3, 10, 10, "e").Tells("accepted e buy 10@10 resting");
        venue.Amend(3, "e", 11, 10).Tells("refused Amend CreditLimit");
        venue.Send(new SetClearingMemberBlock { ClearingFirmId = 2, MemberId = 0 });
        venue.Buy(2, 10, 10, "f").Tells("accepted f buy 10@10 resting");
        venue.Buy(2, 1, 1, "g").Tells("rejected g CreditLimit");
        venue.Send(new SetClearingMemberBlock { ClearingFirmId = 0, MemberId = 1 })
            .Tells("refused SetClearingMember UnknownFirm");
    }

    [Test]
    public void Not_by_market_orders_and_immediate_ones_that_leave_credit_behind()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 10, 10, "s");
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.Credit, 100);
        venue.Enter(1, Market(Side.Buy, 4, "a")).Tells("accepted a buy 4@market", "trade 4@10 a>s left 0/6");
        venue.Enter(1, Limit(Side.Buy, 6, 9, "b") with { TimeInForce = TimeInForce.ImmediateOrCancel })
            .Tells("accepted b buy 6@9", "canceled b 6@9 ImmediateOrCancel taker");
        venue.Enter(1, Market(Side.Buy, 7, "c")).Tells("accepted c buy 7@market", "trade 6@10 c>s left 1/0", "canceled c 1@0 MarketRemainder taker");
        venue.Buy(1, 1, 1, "d").Tells("rejected d CreditLimit");
    }

    [Test]
    public void Not_through_another_session_of_the_same_account()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.OpenSession(2);
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderRate, 1, windowNs: 1000);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 resting");
        venue.Session = 2;
        venue.Buy(1, 1, 10, "b").Tells("rejected b OrderRateLimit");
    }

    private static EngineHarness WithPositions()
    {
        EngineHarness venue = Open();
        DefineInstrumentBlock block = SoundInstrument(3, EngineHarness.Oil);
        block.Flags = 1;
        venue.Send(block);
        return venue;
    }

    private static NewOrderBlock Oil(Side side, long lots, long price, string id) =>
        Limit(side, lots, price, id) with { InstrumentId = 3 };

    [Test]
    public void Not_by_asking_again_with_the_same_id()
    {
        using EngineHarness venue = Open();
        venue.Limit(RiskLevel.Account, 1, RiskLimitKind.OrderQuantity, 5);
        venue.Buy(1, 6, 10, "a").Tells("rejected a OrderQuantityLimit");
        venue.Buy(1, 6, 10, "a").Tells("rejected a OrderQuantityLimit repeated");
    }
}
