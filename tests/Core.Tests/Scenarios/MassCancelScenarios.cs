using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "MassCancel" and "Sessions".</summary>
internal sealed class MassCancelScenarios
{
    [Test]
    public void An_accounts_mass_cancel_takes_its_orders_and_no_others()
    {
        using EngineHarness venue = Mixed();
        Answer answer = venue.MassCancel(new MassCancelBlock { ClientOrderId = Id("mc") }, account: 1).TellsInAnyOrder(
            "canceled b1 1@10 MassCancel", "canceled s1 1@20 MassCancel", "canceled o1 1@5 MassCancel", "done 3 MassCancel");
        Assert.That(answer.All<OrderCanceledBlock>().Select(c => c.ClientOrderId), Is.All.EqualTo(Id("mc")));
        Assert.That(answer.Only<MassCancelDoneBlock>().ClientOrderId, Is.EqualTo(Id("mc")));
        Assert.That(answer.Only<MassCancelDoneBlock>().RequestSequence, Is.EqualTo(venue.Pair.Sequence));
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "b2 1@10" }));
    }

    [Test]
    public void Filters_by_instrument_and_side_hold_together()
    {
        using EngineHarness venue = Mixed();
        venue.MassCancel(new MassCancelBlock { InstrumentId = GoldUsd, SideFilter = SideFilter.Sell }).TellsInAnyOrder(
            "canceled s1 1@20 MassCancel", "done 1 MassCancel");
        venue.MassCancel(new MassCancelBlock { SideFilter = SideFilter.Buy, TargetAccountId = 2 }).TellsInAnyOrder(
            "canceled b2 1@10 MassCancel", "done 1 MassCancel");
        venue.MassCancel(new MassCancelBlock { InstrumentId = OilUsd, SideFilter = SideFilter.Sell }).TellsInAnyOrder(
            "done 0 MassCancel");
    }

    [Test]
    public void The_venue_itself_can_cancel_everything()
    {
        using EngineHarness venue = Mixed();
        Assert.That(venue.MassCancel(default).Only<MassCancelDoneBlock>().CanceledOrders, Is.EqualTo(4));
        Assert.That(venue.Balance(1, Usd), Is.EqualTo("1000000/0"));
    }

    [Test]
    public void A_sessions_mass_cancel_under_an_account_spares_other_accounts()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Session = 0;
        venue.Buy(1, 1, 10, "c");
        venue.MassCancel(new MassCancelBlock { TargetSessionId = 1 }, account: 1).Tells(
            "canceled a 1@10 MassCancel", "done 1 MassCancel");
        venue.MassCancel(new MassCancelBlock { TargetSessionId = 1 }).Tells(
            "canceled b 1@10 MassCancel", "done 1 MassCancel");
    }

    [Test]
    public void A_mass_cancel_that_names_what_is_not_there_is_refused()
    {
        using EngineHarness venue = Mixed();
        venue.MassCancel(default, account: 7).Tells("refused MassCancel UnknownAccount");
        venue.MassCancel(new MassCancelBlock { TargetAccountId = 2 }, account: 1).Tells("refused MassCancel UnknownAccount");
        venue.MassCancel(new MassCancelBlock { TargetAccountId = 7 }).Tells("refused MassCancel UnknownAccount");
        venue.MassCancel(new MassCancelBlock { TargetSessionId = 8 }).Tells("refused MassCancel UnknownSession");
        venue.MassCancel(new MassCancelBlock { InstrumentId = 3 }).Tells("refused MassCancel UnknownInstrument");
        venue.MassCancel(new MassCancelBlock { SideFilter = (SideFilter)3 }).Tells("refused MassCancel MalformedCommand");
    }

    [Test]
    public void A_long_mass_cancel_goes_on_with_ticks_and_counts_them_all()
    {
        using EngineHarness venue = Many(5, perCommand: 2);
        Answer first = venue.MassCancel(new MassCancelBlock { ClientOrderId = Id("mc") }, account: 1);
        Assert.That(first.Events, Has.Count.EqualTo(2));
        ulong request = venue.Pair.Sequence;
        Assert.That(venue.Pair.Reference.NextDeadlineNs, Is.EqualTo(venue.Pair.Reference.LastTimestampNs));
        Assert.That(venue.Tick().All<OrderCanceledBlock>(), Has.Length.EqualTo(2));
        MassCancelDoneBlock done = venue.Tick().Only<MassCancelDoneBlock>();
        Assert.That(done.CanceledOrders, Is.EqualTo(5));
        Assert.That(done.RequestSequence, Is.EqualTo(request));
        Assert.That(done.ClientOrderId, Is.EqualTo(Id("mc")));
        Assert.That(venue.Pair.Reference.NextDeadlineNs, Is.EqualTo(long.MaxValue));
        venue.Tick().Tells();
    }

    [Test]
    public void A_mass_cancel_that_ends_exactly_at_the_limit_is_done_at_once()
    {
        using EngineHarness venue = Many(2, perCommand: 2);
        Answer answer = venue.MassCancel(default, account: 1);
        Assert.That(answer.Only<MassCancelDoneBlock>().CanceledOrders, Is.EqualTo(2));
    }

    [Test]
    public void Orders_entered_after_the_request_are_spared()
    {
        using EngineHarness venue = Many(3, perCommand: 2);
        venue.MassCancel(default, account: 1);
        venue.Buy(1, 1, 10, "late");
        Assert.That(venue.Tick().Only<MassCancelDoneBlock>().CanceledOrders, Is.EqualTo(3));
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "late 1@10" }));
    }

    [Test]
    public void An_amendment_does_not_make_an_order_younger()
    {
        using EngineHarness venue = Many(3, perCommand: 2);
        venue.MassCancel(default, account: 1);
        string left = venue.Book(Side.Buy).Single().Split(' ')[0];
        venue.Amend(1, left, 1, 11).Tells($"amended {left} 1@11 moved", $"rested {left} 1@11");
        Assert.That(venue.Tick().Only<MassCancelDoneBlock>().CanceledOrders, Is.EqualTo(3));
    }

    [Test]
    public void What_dies_otherwise_while_a_mass_cancel_waits_is_not_counted()
    {
        using EngineHarness venue = Many(4, perCommand: 2);
        venue.MassCancel(default, account: 1);
        venue.Sell(2, 1, 10, "t");
        Assert.That(venue.Tick().Only<MassCancelDoneBlock>().CanceledOrders, Is.EqualTo(3));
    }

    [Test]
    public void A_second_mass_cancel_starts_at_once_and_the_first_still_ends()
    {
        using EngineHarness venue = Many(5, perCommand: 1);
        venue.MassCancel(default, account: 1);
        venue.MassCancel(default, account: 1);
        Assert.That(venue.Book(Side.Buy), Has.Length.EqualTo(3));
        venue.Tick();
        venue.Tick();
        MassCancelDoneBlock[] done = venue.Tick().All<MassCancelDoneBlock>();
        Assert.That(done.Select(d => d.CanceledOrders), Is.EqualTo(new[] { 4UL, 1UL }));
    }

    [Test]
    public void No_more_than_a_limited_number_of_long_cancels_can_wait()
    {
        using EngineHarness venue = Many(12, perCommand: 1);
        venue.OpenSession(1);
        for (uint i = 0; i < venue.Limits.MaxJobs; i++)
        {
            venue.MassCancel(default, account: 1);
        }

        venue.MassCancel(default, account: 2).Tells("refused MassCancel CapacityExceeded");
        venue.CloseSession(1).Tells("refused CloseSession CapacityExceeded");
        venue.Send(default(VenueRestartedBlock)).Tells("refused VenueRestarted CapacityExceeded");
        venue.Send(new GatewayLostBlock { LostGatewayId = 1 }).Tells("refused GatewayLost CapacityExceeded");
        venue.TickUntilIdle();
        Assert.That(venue.Book(Side.Buy), Is.Empty);
        venue.CloseSession(1).Tells("closed session 1", "done 0 Disconnect");
    }

    [Test]
    public void A_session_that_is_closed_again_while_its_orders_still_wait_loses_them_all_the_same()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 1 });
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.Buy(1, 1, 11, "b");
        venue.Session = 0;
        venue.Send(new GatewayLostBlock { LostGatewayId = 1 });
        venue.OpenSession(1, DisconnectPolicy.KeepOrders);
        venue.Send(new GatewayLostBlock { LostGatewayId = 1 });
        venue.TickUntilIdle();
        Assert.That(venue.Book(Side.Buy), Is.Empty);
    }

    [Test]
    public void Closing_a_session_cancels_its_orders_when_its_policy_says_so()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1, DisconnectPolicy.CancelOrders);
        venue.OpenSession(2, DisconnectPolicy.KeepOrders);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Session = 2;
        venue.Buy(1, 1, 10, "c");
        venue.Session = 0;
        venue.CloseSession(1).TellsInAnyOrder(
            "closed session 1", "canceled a 1@10 Disconnect", "canceled b 1@10 Disconnect", "done 2 Disconnect");
        venue.CloseSession(2).Tells("closed session 2");
        venue.CloseSession(2).Tells("refused CloseSession UnknownSession");
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "c 1@10" }));
    }

    [Test]
    public void A_lost_gateway_closes_the_sessions_that_it_carried()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(3, DisconnectPolicy.CancelOrders, gateway: 2);
        venue.OpenSession(1, DisconnectPolicy.KeepOrders, gateway: 2);
        venue.OpenSession(2, DisconnectPolicy.CancelOrders, gateway: 3);
        venue.Session = 3;
        venue.Buy(1, 1, 10, "a");
        venue.Session = 0;
        venue.Send(new GatewayLostBlock { LostGatewayId = 2 }).Tells(
            "closed session 1", "closed session 3", "canceled a 1@10 Disconnect", "closed gateway 2 with 2");
        venue.Send(new GatewayLostBlock { LostGatewayId = 2 }).Tells("closed gateway 2 with 0");
    }

    [Test]
    public void A_lost_gateway_with_many_orders_is_closed_when_the_last_is_cancelled()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 2 });
        venue.OpenSession(1);
        venue.Session = 1;
        foreach (string id in (string[])["a", "b", "c"])
        {
            venue.Buy(1, 1, 10, id);
        }

        venue.Session = 0;
        Assert.That(venue.Send(new GatewayLostBlock { LostGatewayId = 1 }).Events, Has.Count.EqualTo(3));
        GatewayClosedBlock closed = venue.Tick().Only<GatewayClosedBlock>();
        Assert.That(closed.ClosedSessions, Is.EqualTo(1));
        Assert.That(closed.LostGatewayId, Is.EqualTo(1));
    }

    [Test]
    public void A_restarted_venue_closes_every_session_and_resumes_at_the_end()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(2, gateway: 2);
        venue.OpenSession(1, DisconnectPolicy.KeepOrders, gateway: 1);
        venue.Session = 2;
        venue.Buy(1, 1, 10, "a");
        venue.Session = 0;
        venue.Send(default(VenueRestartedBlock)).Tells(
            "closed session 1", "closed session 2", "canceled a 1@10 Disconnect", "VenueResumed");
    }

    [Test]
    public void Order_requests_need_an_open_session_and_rising_numbers()
    {
        using EngineHarness venue = Open();
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a").Tells("refused NewOrder UnknownSession");
        venue.Session = 99;
        venue.Cancel(1, "a").Tells("refused CancelOrder UnknownSession");
        venue.Session = 0;
        venue.OpenSession(1).Tells("opened session 1 last 0");
        venue.Session = 1;
        venue.SessionSequence = 5;
        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 resting");
        venue.Buy(1, 1, 10, "b").Tells("refused NewOrder Duplicate");
        venue.SessionSequence = 4;
        venue.Amend(1, "a", 1, 11).Tells("refused AmendOrder Duplicate");
        venue.SessionSequence = 6;
        venue.Buy(1, 0, 10, "c").Tells("rejected c InvalidQuantity");
        venue.Cancel(1, "a").Tells("refused CancelOrder Duplicate");
        venue.SessionSequence = 0;
        venue.Cancel(1, "a").Tells("canceled a 1@10 Requested");
        venue.CloseSession(1);
        venue.OpenSession(1).Tells("opened session 1 last 6");
    }

    [Test]
    public void A_session_outside_the_limits_cannot_be_opened()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(0).Tells("refused OpenSession UnknownSession");
        venue.OpenSession(8).Tells("refused OpenSession UnknownSession");
        venue.OpenSession(uint.MaxValue).Tells("refused OpenSession UnknownSession");
        venue.OpenSession(7, (DisconnectPolicy)2).Tells("refused OpenSession MalformedCommand");
        venue.OpenSession(7).Tells("opened session 7 last 0");
    }

    [Test]
    public void Opening_an_open_session_takes_over_gateway_and_policy()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1, DisconnectPolicy.CancelOrders, gateway: 2);
        venue.OpenSession(1, DisconnectPolicy.KeepOrders, gateway: 3);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.Session = 0;
        venue.Send(new GatewayLostBlock { LostGatewayId = 2 }).Tells("closed gateway 2 with 0");
        venue.Send(new GatewayLostBlock { LostGatewayId = 3 }).Tells("closed session 1", "closed gateway 3 with 1");
        Assert.That(venue.Book(Side.Buy), Has.Length.EqualTo(1));
    }

    private static EngineHarness Mixed()
    {
        EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "b1");
        venue.Sell(1, 1, 20, "s1");
        venue.Buy(2, 1, 10, "b2");
        venue.Enter(1, Limit(Side.Buy, 1, 5, "o1") with { InstrumentId = OilUsd });
        return venue;
    }

    private static EngineHarness Many(int orders, uint perCommand)
    {
        EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = perCommand });
        for (int i = 0; i < orders; i++)
        {
            venue.Buy(1, 1, 10, $"o{i}");
        }

        return venue;
    }
}
