using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Session;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

/// <summary>What the passing of time alone does.</summary>
[TestFixture(FixRules.Fix42)]
[TestFixture(FixRules.Fix44)]
[TestFixture(FixRules.Fixt11)]
internal sealed class TimingTests(string version)
{
    [Test]
    public void Without_anything_to_send_a_heartbeat_goes_out_after_the_interval()
    {
        using MemoryPeer peer = new(version);
        peer.LogOn(6);
        peer.Wait(5.9);
        peer.ExpectNothing();
        peer.Wait(0.2);
        peer.Expect("0", 2);
        peer.Send("0", 2);
        peer.Wait(6);
        peer.Expect("0", 3);
    }

    [Test]
    public void A_silent_counterparty_is_tested_and_then_dropped()
    {
        using MemoryPeer peer = new(version);
        peer.LogOn(10);
        peer.Wait(10.1);
        peer.Expect("0", 2);
        peer.Wait(2);
        peer.Expect("1", 3, "112=TEST");
        peer.Wait(11.7);
        peer.ExpectNothing();
        Assert.That(peer.Session.IsLoggedOn, Is.True);
        peer.Wait(0.3);
        Assert.That(peer.Session.State, Is.EqualTo(SessionState.Disconnected));
    }

    [Test]
    public void Any_answer_to_a_test_request_keeps_the_session()
    {
        using MemoryPeer peer = new(version);
        peer.LogOn(10);
        peer.Wait(12.1);
        peer.Expect("0", 2);
        peer.Expect("1", 3, "112=TEST");
        peer.Send("0", 2, "112=TEST");
        peer.Wait(11.9);
        peer.Expect("0", 4);
        Assert.That(peer.Session.IsLoggedOn, Is.True);
    }

    [Test]
    public void A_connection_without_a_Logon_is_dropped_in_time()
    {
        using MemoryPeer peer = new(version);
        peer.Wait(9.9);
        Assert.That(peer.Session.State, Is.EqualTo(SessionState.AwaitingLogon));
        peer.Wait(0.2);
        Assert.That(peer.Session.State, Is.EqualTo(SessionState.Disconnected));
    }

    [Test]
    public void A_Logout_of_ours_waits_for_the_answer_and_not_for_ever()
    {
        using MemoryPeer peer = new(version);
        peer.LogOn();
        peer.Session.Logout("closing", peer.NowNs);
        peer.Expect("5", 2, "58=closing");
        peer.Send("1", 2, "112=still here");
        peer.Expect("0", 3, "112=still here");
        peer.ExpectDisconnect();
    }

    [Test]
    public void A_gap_that_is_not_filled_is_asked_for_again()
    {
        using MemoryPeer peer = new(version);
        peer.LogOn(300);
        peer.Send("0", 5);
        peer.Expect("2", 2, "7=2|16=0");
        peer.Wait(29.9);
        peer.ExpectNothing();
        peer.Wait(0.2);
        peer.Expect("2", 3, "7=2|16=0");
    }

    [Test]
    public void A_gap_is_asked_for_in_chunks_when_so_configured()
    {
        using MemoryPeer peer = new(version, settings => settings with { ResendChunk = 3 });
        peer.LogOn();
        peer.Send("1", 9, "112=nine");
        peer.Expect("2", 2, "7=2|16=4");
        peer.Send("4", 2, "36=5|123=Y", $"43=Y|122={peer.Time}");
        peer.Expect("2", 3, "7=5|16=7");
        peer.Send("4", 5, "36=8|123=Y", $"43=Y|122={peer.Time}");
        peer.Expect("2", 4, "7=8|16=8");
        peer.Send("0", 8, "", $"43=Y|122={peer.Time}");
        peer.Expect("0", 5, "112=nine");
    }

    [Test]
    public void A_throttle_rejects_what_is_too_much_and_recovers()
    {
        using MemoryPeer peer = Throttled(ThrottleAction.Reject);
        SendTooMuch(peer);
        peer.Expect("j", 4, "45=4|58=message rate exceeded|372=D|380=0");
        peer.Wait(1);
        peer.Send("D", 5, peer.Order("d"));
        peer.Expect("D", 5, peer.Order("d"));
    }

    [Test]
    public void A_throttle_that_logs_out_blocks_the_next_logon_for_a_while()
    {
        using MemoryPeer peer = Throttled(ThrottleAction.Logout);
        SendTooMuch(peer);
        peer.Expect("5", 4, "58=message rate exceeded");
        peer.Reconnect();
        peer.Send("A", 1, peer.LogonBody());
        peer.Expect("5", 5, "58=logon is blocked for a while");
        peer.Wait(15);
        peer.Reconnect();
        peer.LogOn();
    }

    [Test]
    public void A_throttle_that_delays_says_until_when()
    {
        using MemoryPeer peer = Throttled(ThrottleAction.Delay);
        peer.LogOn();
        Assert.That(peer.Session.ReadableAtNs, Is.LessThanOrEqualTo(peer.NowNs));
        peer.Send("D", 2, peer.Order("a"));
        peer.Send("D", 3, peer.Order("b"));
        Assert.That(peer.Session.ReadableAtNs, Is.EqualTo(peer.NowNs + 500_000_000));
    }

    private MemoryPeer Throttled(ThrottleAction action) =>
        new(version, settings => settings with { Throttle = new Throttle(2, 1_000_000_000, action) });

    private static void SendTooMuch(MemoryPeer peer)
    {
        peer.LogOn();
        peer.Send("D", 2, peer.Order("a"));
        peer.Expect("D", 2, peer.Order("a"));
        peer.Send("D", 3, peer.Order("b"));
        peer.Expect("D", 3, peer.Order("b"));
        peer.Send("D", 4, peer.Order("c"));
    }
}
