using System;

namespace HftEngine.Fix.Codec;

/// <summary>Fraction of a second that is written.</summary>
public enum TimePrecision
{
    Seconds = 0,
    Milliseconds = 3,
    Microseconds = 6,
    Nanoseconds = 9,
}

/// <summary>
/// UTCTimestamp between its text and nanoseconds since 1970, proleptic Gregorian, years 1970 to 2261.
/// </summary>
public static class FixTime
{
    public const long NsPerSecond = 1_000_000_000;
    public const long NsPerDay = 86_400 * NsPerSecond;
    public const int DateBytes = 8;
    public const int SecondsBytes = 17;

    private const int MaxFraction = 12;
    private const int NsDigits = 9;

    // A long of nanoseconds ends in April 2262.
    private const int FirstYear = 1970;
    private const int LastYear = 2261;

    /// <summary>
    /// YYYYMMDD-HH:MM:SS, then nothing or a point and up to 12 digits; below a nanosecond is cut off.
    /// </summary>
    public static bool TryTimestamp(ReadOnlySpan<byte> value, out long utcNs)
    {
        utcNs = 0;
        if (value.Length < SecondsBytes || value[DateBytes] != '-'
            || !TryDate(value[..DateBytes], out int days)
            || !TryTimeOfDay(value[(DateBytes + 1)..], out long ns))
        {
            return false;
        }

        utcNs = (days * NsPerDay) + ns;
        return true;
    }

    /// <summary>YYYYMMDD as days since 1970.</summary>
    public static bool TryDate(ReadOnlySpan<byte> value, out int days)
    {
        days = 0;
        if (value.Length != DateBytes || !TryPair(value, 0, out int century)
            || !TryPair(value, 2, out int years)
            || !TryPair(value, 4, out int month) || !TryPair(value, 6, out int day))
        {
            return false;
        }

        int year = (century * 100) + years;
        if (year is < FirstYear or > LastYear || month is < 1 or > 12 || day < 1
            || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        days = DaysOf(year, month, day);
        return true;
    }

    /// <summary>
    /// HH:MM:SS with an optional fraction. Second 60 is a leap second and counts as the next one.
    /// </summary>
    public static bool TryTimeOfDay(ReadOnlySpan<byte> value, out long ns)
    {
        ns = 0;
        if (value.Length < 8 || value[2] != ':' || value[5] != ':' || !TryPair(value, 0, out int hours)
            || !TryPair(value, 3, out int minutes) || !TryPair(value, 6, out int seconds)
            || hours > 23 || minutes > 59 || seconds > 60)
        {
            return false;
        }

        ns = ((((hours * 60) + minutes) * 60) + seconds) * NsPerSecond;
        if (value.Length == 8)
        {
            return true;
        }

        ReadOnlySpan<byte> fraction = value[9..];
        if (value[8] != '.' || fraction.Length > MaxFraction
            || !FixValue.TryUnsigned(fraction, out long digits))
        {
            return false;
        }

        for (int i = fraction.Length; i < NsDigits; i++)
        {
            digits *= 10;
        }

        for (int i = fraction.Length; i > NsDigits; i--)
        {
            digits /= 10;
        }

        ns += digits;
        return true;
    }

    /// <summary>Year, month and day of a count of days since 1970.</summary>
    public static (int Year, int Month, int Day) DateOf(int days)
    {
        // Years that begin in March put the leap day last, so that months have a fixed rhythm of 153 days
        // in five.
        int shifted = days + 719_468;
        int era = shifted / 146_097;
        int dayOfEra = shifted - (era * 146_097);
        int yearOfEra = (dayOfEra - (dayOfEra / 1_460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int month = ((5 * dayOfYear) + 2) / 153;
        int day = dayOfYear - (((153 * month) + 2) / 5) + 1;
        month = month < 10 ? month + 3 : month - 9;
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    private static int DaysOf(int year, int month, int day)
    {
        int shiftedYear = month <= 2 ? year - 1 : year;
        int era = shiftedYear / 400;
        int yearOfEra = shiftedYear - (era * 400);
        int dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        int dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146_097) + dayOfEra - 719_468;
    }

    private static bool TryPair(ReadOnlySpan<byte> value, int at, out int number)
    {
        uint tens = (uint)(value[at] - '0');
        uint ones = (uint)(value[at + 1] - '0');
        number = (int)((tens * 10) + ones);
        return tens <= 9 && ones <= 9;
    }
}
