using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "CancelOrder" and "AmendOrder".</summary>
internal sealed class CancelAndAmendScenarios
{
    [Test]
    public void A_cancel_names_the_order_by_engine_id_or_by_client_id_and_echoes_its_own()
    {
        using EngineHarness venue = Open();
        ulong id = venue.Buy(1, 2, 100, "a").Only<OrderAcceptedBlock>().OrderId;
        venue.Buy(1, 3, 100, "b");
        venue.CancelByEngineId(1, id).Tells("canceled a 2@100 Requested");
        OrderCanceledBlock canceled = venue.Cancel(1, "b", requestId: "please").Only<OrderCanceledBlock>();
        Assert.That(canceled.ClientOrderId, Is.EqualTo(Id("please")));
        Assert.That(canceled.OwnerAccountId, Is.EqualTo(1));
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"));
    }

    [Test]
    public void What_does_not_rest_or_is_not_the_accounts_own_is_unknown()
    {
        using EngineHarness venue = Open();
        ulong id = venue.Buy(1, 2, 100, "a").Only<OrderAcceptedBlock>().OrderId;
        venue.Cancel(1, "never").Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(1, id + (1UL << 32)).Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(1, 0).Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(1, ulong.MaxValue).Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(2, id).Tells("refused Cancel UnknownOrder");
        venue.Cancel(2, "a").Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(1, id, OilUsd).Tells("refused Cancel UnknownOrder");
        venue.Cancel(1, "a", OilUsd).Tells("refused Cancel UnknownOrder");
        venue.CancelByEngineId(1, id, GoldUsd).Tells("canceled a 2@100 Requested");
        venue.CancelByEngineId(1, id).Tells("refused Cancel UnknownOrder");
    }

