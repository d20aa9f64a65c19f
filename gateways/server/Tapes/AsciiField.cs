using System;
using System.Buffers.Text;
using System.Text;

namespace HftEngine.Server.Tapes;

/// <summary>Fields of text tapes: whole numbers, decimals of a fixed scale, and separated columns.</summary>
internal static class AsciiField
{
    private static readonly long[] PowersOfTen = MakePowers();

    /// <summary>Cuts the next field off; false when no field is left.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> rest, byte separator, out ReadOnlySpan<byte> field)
    {
        if (rest.IsEmpty)
        {
            field = default;
            return false;
        }

        int end = rest.IndexOf(separator);
        field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return true;
    }

    public static bool TryWhole(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;

    public static bool TryUnsigned(ReadOnlySpan<byte> text, out ulong value) =>
        Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;

    /// <summary>
    /// A decimal number as a whole number of 10^-<paramref name="decimals"/>. Digits beyond that scale must
    /// be zeros:
    /// a price off the tick is not rounded.
    /// </summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, int decimals, out long value)
    {
        value = 0;
        int point = text.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? text : text[..point];
        ReadOnlySpan<byte> fraction = point < 0 ? default : text[(point + 1)..];
        bool negative = whole.StartsWith("-"u8);
        if (negative || whole.StartsWith("+"u8))
        {
            whole = whole[1..];
        }

        if ((whole.IsEmpty && fraction.IsEmpty) || !TryDigits(whole, out long wholePart))
        {
            return false;
        }

        ReadOnlySpan<byte> kept = fraction.Length > decimals ? fraction[..decimals] : fraction;
        if (!TryDigits(kept, out long fractionPart) || fraction[kept.Length..].ContainsAnyExcept((byte)'0'))
        {
            return false;
        }

        Int128 scaled = ((Int128)wholePart * PowersOfTen[decimals])
            + ((Int128)fractionPart * PowersOfTen[decimals - kept.Length]);
        if (scaled > long.MaxValue)
        {
            return false;
        }

        value = negative ? -(long)scaled : (long)scaled;
        return true;
    }

    /// <summary>Digits behind the point, zeros at the end left out.</summary>
    public static int DecimalsOf(ReadOnlySpan<byte> text)
    {
        int point = text.IndexOf((byte)'.');
        return point < 0 ? 0 : text[(point + 1)..].TrimEnd((byte)'0').Length;
    }

    /// <summary>The field as a message shows it: short, printable.</summary>
    public static string Show(ReadOnlySpan<byte> field)
    {
        StringBuilder shown = new("\"");
        foreach (byte character in field[..Math.Min(field.Length, 40)])
        {
            shown.Append(character is >= 32 and < 127 ? (char)character : '?');
        }

        return shown.Append(field.Length > 40 ? "…\"" : "\"").ToString();
    }

    /// <summary>Digits only, at most 18 of them; none at all is zero.</summary>
    public static bool TryDigits(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length > 18)
        {
            return false;
        }

        foreach (byte character in text)
        {
            uint digit = (uint)character - '0';
            if (digit > 9)
            {
                return false;
            }

            value = (value * 10) + digit;
        }

        return true;
    }

    private static long[] MakePowers()
    {
        long[] powers = new long[19];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
