using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;
using static HftEngine.Core.Tests.Scenarios.Positions.MarginSteps;

namespace HftEngine.Core.Tests.Scenarios.Positions;

/// <summary>What an order on margin asks for, what its fills pay, and what becomes of an account that loses.</summary>
internal sealed class MarginScenarios
{
    [Test]
    public void An_order_asks_for_the_initial_margin_of_the_worst_case()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Enter(5, Order(Side.Buy, 11, 100, "a")).Tells("rejected a InsufficientMargin");
        venue.Enter(5, Order(Side.Buy, 10, 100, "b")).Tells("accepted b buy 10@100 resting");
        venue.Enter(5, Order(Side.Sell, 10, 100 + 900, "c")).Tells("accepted c sell 10@1000 resting");
        venue.Enter(5, Order(Side.Buy, 1, 100, "d")).Tells("rejected d InsufficientMargin");
        Assert.That(venue.Margin(5), Is.EqualTo("100/0/0 0"));
        Assert.That(venue.Balance(5, Usd), Is.EqualTo("100/0"), "nothing is held");
    }

    [Test]
    public void An_amendment_is_asked_like_a_new_order()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Enter(5, Order(Side.Buy, 5, 100, "a"));
        venue.Amend(5, "a", 11, 100).Tells("refused Amend InsufficientMargin");
        venue.Amend(5, "a", 5, 111).Tells("refused Amend InsufficientMargin");
        venue.Amend(5, "a", 5, 110).Tells("amended a 5@110 moved", "rested a 5@110");
        Assert.That(venue.Margin(5), Is.EqualTo("100/0/0 0"), "50 and what buying at 110 would lose");
    }

    [Test]
    public void An_order_at_a_bad_price_has_to_bring_its_loss()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Enter(1, Order(Side.Sell, 5, 130, "m"));
        venue.Enter(5, Order(Side.Buy, 5, 130, "a")).Tells("rejected a InsufficientMargin");
        venue.Enter(5, Market(Side.Buy, 5, "b") with { InstrumentId = Cfd }).Tells("rejected b InsufficientMargin");
        venue.Enter(5, Market(Side.Buy, 2, "c") with { InstrumentId = Cfd })
            .Tells("accepted c buy 2@market", "trade 2@130 c>m left 0/3");
        Assert.That(venue.Margin(5), Is.EqualTo("20/10/-60 0"));
    }

    [Test]
    public void A_partial_fill_asks_for_no_more_than_the_order_did()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Enter(5, Order(Side.Buy, 10, 100, "a"));
        venue.Enter(1, Order(Side.Sell, 4, 100, "t"));
        Assert.That(venue.Margin(5), Is.EqualTo("100/20/0 0"));
        venue.Enter(5, Order(Side.Sell, 14, 1000, "b")).Tells("accepted b sell 14@1000 resting");
        venue.Enter(5, Order(Side.Sell, 1, 1000, "c")).Tells("rejected c InsufficientMargin");
    }

    [Test]
    public void What_a_close_earns_is_paid_by_clearing_and_what_it_loses_to_clearing()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 1000);
        venue.Deal(5, Side.Buy, 10, 100, "1");
        venue.Deal(5, Side.Sell, 4, 103, "2").Tells(
            "accepted 2 sell 4@103", "trade 4@103 2>m2 left 0/0",
            "Profit 12 of 1: Clearing to -12, 5 to 1012", "Profit 12 of 1: 1 to 999988, Clearing to 0");
        Assert.That(venue.Balance(5, Usd), Is.EqualTo("1012/0"));
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999988/0"));
        Assert.That(venue.Venue(AccountKind.Clearing), Is.EqualTo("0"));
        Assert.That(venue.Balance(5, Usd), Is.EqualTo("1012/0"));
    }

    [Test]
    public void A_loss_beyond_what_is_there_stays_owed()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Deal(5, Side.Buy, 10, 100, "1");
        venue.Enter(1, Order(Side.Buy, 10, 80, "m"));
        venue.Mark(85).Tells("MarkPriceChanged", "liquidating 5 -50/43/85");
        venue.Tick().Tells(
            "accepted  sell 10@1",
            "trade 10@80 >m left 0/0",
            "Profit 100 of 1: 5 to 0, Clearing to 100",
            "Profit 200 of 1: Clearing to -100, 1 to 1000200");
        Assert.That(venue.Margin(5), Is.EqualTo("0/0/-100 -100"));
        venue.Tick();
        venue.Tick().Tells("liquidated 5 Closed -100/0/0");
        Assert.That(venue.Balance(5, Usd), Is.EqualTo("0/0"));
        Assert.That(venue.Venue(AccountKind.Clearing), Is.EqualTo("-100"));
        venue.Adjust(5, Usd, 150);
        venue.Enter(5, Order(Side.Buy, 6, 100, "b")).Tells("rejected b InsufficientMargin");
    }

    [Test]
    public void The_insurance_fund_pays_for_an_account_that_is_protected()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Send(new SetMarginLevelsBlock { Call = 1_500_000, StopOut = 1_000_000, Protected = 1 }, 5).Tells("MarginLevelsChanged");
        venue.Deal(5, Side.Buy, 10, 100, "1");
        venue.Enter(1, Order(Side.Buy, 10, 80, "m"));
        venue.Mark(85).Tells("MarkPriceChanged", "liquidating 5 -50/43/85");
        venue.TickUntilIdle();
        Assert.That(venue.Margin(5), Is.EqualTo("0/0/0 0"));
        Assert.That(venue.Venue(AccountKind.InsuranceFund), Is.EqualTo("-100"));
        Assert.That(venue.Venue(AccountKind.Clearing), Is.EqualTo("0"));
    }

    [Test]
    public void A_debt_takes_other_collateral_before_the_insurance_fund()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Send(new SetCollateralPriceBlock { CurrencyId = Gold, Price = 3 * Par, Haircut = 500_000 });
        venue.Send(new SetMarginLevelsBlock { Call = 1_500_000, StopOut = 1_000_000, Protected = 1 });
        venue.Adjust(5, Gold, 20);
        venue.Deal(5, Side.Buy, 10, 100, "1");
        venue.Enter(1, Order(Side.Buy, 10, 80, "m"));
        venue.Mark(85).Tells("MarkPriceChanged", "liquidating 5 -20/43/85");
        venue.TickUntilIdle();
        Assert.That(venue.Balance(5, Gold), Is.EqualTo("0/0"), "60 dollars' worth");
        Assert.That(venue.Venue(AccountKind.Clearing, Gold), Is.EqualTo("20"));
        Assert.That(venue.Venue(AccountKind.InsuranceFund), Is.EqualTo("-40"));
    }

    [Test]
    public void An_account_is_called_once_and_told_when_it_is_sound_again()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Deal(5, Side.Buy, 10, 100, "1");
        venue.Mark(95).Tells("MarkPriceChanged", "called 5 50/48/95");
        venue.Mark(95).Tells("MarkPriceChanged");
        venue.Mark(99).Tells("MarkPriceChanged", "restored 5 90/50/99");
        venue.Mark(95).Tells("MarkPriceChanged", "called 5 50/48/95");
    }

    [Test]
    public void A_liquidation_cancels_first_and_stops_as_soon_as_equity_is_enough()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 200);
        venue.Deal(5, Side.Buy, 8, 100, "1");
        venue.Deal(5, Side.Sell, 8, 100, "2", Future);
        venue.Enter(5, Order(Side.Buy, 1, 90, "rest"));
        venue.Enter(1, Order(Side.Buy, 20, 79, "m"));
        venue.Mark(79).Tells("MarkPriceChanged", "liquidating 5 32/72/163");
        venue.Enter(5, Order(Side.Sell, 1, 79, "no")).Tells("rejected no AccountInLiquidation");
        venue.Amend(1, "m", 21, 79).Tells("amended m 21@79 moved", "rested m 21@79");
        venue.Tick().Tells("canceled rest 1@90 Liquidation");
        venue.Tick().Tells(
            "accepted  sell 8@1",
            "trade 8@79 >m left 0/13",
            "Profit 168 of 1: 5 to 32, Clearing to 168",
            "Profit 168 of 1: Clearing to 0, 1 to 1000168");
        venue.Tick().Tells();
        venue.Tick().Tells("liquidated 5 Unfilled 32/40/80");
        Assert.That(venue.Margin(5, Future), Is.EqualTo("80/40/0 0"), "nobody sells the future");
    }

    [Test]
    public void The_largest_loss_is_closed_first()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 200);
        venue.Deal(5, Side.Buy, 5, 100, "1");
        venue.Deal(5, Side.Buy, 5, 100, "2", Future);
        venue.Enter(1, Order(Side.Buy, 5, 75, "b1"));
        venue.Enter(1, Order(Side.Buy, 5, 70, "b2", Future));
        venue.Mark(80);
        venue.Mark(75, Future).Tells("MarkPriceChanged", "liquidating 5 -25/39/78");
        venue.Tick().Tells("accepted  sell 5@1", "trade 5@70 >b2 left 0/0");
        venue.Tick().Tells(
            "accepted  sell 5@1",
            "trade 5@75 >b1 left 0/0",
            "Profit 125 of 1: 5 to 75, Clearing to 125",
            "Profit 125 of 1: Clearing to 0, 1 to 1000125");
    }

    [Test]
    public void Nothing_that_margin_needs_can_be_spent_withdrawn_or_transferred()
    {
        using EngineHarness venue = MarginSteps.Open();
        venue.Client(5, 100);
        venue.Deal(5, Side.Buy, 6, 100, "1");
        venue.Adjust(5, Usd, -41).Tells("refused AdjustBalance InsufficientMargin");
        venue.Send(new TransferBlock { Amount = 41, CurrencyId = Usd, ToAccountId = 1 }, 5).Tells("refused Transfer InsufficientMargin");
        venue.Buy(5, 1, 41, "spot").Tells("rejected spot InsufficientMargin");
        venue.Buy(5, 1, 40, "spot2").Tells("accepted spot2 buy 1@40 resting");
        venue.Amend(5, "spot2", 1, 41).Tells("refused Amend InsufficientMargin");
        venue.Enter(5, Market(Side.Buy, 1, "m")).Tells("rejected m NoLiquidity");
        venue.Mark(95);
        venue.Amend(5, "spot2", 1, 39).Tells("amended spot2 1@39 moved", "rested spot2 1@39");
    }

    [Test]
    public void Trading_on_margin_needs_a_mark_and_a_reference_price()
    {
        using EngineHarness venue = EngineHarness.Open(SmallLimits with { MaxBalances = 40 });
        venue.Send(SoundInstrument(Cfd, Gold) with { Kind = InstrumentKind.Fx });
        venue.Enter(1, Order(Side.Buy, 1, 100, "a")).Tells("rejected a NoMarkPrice");
        venue.Mark(100).Tells("MarkPriceChanged");
        venue.Enter(1, Order(Side.Buy, 1, 100, "b")).Tells("rejected b NoCollateralPrice");
        venue.Send(new SetCollateralPriceBlock { CurrencyId = Usd, Price = Par }).Tells("CollateralPriceChanged");
        venue.Enter(1, Order(Side.Buy, 1, 100, "c")).Tells("accepted c buy 1@100 resting");
        Assert.That(venue.Margin(1), Is.EqualTo("100/0/0 0"), "without tiers all of it");
        venue.Mark(50, GoldUsd).Tells("refused SetMarkPrice NotOnMargin");
        venue.Send(new SetMarkPriceBlock { InstrumentId = Cfd, Source = MarkSource.Last }).Tells("refused SetMarkPrice NoMarkPrice");
        venue.Enter(2, Order(Side.Sell, 2, 103, "s"));
        venue.Send(new SetMarkPriceBlock { InstrumentId = Cfd, Source = MarkSource.Mid });
        Assert.That(venue.Pair.Reference.Instruments[Cfd].MarkPrice, Is.EqualTo(101));
    }

    [Test]
    public void Tiers_ask_more_for_the_part_above_their_limit()
    {
        using EngineHarness venue = MarginSteps.Open();
        SetMarginTiersBlock tiers = new()
        {
            InstrumentId = Cfd, Tiers = 3, Limit1 = 1000, Limit2 = 3000,
            Initial1 = 10_000, Initial2 = 20_000, Initial3 = 500_000,
            Maintenance1 = 5_000, Maintenance2 = 10_000, Maintenance3 = 250_000,
        };
        venue.Send(tiers).Tells("MarginTiersChanged");
        venue.Deal(2, Side.Buy, 35, 100, "1");
        Assert.That(venue.Margin(2), Is.EqualTo("300/150/0 0"), "10 + 40 + 250 and half of that");
        venue.Send(tiers with { Limit2 = 999 }).Tells("refused SetMarginTiers InvalidDefinition");
        venue.Send(tiers with { Maintenance1 = 10_001 }).Tells("refused SetMarginTiers InvalidDefinition");
    }
}
