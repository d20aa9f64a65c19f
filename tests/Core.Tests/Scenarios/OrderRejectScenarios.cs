using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "NewOrder": each check, and that the first one that fails names the reason.</summary>
internal sealed class OrderRejectScenarios
{
    [Test]
    public void An_account_that_is_not_open_is_unknown()
    {
        using EngineHarness venue = Open();
        venue.Buy(7, 1, 100, "a").Tells("rejected a UnknownAccount");
        venue.Buy(0, 1, 100, "a").Tells("rejected a UnknownAccount");
        venue.Buy(uint.MaxValue, 1, 100, "a").Tells("rejected a UnknownAccount");
    }

    [Test]
    public void A_firm_may_only_use_its_own_accounts()
    {
        using EngineHarness venue = Open();
        venue.Firm = 2;
        venue.Buy(1, 1, 100, "a").Tells("rejected a AccountNotOfFirm");
        venue.Buy(3, 1, 100, "b").Tells("accepted b buy 1@100 resting");
        venue.Cancel(1, "a").Tells("refused Cancel AccountNotOfFirm");
        venue.Amend(1, "a", 1, 1).Tells("refused Amend AccountNotOfFirm");
        venue.MassCancel(default, account: 1).Tells("refused MassCancel AccountNotOfFirm");
        venue.Adjust(1, Usd, 1).Tells("refused AdjustBalance AccountNotOfFirm");
    }

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("tab\t")]
    [TestCase("high\u00ff")]
    [TestCase("\0first")]
    [TestCase("gap\0gap")]
    public void A_client_order_id_is_printable_ASCII_padded_with_zeros(string id)
    {
        using EngineHarness venue = Open();
        OrderRejectedBlock rejected = venue.Buy(1, 1, 100, id).Only<OrderRejectedBlock>();
        Assert.That(rejected.Reason, Is.EqualTo(RejectReason.InvalidClientOrderId));
        Assert.That(rejected.ClientOrderId, Is.EqualTo(Id(id)), "told as received");
    }

    [Test]
    public void A_client_order_id_may_fill_all_its_characters()
    {
        using EngineHarness venue = Open();
        string id = new('~', 35);
        venue.Buy(1, 1, 100, "!" + id).Tells($"accepted !{id} buy 1@100 resting");
    }

    [Test]
    public void An_instrument_that_is_not_defined_is_unknown_and_told_apart_in_the_envelope()
    {
        using EngineHarness venue = Open();
        NewOrderBlock order = Limit(Side.Buy, 1, 100, "a");
        order.InstrumentId = 7;
        Answer answer = venue.Enter(1, order).Tells("rejected a UnknownInstrument");
        Assert.That(answer.Only<OrderRejectedBlock>().RequestedInstrumentId, Is.EqualTo(7));
        Assert.That(answer.Only<OrderRejectedBlock>().Envelope.InstrumentId, Is.Zero);
    }

    [Test]
    public void A_halted_instrument_takes_cancels_only()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 2, 100, "a");
        venue.Halt();
        Answer answer = venue.Buy(1, 1, 100, "b").Tells("rejected b InstrumentHalted");
        Assert.That(answer.Only<OrderRejectedBlock>().Envelope.InstrumentId, Is.EqualTo(GoldUsd));
        venue.Amend(1, "a", 1, 100).Tells("refused Amend InstrumentHalted");
        venue.Cancel(1, "a").Tells("canceled a 2@100 Requested");
        venue.Resume();
        venue.Buy(1, 1, 100, "c").Tells("accepted c buy 1@100 resting");
    }

    [Test]
    public void Every_term_of_an_order_has_its_own_reason()
    {
        using EngineHarness venue = Open();
        NewOrderBlock sound = Limit(Side.Buy, 1, 100, "x");
        Require(venue, sound with { Side = (Side)2 }, RejectReason.InvalidSide);
        Require(venue, sound with { OrderType = (OrderType)2 }, RejectReason.InvalidOrderType);
        Require(venue, sound with { TimeInForce = (TimeInForce)3 }, RejectReason.InvalidTimeInForce);
        Require(venue, sound with { PostOnly = (PostOnly)3 }, RejectReason.InvalidPostOnly);
        Require(
            venue,
            sound with { SelfTradePrevention = (SelfTradePrevention)5 },
            RejectReason.InvalidSelfTradePrevention);
    }

    [Test]
    public void A_market_order_cannot_be_good_till_cancel()
    {
        using EngineHarness venue = Open();
        NewOrderBlock order = Market(Side.Buy, 1, "x") with { TimeInForce = TimeInForce.GoodTillCancel };
        Require(venue, order, RejectReason.InvalidTimeInForce);
    }

    [TestCase(PostOnly.Reject)]
    [TestCase(PostOnly.Slide)]
    public void Post_only_needs_an_order_that_can_rest(PostOnly postOnly)
    {
        using EngineHarness venue = Open();
        NewOrderBlock order = Limit(Side.Buy, 1, 100, "x") with { PostOnly = postOnly };
        Require(venue, order with { TimeInForce = TimeInForce.ImmediateOrCancel }, RejectReason.InvalidPostOnly);
        Require(venue, order with { TimeInForce = TimeInForce.FillOrKill }, RejectReason.InvalidPostOnly);
        Require(venue, Market(Side.Buy, 1, "x") with { PostOnly = postOnly }, RejectReason.InvalidPostOnly);
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(1001)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public void A_quantity_lies_between_one_and_the_instruments_maximum(long lots)
    {
        using EngineHarness venue = Open();
        Require(venue, Limit(Side.Buy, lots, 100, "x"), RejectReason.InvalidQuantity);
    }

    [TestCase(0, RejectReason.InvalidPrice)]
    [TestCase(-1, RejectReason.InvalidPrice)]
    [TestCase(long.MinValue, RejectReason.InvalidPrice)]
    [TestCase(1001, RejectReason.PriceOutsideBand)]
    [TestCase(long.MaxValue, RejectReason.PriceOutsideBand)]
    public void A_price_is_positive_and_within_the_band(long price, RejectReason reason)
    {
        using EngineHarness venue = Open();
        Require(venue, Limit(Side.Buy, 1, price, "x"), reason);
    }

    [TestCase(0, RejectReason.None)]
    [TestCase(-100, RejectReason.None)]
    [TestCase(-101, RejectReason.PriceOutsideBand)]
    [TestCase(101, RejectReason.PriceOutsideBand)]
    public void Where_negative_prices_are_allowed_only_the_band_limits_them(long price, RejectReason reason)
    {
        using EngineHarness venue = Open();
        NewOrderBlock order = Limit(Side.Buy, 1, price, "x") with { InstrumentId = OilUsd };
        Answer answer = venue.Enter(1, order);
        Assert.That(
            reason == RejectReason.None ? RejectReason.None : answer.Only<OrderRejectedBlock>().Reason,
            Is.EqualTo(reason));
    }

    [Test]
    public void A_notional_that_does_not_fit_in_64_bits_is_rejected_and_never_wraps()
    {
        using EngineHarness venue = Open();
        DefineInstrumentBlock huge = SoundInstrument(3, Gold) with
        {
            MaxPrice = long.MaxValue, MaxQuantity = long.MaxValue, TickMantissa = 3,
        };
        venue.Send(huge).Tells("InstrumentDefined");
        NewOrderBlock order = Limit(Side.Buy, 1L << 32, 1L << 31, "x") with { InstrumentId = 3 };
        Require(venue, order, RejectReason.NotionalOverflow);
        order = Limit(Side.Buy, long.MaxValue, long.MaxValue, "y") with { InstrumentId = 3 };
        Require(venue, order, RejectReason.NotionalOverflow);
        order = Limit(Side.Buy, 1, long.MaxValue / 3, "z") with { InstrumentId = 3 };
        Require(venue, order, RejectReason.InsufficientFunds);
    }

    [Test]
    public void A_market_order_whose_costs_do_not_fit_in_64_bits_together_is_rejected()
    {
        using EngineHarness venue = Open();
        venue.Send(SoundInstrument(3, Gold) with { MaxPrice = long.MaxValue });
        foreach (string id in (string[])["a", "b", "c"])
        {
            venue.Enter(1, Limit(Side.Sell, 1, 1L << 62, id) with { InstrumentId = 3 });
        }

        venue.Enter(2, Market(Side.Buy, 1, "one") with { InstrumentId = 3 }).Tells("rejected one InsufficientFunds");
        venue.Enter(2, Market(Side.Buy, 3, "all") with { InstrumentId = 3 }).Tells("rejected all NotionalOverflow");
    }

    [Test]
    public void A_market_order_needs_somebody_on_the_other_side()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 100, "same side");
        venue.Enter(2, Market(Side.Buy, 1, "t")).Tells("rejected t NoLiquidity");
    }

    [Test]
    public void A_full_book_is_a_reject_for_takers_too()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxOrders = 2 });
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 100, "b");
        NewOrderBlock taker = Limit(Side.Buy, 1, 100, "t") with { TimeInForce = TimeInForce.ImmediateOrCancel };
        venue.Enter(2, taker).Tells("rejected t BookFull");
        venue.Cancel(1, "a");
        taker.ClientOrderId = Id("u");
        venue.Enter(2, taker).Tells("accepted u buy 1@100", "trade 1@100 u>b left 0/0");
    }

    [Test]
    public void A_full_table_of_price_pages_rejects_new_pages_and_takes_orders_in_used_ones()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxPricePages = 2 });
        venue.Buy(1, 1, 16, "a");
        venue.Buy(1, 1, 32, "b");
        venue.Buy(1, 1, 48, "c").Tells("rejected c BookFull");
        venue.Sell(1, 1, 49, "d").Tells("rejected d BookFull");
        venue.Buy(1, 1, 31, "e").Tells("accepted e buy 1@31 resting");
        venue.Cancel(1, "b");
        venue.Buy(1, 1, 48, "f").Tells("accepted f buy 1@48 resting");
    }

    [Test]
    public void A_remainder_that_finds_no_price_page_is_cancelled()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxPricePages = 2 });
        venue.Sell(1, 1, 100, "a");
        venue.Sell(1, 1, 200, "b");
        venue.Sell(1, 1, 100, "c");
        venue.Buy(2, 3, 100, "t").Tells(
            "accepted t buy 3@100",
            "trade 1@100 t>a left 2/0",
            "trade 1@100 t>c left 1/0",
            "rested t 1@100");
        venue.Sell(1, 1, 101, "d").Tells("rejected d BookFull");
        venue.Sell(3, 2, 100, "e").Tells("accepted e sell 2@100", "trade 1@100 e>t left 1/0", "rested e 1@100");
        venue.Buy(2, 1, 50, "f").Tells("rejected f BookFull");
        venue.Buy(2, 2, 150, "g").Tells("accepted g buy 2@150", "trade 1@100 g>e left 1/0", "rested g 1@150");
    }

    [Test]
    public void A_remainder_with_its_page_taken_by_others_is_cancelled_as_book_full()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxPricePages = 1 });
        venue.Sell(1, 5, 100, "a");
        venue.Sell(1, 5, 101, "b");
        venue.Buy(2, 6, 100, "t").Tells(
            "accepted t buy 6@100", "trade 5@100 t>a left 1/0", "canceled t 1@100 BookFull taker");
        Assert.That(venue.Balance(2, Usd), Is.EqualTo("999500/0"));
    }

    [Test]
    public void Only_so_many_pairs_of_session_and_account_can_have_rested_orders()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxOwners = 2 });
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Cancel(2, "b");
        venue.Buy(3, 1, 10, "c").Tells("rejected c OwnersFull");
        venue.Buy(2, 1, 10, "d").Tells("accepted d buy 1@10 resting");
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "e").Tells("rejected e OwnersFull");
        venue.Sell(1, 2, 10, "f").Tells(
            "accepted f sell 2@10", "trade 1@10 f>a left 1/0", "trade 1@10 f>d left 0/0");
    }

    [Test]
    public void Funds_are_needed_whole_at_entry()
    {
        using EngineHarness venue = Open();
        venue.Adjust(1, Usd, 500 - Million);
        venue.Buy(1, 5, 100, "a").Tells("accepted a buy 5@100 resting");
        venue.Buy(1, 1, 1, "b").Tells("rejected b InsufficientFunds");
        venue.Cancel(1, "a");
        venue.Buy(1, 1, 1, "c").Tells("accepted c buy 1@1 resting");
        venue.Adjust(1, Gold, 2 - Million);
        venue.Sell(1, 3, 100, "d").Tells("rejected d InsufficientFunds");
        venue.Sell(1, 2, 100, "e").Tells("accepted e sell 2@100 resting");
    }

    [Test]
    public void An_order_needs_room_for_the_balances_it_may_fill()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxBalances = 10 });
        venue.OpenAccount(4, firm: 0);
        venue.Adjust(4, Usd, 100).Tells("adjusted by 100 to 100/0");
        venue.Adjust(4, Gold, 100).Tells("refused AdjustBalance CapacityExceeded");
        venue.Buy(4, 1, 100, "a").Tells("rejected a CapacityExceeded");
        venue.Adjust(4, Usd, -100).Tells("adjusted by -100 to 0/0");
        venue.Buy(4, 1, 100, "b").Tells("rejected b InsufficientFunds");
    }

    [Test]
    public void The_first_check_that_fails_names_the_reason()
    {
        using EngineHarness venue = Open();
        NewOrderBlock wrong = Limit((Side)9, 0, -5, "");
        wrong.OrderType = (OrderType)9;
        wrong.InstrumentId = 7;
        Require(venue, wrong, RejectReason.InvalidClientOrderId);
        wrong.ClientOrderId = Id("a");
        Require(venue, wrong, RejectReason.UnknownInstrument);
        wrong.InstrumentId = GoldUsd;
        wrong.ClientOrderId = Id("b");
        Require(venue, wrong, RejectReason.InvalidSide);
        wrong.Side = Side.Buy;
        wrong.ClientOrderId = Id("c");
        Require(venue, wrong, RejectReason.InvalidOrderType);
        wrong.OrderType = OrderType.Limit;
        wrong.ClientOrderId = Id("d");
        Require(venue, wrong, RejectReason.InvalidQuantity);
        wrong.Quantity = 1;
        wrong.ClientOrderId = Id("e");
        Require(venue, wrong, RejectReason.InvalidPrice);
    }

    private static int s_serial;

    private static void Require(EngineHarness venue, NewOrderBlock order, RejectReason reason)
    {
        // Rejects are remembered under their id, so each order that has a sound one gets its own.
        if (order.ClientOrderId == Id("x"))
        {
            order.ClientOrderId = Id($"x{++s_serial}");
        }

        OrderRejectedBlock rejected = venue.Enter(1, order).Only<OrderRejectedBlock>();
        Assert.That(rejected.Reason, Is.EqualTo(reason));
        Assert.That(rejected.Price, Is.EqualTo(order.Price));
        Assert.That(rejected.Quantity, Is.EqualTo(order.Quantity));
        Assert.That(rejected.Side, Is.EqualTo(order.Side));
    }
}
