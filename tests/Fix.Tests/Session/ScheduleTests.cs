using System;
using System.Globalization;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Session;

internal sealed class ScheduleTests
{
    [TestCase("2026-11-24T14:00:00Z", "2026-11-24T13:30:00Z", "2026-11-24T21:00:00Z")]
    [TestCase("2026-11-24T22:00:00Z", "2026-11-25T13:30:00Z", "2026-11-25T21:00:00Z")]
    [TestCase("2026-07-01T14:00:00Z", "2026-07-01T12:30:00Z", "2026-07-01T20:00:00Z")]
    public void Daily_hours_follow_the_clock_of_their_zone(string now, string open, string close)
    {
        SessionSchedule schedule = SessionSchedule.Daily(
            "America/New_York", new TimeOnly(8, 30), new TimeOnly(16, 0));
        Assert.That(schedule.PeriodAt(Ns(now)), Is.EqualTo(new SessionPeriod(Ns(open), Ns(close))));
    }

    [Test]
    public void Around_the_clock_one_day_follows_the_other()
    {
        SessionSchedule schedule = SessionSchedule.Daily("UTC", new TimeOnly(22, 0), new TimeOnly(22, 0));
        Assert.That(
            schedule.PeriodAt(Ns("2026-11-24T21:59:59Z")),
            Is.EqualTo(new SessionPeriod(Ns("2026-11-23T22:00:00Z"), Ns("2026-11-24T22:00:00Z"))));
        Assert.That(
            schedule.PeriodAt(Ns("2026-11-24T22:00:00Z")).OpenNs, Is.EqualTo(Ns("2026-11-24T22:00:00Z")));
    }

    [TestCase("2026-11-25T12:00:00Z", "2026-11-22T22:00:00Z", "2026-11-27T21:00:00Z")]
    [TestCase("2026-11-28T12:00:00Z", "2026-11-29T22:00:00Z", "2026-12-04T21:00:00Z")]
    public void Weekly_hours_run_from_one_day_to_another(string now, string open, string close)
    {
        SessionSchedule schedule = SessionSchedule.Weekly(
            "UTC", DayOfWeek.Sunday, new TimeOnly(22, 0), DayOfWeek.Friday, new TimeOnly(21, 0));
        Assert.That(schedule.PeriodAt(Ns(now)), Is.EqualTo(new SessionPeriod(Ns(open), Ns(close))));
    }

    [Test]
    public void The_end_of_the_hours_logs_out_and_the_next_day_starts_at_one()
    {
        // The peer's clock starts at 2027-01-15 08:00:00 UTC.
        MemoryStore store = new();
        using MemoryPeer peer = new(
            FixRules.Fix44,
            settings => settings with
            {
                ResetOnLogon = false,
                Schedule = SessionSchedule.Daily("UTC", new TimeOnly(7, 0), new TimeOnly(8, 1)),
            },
            store: store);
        peer.LogOn(300);
        peer.Wait(61);
        peer.Expect("5", 2, "58=the hours of this session are over");
        peer.Send("5", 2);
        peer.ExpectDisconnect();
        peer.Reconnect();
        peer.Send("A", 3, peer.LogonBody());
        peer.Expect("5", 3, "58=outside the hours of this session");
        peer.ExpectDisconnect();
        peer.Wait(23 * 3_600);
        Assert.That(store.NextOutbound, Is.EqualTo(1));
        peer.Reconnect();
        peer.LogOn();
    }

    [Test]
    public void A_zone_that_does_not_exist_is_refused() => Assert.That(
        () => SessionSchedule.Daily("Moon/Tranquility", default, default), Throws.ArgumentException);

    private static long Ns(string text) =>
        (DateTime.Parse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal) - DateTime.UnixEpoch).Ticks
        * 100;
}