    [Test]
    public void An_old_engine_id_never_reaches_the_order_that_took_its_slot()
    {
        using EngineHarness venue = Open();
        ulong old = venue.Buy(1, 2, 100, "a").Only<OrderAcceptedBlock>().OrderId;
        venue.Cancel(1, "a");
        ulong young = venue.Buy(1, 2, 100, "b").Only<OrderAcceptedBlock>().OrderId;
        Assert.That((uint)young, Is.EqualTo((uint)old), "the same slot");
        venue.CancelByEngineId(1, old).Tells("refused Cancel UnknownOrder");
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "b 2@100" }));
    }

    [Test]
    public void A_filled_order_cannot_be_cancelled()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "a");
        venue.Buy(2, 1, 100, "b");
        venue.Cancel(1, "a").Tells("refused Cancel UnknownOrder");
        venue.Cancel(2, "b").Tells("refused Cancel UnknownOrder");
    }

    [Test]
    public void An_amendment_that_lowers_quantity_keeps_its_place()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "a");
        venue.Sell(1, 5, 100, "b");
        OrderAmendedBlock amended = venue.Amend(1, "a", 3, 100).Tells("amended a 3@100 kept").Only<OrderAmendedBlock>();
        Assert.That(amended.PreviousOpenLots, Is.EqualTo(5));
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "a 3@100", "b 5@100" }));
        Assert.That(venue.Balance(1, Gold), Is.EqualTo("999992/8"));
    }

    [Test]
    public void An_amendment_that_raises_quantity_loses_its_place()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "a");
        venue.Sell(1, 5, 100, "b");
        venue.Amend(1, "a", 6, 100).Tells("amended a 6@100 moved", "rested a 6@100");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "b 5@100", "a 6@100" }));
    }

    [Test]
    public void An_amendment_of_the_price_loses_its_place_even_with_fewer_lots()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "a");
        venue.Sell(1, 5, 101, "b");
        venue.Amend(1, "a", 2, 101).Tells("amended a 2@101 moved", "rested a 2@101");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "b 5@101", "a 2@101" }));
    }

    [Test]
    public void An_amendment_that_crosses_matches()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 2, 105, "m");
        venue.Buy(2, 5, 100, "t");
        venue.Amend(2, "t", 5, 105).Tells(
            "amended t 5@105 moved", "trade 2@105 t>m left 3/0", "rested t 3@105");
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999475/315"));
    }

    [Test]
    public void An_amended_order_that_fills_whole_tells_no_more()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 9, 105, "m");
        venue.Buy(2, 5, 100, "t");
        venue.Amend(2, "t", 5, 110).Tells("amended t 5@110 moved", "trade 5@105 t>m left 0/4");
        venue.Cancel(2, "t").Tells("refused Cancel UnknownOrder");
    }

    [Test]
    public void An_amendment_counts_what_was_filled()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "m");
        venue.Buy(2, 2, 100, "t");
        venue.Amend(1, "m", 2, 100).Tells("refused Amend QuantityBelowFilled");
        venue.Amend(1, "m", 1, 100).Tells("refused Amend QuantityBelowFilled");
        venue.Amend(1, "m", 5, 100).Tells("refused Amend NothingToAmend");
        venue.Amend(1, "m", 4, 100).Tells("amended m 2@100 kept");
        venue.Amend(1, "m", 7, 100).Tells("amended m 5@100 moved", "rested m 5@100");
    }

    [Test]
    public void Lots_that_self_trade_prevention_took_count_as_never_ordered()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 5, 100, "m");
        venue.Enter(1, Limit(Side.Buy, 2, 100, "d") with { SelfTradePrevention = SelfTradePrevention.Decrement });
        venue.Amend(1, "m", 3, 100).Tells("refused Amend NothingToAmend");
        venue.Amend(1, "m", 1, 100).Tells("amended m 1@100 kept");
    }

    [Test]
    public void An_amendment_obeys_the_rules_of_entry()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 5, 100, "a");
        venue.Buy(1, 5, 99, "b");
        venue.Amend(7, "a", 1, 100).Tells("refused Amend UnknownAccount");
        venue.Amend(1, "z", 1, 100).Tells("refused Amend UnknownOrder");
        venue.Amend(1, "a", 1, 100, instrument: OilUsd).Tells("refused Amend UnknownOrder");
        venue.Amend(1, "a", 1, 100, newId: "b").Tells("refused Amend DuplicateClientOrderId");
        venue.Amend(1, "a", 1, 100, newId: "a").Tells("refused Amend DuplicateClientOrderId");
        venue.Amend(1, "a", 1, 100, newId: "no good").Tells("refused Amend InvalidClientOrderId");
        venue.Amend(1, "a", 0, 100).Tells("refused Amend InvalidQuantity");
        venue.Amend(1, "a", 1001, 100).Tells("refused Amend InvalidQuantity");
        venue.Amend(1, "a", 1, 0).Tells("refused Amend InvalidPrice");
        venue.Amend(1, "a", 1, 1001).Tells("refused Amend PriceOutsideBand");
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "a 5@100", "b 5@99" }));
    }

    [Test]
    public void An_amendment_needs_only_the_difference_in_funds()
    {
        using EngineHarness venue = Open();
        venue.Adjust(1, Usd, 600 - Million);
        venue.Buy(1, 5, 100, "a");
        venue.Amend(1, "a", 7, 100).Tells("refused Amend InsufficientFunds");
        venue.Amend(1, "a", 6, 100).Tells("amended a 6@100 moved", "rested a 6@100");
        venue.Amend(1, "a", 3, 200).Tells("amended a 3@200 moved", "rested a 3@200");
        venue.Amend(1, "a", 3, 201).Tells("refused Amend InsufficientFunds");
    }

    [TestCase(PostOnly.Reject)]
    [TestCase(PostOnly.Slide)]
    public void A_post_only_order_cannot_be_amended_into_a_trade(PostOnly postOnly)
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "m");
        venue.Enter(1, Limit(Side.Buy, 1, 98, "p") with { PostOnly = postOnly });
        venue.Amend(1, "p", 1, 100).Tells("refused Amend PostOnlyWouldTrade");
        venue.Amend(1, "p", 1, 99).Tells("amended p 1@99 moved", "rested p 1@99");
    }

    [Test]
    public void An_amended_order_keeps_its_mode_of_self_trade_prevention()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 100, "m");
        venue.Enter(1, Limit(Side.Buy, 1, 99, "t") with { SelfTradePrevention = SelfTradePrevention.CancelNewest });
        venue.Amend(1, "t", 1, 100).Tells("amended t 1@100 moved", "canceled t 1@100 SelfTradePrevention taker");
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"));
    }

    [Test]
    public void An_order_answers_to_every_name_it_was_given()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 5, 100, "a");
        venue.Amend(1, "a", 4, 100, newId: "b").Tells("amended a 4@100 kept");
        venue.Amend(1, "a", 3, 100, newId: "c").Tells("amended a 3@100 kept");
        venue.Buy(1, 5, 100, "a").Tells("accepted a buy 5@100 repeated");
        venue.Buy(1, 4, 100, "b").Tells("rejected b DuplicateClientOrderId");
        venue.Cancel(1, "b").Tells("canceled a 3@100 Requested");
    }

    [Test]
    public void A_refused_amendments_id_is_not_remembered()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 5, 100, "a");
        venue.Amend(1, "a", 5, 100, newId: "b").Tells("refused Amend NothingToAmend");
        venue.Buy(1, 1, 100, "b").Tells("accepted b buy 1@100 resting");
    }

    [Test]
    public void An_amended_order_that_finds_no_price_page_is_cancelled()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxPricePages = 1 });
        venue.Buy(1, 1, 100, "a");
        venue.Buy(1, 1, 101, "b");
        venue.Amend(1, "a", 1, 200).Tells("amended a 1@200 moved", "canceled a 1@200 BookFull taker");
        venue.Amend(1, "b", 1, 200).Tells("amended b 1@200 moved", "rested b 1@200");
    }

    [Test]
    public void An_amended_taker_that_met_too_many_makers_is_cancelled()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 1 });
        venue.Sell(2, 1, 100, "m");
        venue.Buy(1, 2, 99, "t");
        venue.Amend(1, "t", 2, 100).Tells(
            "amended t 2@100 moved", "trade 1@100 t>m left 1/0", "canceled t 1@100 FillLimit taker");
    }

    [Test]
    public void Refusals_of_requests_carry_the_instrument_only_when_the_order_was_found()
    {
        using EngineHarness venue = Open();
        ulong id = venue.Buy(1, 5, 100, "a").Only<OrderAcceptedBlock>().OrderId;
        RequestRejectedBlock found = venue.Amend(1, "a", 5, 100).Only<RequestRejectedBlock>();
        RequestRejectedBlock foreign = venue.CancelByEngineId(2, id).Only<RequestRejectedBlock>();
        Assert.That(found.Envelope.InstrumentId, Is.EqualTo(GoldUsd));
        Assert.That(foreign.Envelope.InstrumentId, Is.Zero);
        Assert.That(foreign.OrderId, Is.EqualTo(id));
    }
}
