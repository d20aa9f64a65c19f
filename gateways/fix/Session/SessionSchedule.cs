using System;
using NodaTime;

namespace HftEngine.Fix.Session;

/// <summary>One period during which a session may be logged on. Its sequences start at 1 with it.</summary>
public readonly record struct SessionPeriod(long OpenNs, long CloseNs)
{
    public bool Contains(long nowNs) => nowNs >= OpenNs && nowNs < CloseNs;
}

/// <summary>
/// Daily or weekly hours in a time zone. Equal start and end mean around the clock with a reset at that time.
/// </summary>
public sealed class SessionSchedule
{
    private const int DaysOfWeek = 7;

    private readonly DateTimeZone _zone;
    private readonly LocalTime _start;
    private readonly LocalTime _end;
    private readonly IsoDayOfWeek? _startDay;
    private readonly int _wholeDays;

    private SessionSchedule(
        DateTimeZone zone, LocalTime start, LocalTime end, IsoDayOfWeek? startDay, int wholeDays)
    {
        _zone = zone;
        _start = start;
        _end = end;
        _startDay = startDay;
        _wholeDays = wholeDays;
    }

    public static SessionSchedule Daily(string timeZone, TimeOnly start, TimeOnly end) =>
        new(
            ZoneOf(timeZone),
            LocalTime.FromTimeOnly(start),
            LocalTime.FromTimeOnly(end),
            null,
            end > start ? 0 : 1);

    public static SessionSchedule Weekly(
        string timeZone, DayOfWeek startDay, TimeOnly start, DayOfWeek endDay, TimeOnly end)
    {
        int days = ((int)endDay - (int)startDay + DaysOfWeek) % DaysOfWeek;
        days = days == 0 && end <= start ? DaysOfWeek : days;
        IsoDayOfWeek isoDay = startDay == DayOfWeek.Sunday ? IsoDayOfWeek.Sunday : (IsoDayOfWeek)startDay;
        return new SessionSchedule(
            ZoneOf(timeZone), LocalTime.FromTimeOnly(start), LocalTime.FromTimeOnly(end), isoDay, days);
    }

    /// <summary>The period that contains an instant, or else the next one.</summary>
    public SessionPeriod PeriodAt(long nowNs)
    {
        LocalDate today = InstantOf(nowNs).InZone(_zone).Date;
        for (LocalDate date = today.PlusDays(-DaysOfWeek - 1); ; date = date.PlusDays(1))
        {
            if (_startDay is { } day && date.DayOfWeek != day)
            {
                continue;
            }

            SessionPeriod period = new(NsOf(date + _start), NsOf(date.PlusDays(_wholeDays) + _end));
            if (nowNs < period.CloseNs)
            {
                return period;
            }
        }
    }

    private static DateTimeZone ZoneOf(string name) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(name)
        ?? throw new ArgumentException($"there is no time zone '{name}'");

    private static Instant InstantOf(long ns) =>
        Instant.FromUnixTimeTicks(ns / NodaConstants.NanosecondsPerTick);

    // A local time that a change of the clock skips or repeats is the first instant that it can mean.
    private long NsOf(LocalDateTime local) =>
        local.InZoneLeniently(_zone).ToInstant().ToUnixTimeTicks() * NodaConstants.NanosecondsPerTick;
}
