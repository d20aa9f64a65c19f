using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Client order ids", and ids that the engine gives.</summary>
internal sealed class ClientOrderIdScenarios
{
    [Test]
    public void The_same_order_again_gets_the_earlier_outcome_and_changes_nothing()
    {
        using EngineHarness venue = Open();
        ulong id = venue.Buy(1, 5, 100, "a").Only<OrderAcceptedBlock>().OrderId;
        Answer again = venue.Buy(1, 5, 100, "a").Tells("accepted a buy 5@100 repeated");
        Assert.That(again.Only<OrderAcceptedBlock>().OrderId, Is.EqualTo(id));
        Assert.That(again.Only<OrderAcceptedBlock>().Envelope.InstrumentSequence, Is.Zero);
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "a 5@100" }));
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("999500/500"));
    }

    [Test]
    public void The_same_id_with_other_content_is_a_duplicate_before_anything_matches()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 5, 100, "m");
        venue.Buy(1, 1, 99, "a");
        venue.Buy(1, 1, 100, "a").Tells("rejected a DuplicateClientOrderId");
        venue.Buy(1, 1, 99, "a").Tells("accepted a buy 1@99 repeated");
        Assert.That(venue.Book(Side.Sell), Is.EqualTo(new[] { "m 5@100" }));
    }

    [Test]
    public void A_reject_is_told_again_even_when_its_cause_is_gone()
    {
        using EngineHarness venue = Open();
        venue.Halt();
        venue.Buy(1, 1, 100, "a").Tells("rejected a InstrumentHalted");
        venue.Resume();
        venue.Buy(1, 1, 100, "a").Tells("rejected a InstrumentHalted repeated");
        venue.Buy(1, 2, 100, "a").Tells("rejected a DuplicateClientOrderId");
    }

    [Test]
    public void Ids_of_different_accounts_do_not_meet()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 100, "a").Tells("accepted a buy 1@100 resting");
        venue.Buy(2, 2, 99, "a").Tells("accepted a buy 2@99 resting");
        venue.Cancel(2, "a").Tells("canceled a 2@99 Requested");
    }

    [Test]
    public void A_slid_order_is_told_again_with_the_price_as_received()
    {
        using EngineHarness venue = Open();
        venue.Sell(2, 1, 100, "m");
        NewOrderBlock order = Limit(Side.Buy, 1, 150, "p") with { PostOnly = PostOnly.Slide };
        venue.Enter(1, order).Tells("accepted p buy 1@99 resting");
        venue.Enter(1, order).Tells("accepted p buy 1@150 repeated");
    }

    [Test]
    public void An_id_outlives_its_order_within_the_window()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 100, "a");
        venue.Cancel(1, "a");
        venue.Buy(1, 1, 100, "a").Tells("accepted a buy 1@100 repeated");
        venue.Cancel(1, "a").Tells("refused Cancel UnknownOrder");
    }

    [Test]
    public void The_window_forgets_the_oldest_id_unless_its_order_rests()
    {
        using EngineHarness venue = Open(SmallLimits with { ClientIdWindow = 2 });
        venue.Buy(1, 1, 10, "rests");
        venue.Buy(1, 1, 11, "gone");
        venue.Cancel(1, "gone");
        venue.Buy(1, 1, 12, "c");
        venue.Buy(1, 1, 10, "rests").Tells("accepted rests buy 1@10 repeated");
        venue.Buy(1, 1, 11, "gone").Tells("accepted gone buy 1@11 repeated");
        venue.Buy(1, 1, 13, "d");
        venue.Buy(1, 1, 11, "gone").Tells("accepted gone buy 1@11 resting");
        venue.Cancel(1, "rests").Tells("canceled rests 1@10 Requested");
        venue.Buy(1, 1, 10, "rests").Tells("accepted rests buy 1@10 resting");
    }

    [Test]
    public void Repeats_do_not_move_the_window()
    {
        using EngineHarness venue = Open(SmallLimits with { ClientIdWindow = 2 });
        venue.Buy(1, 2000, 10, "a").Tells("rejected a InvalidQuantity");
        for (int i = 0; i < 3; i++)
        {
            venue.Buy(1, 2000, 10, "a").Tells("rejected a InvalidQuantity repeated");
        }

        venue.Buy(1, 2000, 10, "b");
        venue.Buy(1, 2000, 10, "a").Tells("rejected a InvalidQuantity repeated");
        venue.Buy(1, 2000, 10, "c");
        venue.Buy(1, 2000, 10, "a").Tells("rejected a InvalidQuantity");
    }

    [Test]
    public void A_full_table_of_ids_rejects_and_remembers_nothing()
    {
        using EngineHarness venue = Open(SmallLimits with { ClientIdWindow = 2, MaxClientIds = 3 });
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 10, "b");
        venue.Buy(2, 1, 10, "c");
        venue.Buy(2, 1, 10, "d").Tells("rejected d ClientOrderIdsFull");
        venue.Buy(2, 1, 10, "d").Tells("rejected d ClientOrderIdsFull");
        venue.Buy(1, 1, 10, "e").Tells("rejected e ClientOrderIdsFull");
        venue.Cancel(1, "a");
        venue.Buy(1, 1, 10, "e").Tells("accepted e buy 1@10 resting");
        venue.Buy(2, 1, 10, "d").Tells("rejected d ClientOrderIdsFull");
    }

    [Test]
    public void A_reject_that_finds_the_table_full_is_told_and_not_remembered()
    {
        using EngineHarness venue = Open(SmallLimits with { ClientIdWindow = 2, MaxClientIds = 2 });
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 10, "b");
        venue.Buy(2, 0, 10, "c").Tells("rejected c InvalidQuantity");
        venue.Buy(2, 0, 10, "c").Tells("rejected c InvalidQuantity");
    }

    [Test]
    public void Engine_ids_name_slot_and_generation_and_never_repeat()
    {
        using EngineHarness venue = Open();
        Assert.That(IdOf(venue.Buy(1, 1, 10, "a")), Is.EqualTo((1UL << 32) | 1));
        Assert.That(IdOf(venue.Buy(1, 1, 10, "b")), Is.EqualTo((1UL << 32) | 2));
        Assert.That(IdOf(venue.Buy(1, 1, 10, "c")), Is.EqualTo((1UL << 32) | 3));
        venue.Cancel(1, "a");
        venue.Cancel(1, "c");
        Assert.That(IdOf(venue.Buy(1, 1, 10, "d")), Is.EqualTo((2UL << 32) | 3), "the slot that came back last");
        Assert.That(IdOf(venue.Buy(1, 1, 10, "e")), Is.EqualTo((2UL << 32) | 1));
        Assert.That(IdOf(venue.Buy(1, 1, 10, "f")), Is.EqualTo((1UL << 32) | 4));
    }

    [Test]
    public void A_slot_returns_from_the_maker_before_the_taker()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 10, "maker");
        Assert.That(IdOf(venue.Buy(2, 1, 10, "taker")), Is.EqualTo((1UL << 32) | 2));
        Assert.That(IdOf(venue.Buy(1, 1, 9, "next")), Is.EqualTo((2UL << 32) | 2));
        Assert.That(IdOf(venue.Buy(1, 1, 9, "last")), Is.EqualTo((2UL << 32) | 1));
    }

    [Test]
    public void Trade_ids_count_over_all_instruments()
    {
        using EngineHarness venue = Open();
        venue.Sell(1, 1, 10, "a");
        Assert.That(venue.Buy(2, 1, 10, "b").Only<TradeBlock>().TradeId, Is.EqualTo(1));
        venue.Enter(1, Limit(Side.Sell, 1, 10, "c") with { InstrumentId = OilUsd });
        Answer answer = venue.Enter(2, Limit(Side.Buy, 1, 10, "d") with { InstrumentId = OilUsd });
        Assert.That(answer.Only<TradeBlock>().TradeId, Is.EqualTo(2));
    }

    private static ulong IdOf(Answer answer) => answer.Only<OrderAcceptedBlock>().OrderId;
}
