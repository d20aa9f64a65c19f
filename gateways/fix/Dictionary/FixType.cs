using System;
using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Dictionary;

/// <summary>Types of values, as far as their texts differ.</summary>
public enum FixType
{
    Text,
    Char,
    Int,
    NumInGroup,
    DayOfMonth,
    Decimal,
    Boolean,
    UtcTimestamp,
    UtcTimeOnly,
    Date,
    MonthYear,
    MultipleValue,
    Data,
}

internal static class FixTypes
{
    private const int MonthYearBytes = 6;

    /// <summary>The type behind a name of the standard, of any of its versions.</summary>
    public static FixType Named(string name) => name.ToUpperInvariant() switch
    {
        "CHAR" => FixType.Char,
        "INT" or "LENGTH" or "SEQNUM" or "TAGNUM" => FixType.Int,
        "NUMINGROUP" => FixType.NumInGroup,
        "DAYOFMONTH" => FixType.DayOfMonth,
        "FLOAT" or "PRICE" or "PRICEOFFSET" or "QTY" or "QUANTITY" or "AMT" or "PERCENTAGE" =>
            FixType.Decimal,
        "BOOLEAN" => FixType.Boolean,
        "UTCTIMESTAMP" or "TIME" => FixType.UtcTimestamp,
        "UTCTIMEONLY" => FixType.UtcTimeOnly,
        "UTCDATEONLY" or "UTCDATE" or "LOCALMKTDATE" or "DATE" => FixType.Date,
        "MONTHYEAR" => FixType.MonthYear,
        "MULTIPLEVALUESTRING" or "MULTIPLESTRINGVALUE" or "MULTIPLECHARVALUE" => FixType.MultipleValue,
        "DATA" or "XMLDATA" => FixType.Data,
        _ => FixType.Text,
    };

    /// <summary>Whether a value has the form of its type. An empty value has none.</summary>
    public static bool IsWellFormed(FixType type, ReadOnlySpan<byte> value) => type switch
    {
        FixType.Text or FixType.MultipleValue or FixType.Data => true,
        FixType.Char => value.Length == 1,
        FixType.Int => FixValue.TryInt(value, out _),
        FixType.NumInGroup => FixValue.TryUnsigned(value, out _),
        FixType.DayOfMonth => FixValue.TryUnsigned(value, out long day) && day is >= 1 and <= 31,
        FixType.Decimal => FixValue.IsDecimal(value),
        FixType.Boolean => FixValue.TryBoolean(value, out _),
        FixType.UtcTimestamp => FixTime.TryTimestamp(value, out _),
        FixType.UtcTimeOnly => FixTime.TryTimeOfDay(value, out _),
        FixType.Date => FixTime.TryDate(value, out _),
        FixType.MonthYear => IsMonthYear(value),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>YYYYMM, or with a day, or with a week w1 to w5.</summary>
    private static bool IsMonthYear(ReadOnlySpan<byte> value)
    {
        if (value.Length == FixTime.DateBytes && value[^2] != 'w')
        {
            return FixTime.TryDate(value, out _);
        }

        bool week = value.Length == FixTime.DateBytes && value[^1] is >= (byte)'1' and <= (byte)'5';
        return (value.Length == MonthYearBytes || week)
            && FixValue.TryUnsigned(value[..MonthYearBytes], out long month) && month % 100 is >= 1 and <= 12;
    }
}
