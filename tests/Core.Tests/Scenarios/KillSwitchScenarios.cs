using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Scenarios;

/// <summary>Rules "Kill switches" and "Dead-man timer".</summary>
internal sealed class KillSwitchScenarios
{
    [Test]
    public void A_killed_accounts_orders_go_and_new_ones_are_refused_until_it_is_released()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Kill(RiskLevel.Account, 1).Tells("kill Account 1 on", "canceled a 1@10 KillSwitch", "done 1 KillSwitch");
        venue.Buy(1, 1, 10, "c").Tells("rejected c KillSwitch");
        venue.Buy(2, 1, 10, "d").Tells("accepted d buy 1@10 resting");
        venue.Release(RiskLevel.Account, 1).Tells("kill Account 1 off");
        venue.Buy(1, 1, 10, "e").Tells("accepted e buy 1@10 resting");
    }

    [Test]
    public void A_killed_session_is_blocked_whatever_account_it_enters_for()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.OpenSession(2);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Session = 2;
        venue.Buy(1, 1, 10, "c");
        venue.Session = 0;
        venue.Kill(RiskLevel.Session, 1).TellsInAnyOrder(
            "kill Session 1 on", "canceled a 1@10 KillSwitch", "canceled b 1@10 KillSwitch", "done 2 KillSwitch");
        venue.Session = 1;
        venue.Buy(3, 1, 10, "d").Tells("rejected d KillSwitch");
        venue.Session = 2;
        venue.Buy(1, 1, 10, "e").Tells("accepted e buy 1@10 resting");
    }

    [Test]
    public void A_killed_firm_takes_all_its_accounts_with_it()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "a");
        venue.Buy(2, 1, 10, "b");
        venue.Buy(3, 1, 10, "c");
        venue.Kill(RiskLevel.Firm, 1).TellsInAnyOrder(
            "kill Firm 1 on", "canceled a 1@10 KillSwitch", "canceled b 1@10 KillSwitch", "done 2 KillSwitch");
        venue.Buy(2, 1, 10, "d").Tells("rejected d KillSwitch");
        venue.Buy(3, 1, 10, "e").Tells("accepted e buy 1@10 resting");
        venue.Release(RiskLevel.Firm, 1);
        venue.Buy(2, 1, 10, "f").Tells("accepted f buy 1@10 resting");
    }

    [Test]
    public void A_killed_venue_takes_nothing_but_cancels()
    {
        using EngineHarness venue = Many(perCommand: 2);
        venue.Kill(RiskLevel.Venue, 0);
        venue.Buy(1, 1, 10, "new").Tells("rejected new KillSwitch");

        // The last ones still wait for their Tick: their owner may take them away before.
        string left = venue.Book(Side.Buy)[^1].Split(' ')[0];
        venue.Cancel(1, left).Tells($"canceled {left} 1@10 Requested");
        venue.TickUntilIdle();
        Assert.That(venue.Book(Side.Buy), Is.Empty);
    }

    [Test]
    public void An_amendment_may_reduce_under_a_kill_switch_and_nothing_else()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 1 });
        venue.Buy(1, 5, 10, "a");
        venue.Buy(1, 5, 10, "b");
        venue.Kill(RiskLevel.Account, 1);
        string left = venue.Book(Side.Buy)[0].Split(' ')[0];
        venue.Amend(1, left, 6, 10).Tells("refused Amend KillSwitch");
        venue.Amend(1, left, 4, 11).Tells("refused Amend KillSwitch");
        venue.Amend(1, left, 5, 10).Tells("refused Amend KillSwitch");
        venue.Amend(1, left, 4, 10).Tells($"amended {left} 4@10 kept");
        venue.Tick().Tells($"canceled {left} 4@10 KillSwitch", "done 2 KillSwitch");
    }

    [Test]
    public void An_order_that_is_moved_before_its_cancel_comes_is_cancelled_all_the_same()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 1 });
        venue.Buy(1, 5, 10, "a");
        venue.Buy(1, 5, 10, "b");
        venue.Kill(RiskLevel.Account, 1);
        venue.Release(RiskLevel.Account, 1);
        string left = venue.Book(Side.Buy)[0].Split(' ')[0];
        venue.Amend(1, left, 6, 12);
        venue.Buy(1, 1, 9, "later");
        venue.TickUntilIdle();
        Assert.That(venue.Book(Side.Buy), Is.EqualTo(new[] { "later 1@9" }), "what came after the release stays");
    }

    [Test]
    public void A_repetition_is_told_its_earlier_outcome_under_a_kill_switch()
    {
        using EngineHarness venue = Open();
        venue.Buy(1, 1, 10, "a");
        venue.Kill(RiskLevel.Venue, 0);
        venue.Buy(1, 1, 10, "a").Tells("accepted a buy 1@10 repeated");
        venue.Buy(1, 1, 10, "b").Tells("rejected b KillSwitch");
        venue.Release(RiskLevel.Venue, 0);
        venue.Buy(1, 1, 10, "b").Tells("rejected b KillSwitch repeated");
    }

    [Test]
    public void A_kill_switch_says_how_it_stood_who_set_it_and_why()
    {
        using EngineHarness venue = Open();
        venue.Kill(RiskLevel.Firm, 1);
        KillSwitchSetBlock again = venue.Kill(RiskLevel.Firm, 1, "runaway").Only<KillSwitchSetBlock>();
        Assert.That(again.Previous, Is.EqualTo(1));
        Assert.That(again.Canceling, Is.EqualTo(1));
        Assert.That(again.Reason, Is.EqualTo(Id("runaway")));
        Assert.That(again.Envelope.UserId, Is.EqualTo(4321));
        KillSwitchSetBlock off = venue.Release(RiskLevel.Firm, 1).Only<KillSwitchSetBlock>();
        Assert.That((off.Previous, off.Engaged, off.Canceling), Is.EqualTo(((byte)1, (byte)0, (byte)0)));
    }

    [Test]
    public void Without_room_to_wait_the_switch_is_engaged_and_says_that_nothing_is_cancelled_yet()
    {
        using EngineHarness venue = Many(perCommand: 1, jobs: 1);
        venue.MassCancel(default);
        Assert.That(venue.Kill(RiskLevel.Venue, 0).Only<KillSwitchSetBlock>().Canceling, Is.Zero);
        venue.Buy(1, 1, 10, "new").Tells("rejected new KillSwitch");
    }

    [Test]
    public void Kill_switches_of_nobody_are_refused()
    {
        using EngineHarness venue = Open();
        venue.Kill(RiskLevel.Session, 0).Tells("refused SetKillSwitch UnknownSession");
        venue.Kill(RiskLevel.Session, 8).Tells("refused SetKillSwitch UnknownSession");
        venue.Kill(RiskLevel.Account, 7).Tells("refused SetKillSwitch UnknownAccount");
        venue.Kill(RiskLevel.Venue, 1).Tells("refused SetKillSwitch InvalidLimit");
        venue.Kill(RiskLevel.Group, 1).Tells("refused SetKillSwitch InvalidLimit");
        venue.Send(new SetKillSwitchBlock { Level = RiskLevel.Venue, Engaged = 2 })
            .Tells("refused SetKillSwitch MalformedCommand");
        using EngineHarness narrow = Open(SmallLimits with { MaxRiskRows = 1 });
        narrow.Kill(RiskLevel.Firm, 1);
        narrow.Kill(RiskLevel.Firm, 2).Tells("refused SetKillSwitch CapacityExceeded");
    }

    [Test]
    public void A_silent_sessions_orders_are_cancelled_when_its_timer_runs_out()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        DeadManArmedBlock armed = venue.ArmDeadMan(5).Only<DeadManArmedBlock>();
        Assert.That(venue.Pair.Engine.NextDeadlineNs, Is.EqualTo(armed.DeadlineNs));
        venue.Session = 0;
        venue.Tick().Tells();
        while (venue.Pair.Engine.LastTimestampNs < armed.DeadlineNs - 1)
        {
            venue.Tick().Tells();
        }

        venue.Tick().Tells("dead man of session 1", "canceled a 1@10 DeadMan", "done 1 DeadMan");
        Assert.That(venue.Pair.Engine.NextDeadlineNs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void A_session_that_renews_its_timer_keeps_its_orders()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        for (int i = 0; i < 20; i++)
        {
            venue.ArmDeadMan(3);
            venue.Tick().Tells();
        }

        Assert.That(venue.Book(Side.Buy), Has.Length.EqualTo(1));
        venue.ArmDeadMan(0).Tells("disarmed session 1");
        Assert.That(venue.Pair.Engine.NextDeadlineNs, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void Timers_that_are_due_together_run_out_by_deadline_and_wait_for_the_budget()
    {
        using EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = 2 });
        foreach (uint session in (uint[])[3, 1, 2])
        {
            venue.OpenSession(session);
            venue.Session = session;
            venue.Buy(1, 1, 10, $"s{session}");
        }

        foreach ((uint session, long timeout) in ((uint, long)[])[(1, 3), (2, 2), (3, 1)])
        {
            venue.Session = session;
            venue.ArmDeadMan(timeout);
        }

        venue.Session = 0;
        venue.Tick().Tells("dead man of session 1", "canceled s1 1@10 DeadMan", "done 1 DeadMan");
        venue.Tick().Tells("dead man of session 2", "canceled s2 1@10 DeadMan", "done 1 DeadMan");
        venue.Tick().Tells("dead man of session 3", "canceled s3 1@10 DeadMan", "done 1 DeadMan");
    }

    [Test]
    public void A_timer_outlives_its_session()
    {
        using EngineHarness venue = Open();
        venue.OpenSession(1, DisconnectPolicy.KeepOrders);
        venue.Session = 1;
        venue.Buy(1, 1, 10, "a");
        venue.ArmDeadMan(2);
        venue.Session = 0;
        venue.CloseSession(1).Tells("closed session 1");
        venue.Tick().Tells("dead man of session 1", "canceled a 1@10 DeadMan", "done 1 DeadMan");
    }

    [Test]
    public void Timers_without_a_session_or_with_impossible_times_are_refused()
    {
        using EngineHarness venue = Open();
        venue.ArmDeadMan(5).Tells("refused ArmDeadMan UnknownSession");
        venue.OpenSession(1);
        venue.Session = 1;
        venue.ArmDeadMan(-1).Tells("refused ArmDeadMan InvalidLimit");
        venue.ArmDeadMan(long.MaxValue).Tells("refused ArmDeadMan InvalidLimit");
        venue.Session = 2;
        venue.ArmDeadMan(5).Tells("refused ArmDeadMan UnknownSession");
    }

    private static EngineHarness Many(uint perCommand, uint jobs = 8)
    {
        EngineHarness venue = Open(SmallLimits with { MaxFillsPerCommand = perCommand, MaxJobs = jobs });
        foreach (int i in Enumerable.Range(0, 5))
        {
            venue.Buy(1, 1, 10, $"o{i}");
        }

        return venue;
    }
}
