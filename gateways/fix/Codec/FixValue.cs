using System;

namespace HftEngine.Fix.Codec;

/// <summary>Values of fields as numbers. Nothing is trimmed, rounded or guessed.</summary>
public static class FixValue
{
    // Eighteen digits always fit into a long.
    private const int MaxDigits = 18;

    /// <summary>Digits only; leading zeros are allowed.</summary>
    public static bool TryUnsigned(ReadOnlySpan<byte> value, out long number)
    {
        number = 0;
        if (value.IsEmpty)
        {
            return false;
        }

        if (value.Length > MaxDigits)
        {
            value = WithoutLeadingZeros(value);
            if (value.Length > MaxDigits)
            {
                return false;
            }
        }

        foreach (byte character in value)
        {
            uint digit = (uint)(character - '0');
            if (digit > 9)
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        return true;
    }

    /// <summary>As FIX writes whole numbers: an optional minus, digits; a plus is not allowed.</summary>
    public static bool TryInt(ReadOnlySpan<byte> value, out long number)
    {
        if (value.Length > 1 && value[0] == '-')
        {
            bool valid = TryUnsigned(value[1..], out number);
            number = -number;
            return valid;
        }

        return TryUnsigned(value, out number);
    }

    /// <summary>
    /// Prices and quantities: an optional minus, digits with at most one point, at least one digit.
    /// </summary>
    public static bool TryDecimal(ReadOnlySpan<byte> value, out FixDecimal number)
    {
        number = default;
        bool negative = value.Length > 0 && value[0] == '-';
        long mantissa = 0;
        int digits = 0;
        int significant = 0;
        int scale = 0;
        bool fraction = false;
        for (int i = negative ? 1 : 0; i < value.Length; i++)
        {
            uint digit = (uint)(value[i] - '0');
            if (digit > 9)
            {
                if (value[i] != '.' || fraction)
                {
                    return false;
                }

                fraction = true;
                continue;
            }

            digits++;
            significant += mantissa != 0 || digit != 0 ? 1 : 0;
            if (significant > MaxDigits || (fraction && scale == FixDecimal.MaxScale))
            {
                return false;
            }

            mantissa = (mantissa * 10) + digit;
            scale += fraction ? 1 : 0;
        }

        number = new FixDecimal(negative ? -mantissa : mantissa, scale);
        return digits > 0;
    }

    /// <summary>Whether a text is a FIX number with a point, of any length.</summary>
    public static bool IsDecimal(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> digits = value.StartsWith("-"u8) ? value[1..] : value;
        int point = digits.IndexOf((byte)'.');
        ReadOnlySpan<byte> fraction = point < 0 ? default : digits[(point + 1)..];
        ReadOnlySpan<byte> whole = point < 0 ? digits : digits[..point];
        return whole.Length + fraction.Length > 0 && !whole.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && !fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    public static bool TryBoolean(ReadOnlySpan<byte> value, out bool flag)
    {
        flag = value.Length == 1 && value[0] == 'Y';
        return value.Length == 1 && value[0] is (byte)'Y' or (byte)'N';
    }

    private static ReadOnlySpan<byte> WithoutLeadingZeros(ReadOnlySpan<byte> value)
    {
        int first = value.IndexOfAnyExcept((byte)'0');
        return first < 0 ? value[^1..] : value[first..];
    }
}
