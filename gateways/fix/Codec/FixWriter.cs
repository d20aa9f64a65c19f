using System;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace HftEngine.Fix.Codec;

/// <summary>
/// Builds one message at a time in its own buffer. BeginString and BodyLength are put in front when the
/// body is done, so that BodyLength has no padding.
/// </summary>
public sealed class FixWriter
{
    // "8=FIXT.1.1", its separator, "9=", ten digits and a separator, with room to spare.
    private const int Headroom = 40;
    private const int TrailerBytes = 7;
    private const int TabledTags = 2_048;

    private static readonly ulong[] TagTexts = MakeTagTexts();

    private readonly byte[] _buffer;
    private int _position = Headroom;
    private int _cachedDay = -1;
    private ulong _cachedDate;

    public FixWriter(int maxMessageBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxMessageBytes, 256);
        _buffer = new byte[maxMessageBytes + Headroom];
    }

    public int BodyBytes => _position - Headroom;

    /// <summary>Starts a message; MsgType comes first.</summary>
    public void Begin(ReadOnlySpan<byte> msgType)
    {
        _position = Headroom;
        Bytes(FixTag.MsgType, msgType);
    }

    public void Bytes(int tag, ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        Tag(tag);
        value.CopyTo(_buffer.AsSpan(_position));
        _position += value.Length;
        _buffer[_position++] = FixFrame.Soh;
    }

    /// <summary>Text of ASCII characters; anything else becomes a question mark.</summary>
    public void Text(int tag, string value)
    {
        Reserve(value.Length);
        Tag(tag);
        _position += Encoding.ASCII.GetBytes(value, _buffer.AsSpan(_position));
        _buffer[_position++] = FixFrame.Soh;
    }

    public void Char(int tag, byte value)
    {
        Reserve(1);
        Tag(tag);
        _buffer[_position++] = value;
        _buffer[_position++] = FixFrame.Soh;
    }

    public void Char(int tag, char value) => Char(tag, (byte)value);

    public void Flag(int tag, bool value) => Char(tag, value ? (byte)'Y' : (byte)'N');

    public void Int(int tag, long value)
    {
        Reserve(20);
        Tag(tag);
        Number(value);
        _buffer[_position++] = FixFrame.Soh;
    }

    /// <summary><c>mantissa × 10^-scale</c> with all its digits behind the point.</summary>
    public void Decimal(int tag, long mantissa, int scale)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)scale, (uint)FixDecimal.MaxScale);
        Reserve(24);
        Tag(tag);
        if (mantissa < 0)
        {
            _buffer[_position++] = (byte)'-';
        }

        ulong rest = mantissa < 0 ? (ulong)(-(mantissa + 1)) + 1 : (ulong)mantissa;
        int digits = CountDigits(rest);
        int whole = int.Max(1, digits - scale);
        int end = _position + whole + (scale > 0 ? scale + 1 : 0);
        int at = end;
        for (int i = 0; i < scale; i++)
        {
            (rest, ulong digit) = ulong.DivRem(rest, 10);
            _buffer[--at] = (byte)('0' + digit);
        }

        if (scale > 0)
        {
            _buffer[--at] = (byte)'.';
        }

        while (at > _position)
        {
            (rest, ulong digit) = ulong.DivRem(rest, 10);
            _buffer[--at] = (byte)('0' + digit);
        }

        _position = end;
        _buffer[_position++] = FixFrame.Soh;
    }

    public void Decimal(int tag, FixDecimal value) => Decimal(tag, value.Mantissa, value.Scale);

    public void Timestamp(int tag, long utcNs, TimePrecision precision)
    {
        Reserve(32);
        Tag(tag);
        (long days, long ns) = long.DivRem(utcNs, FixTime.NsPerDay);
        if (days != _cachedDay)
        {
            CacheDate((int)days);
        }

        Span<byte> text = _buffer.AsSpan(_position, 32);
        BinaryPrimitives.WriteUInt64LittleEndian(text, _cachedDate);
        (uint seconds, uint fraction) = ((uint)(ns / FixTime.NsPerSecond), (uint)(ns % FixTime.NsPerSecond));
        uint minutes = seconds / 60;
        uint hours = minutes / 60;
        text[8] = (byte)'-';
        Pair(text[9..], hours);
        text[11] = (byte)':';
        Pair(text[12..], minutes - (hours * 60));
        text[14] = (byte)':';
        Pair(text[15..], seconds - (minutes * 60));
        _position += FixTime.SecondsBytes;
        if (precision != TimePrecision.Seconds)
        {
            _buffer[_position++] = (byte)'.';
            for (int i = 0; i < 9 - (int)precision; i++)
            {
                fraction /= 10;
            }

            for (int i = (int)precision - 1; i >= 0; i--)
            {
                (fraction, uint digit) = uint.DivRem(fraction, 10);
                _buffer[_position + i] = (byte)('0' + digit);
            }

            _position += (int)precision;
        }

        _buffer[_position++] = FixFrame.Soh;
    }

    /// <summary>Fields that are already FIX text, each with its separator.</summary>
    public void Raw(ReadOnlySpan<byte> fields)
    {
        Reserve(fields.Length);
        fields.CopyTo(_buffer.AsSpan(_position));
        _position += fields.Length;
    }

    /// <summary>Puts BeginString and BodyLength in front and CheckSum behind.</summary>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> beginString)
    {
        int start = Headroom - 1;
        _buffer[start] = FixFrame.Soh;
        uint length = (uint)(_position - Headroom);
        do
        {
            (length, uint digit) = uint.DivRem(length, 10);
            _buffer[--start] = (byte)('0' + digit);
        }
        while (length != 0);

        start -= 3;
        "\u00019="u8.CopyTo(_buffer.AsSpan(start));
        start -= beginString.Length;
        beginString.CopyTo(_buffer.AsSpan(start));
        start -= 2;
        "8="u8.CopyTo(_buffer.AsSpan(start));
        uint sum = ByteSum.Of(_buffer.AsSpan(start, _position - start));
        Span<byte> trailer = _buffer.AsSpan(_position, TrailerBytes);
        "10=000\u0001"u8.CopyTo(trailer);
        trailer[3] = (byte)('0' + (sum / 100));
        Pair(trailer[4..], sum % 100);
        return _buffer.AsSpan(start, _position + TrailerBytes - start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Tag(int tag)
    {
        if ((uint)tag < TabledTags)
        {
            // The text of the tag and its equal sign in the low bytes, their number in the highest one.
            // Eight bytes are always written; what is too much is overwritten by the value.
            ulong text = TagTexts[tag];
            BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_position, 8), text);
            _position += (int)(text >> 56);
            return;
        }

        Number(tag);
        _buffer[_position++] = (byte)'=';
    }

    private void Number(long value)
    {
        if ((ulong)value < 10)
        {
            _buffer[_position++] = (byte)('0' + value);
            return;
        }

        Utf8Formatter.TryFormat(value, _buffer.AsSpan(_position), out int written);
        _position += written;
    }

    // Tag, equal sign, separator and trailer are counted for every field; eight bytes are always free behind.
    private void Reserve(int valueBytes)
    {
        if (_position + valueBytes + 16 + TrailerBytes > _buffer.Length)
        {
            ThrowFull();
        }
    }

    [DoesNotReturn]
    private void ThrowFull() =>
        throw new FixCapacityException($"a message outgrows its buffer of {_buffer.Length - Headroom} bytes");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CacheDate(int days)
    {
        (int year, int month, int day) = FixTime.DateOf(days);
        Span<byte> text = stackalloc byte[FixTime.DateBytes];
        Pair(text, (uint)year / 100);
        Pair(text[2..], (uint)year % 100);
        Pair(text[4..], (uint)month);
        Pair(text[6..], (uint)day);
        _cachedDate = BinaryPrimitives.ReadUInt64LittleEndian(text);
        _cachedDay = days;
    }

    private static void Pair(Span<byte> text, uint number)
    {
        (uint tens, uint ones) = uint.DivRem(number, 10);
        text[1] = (byte)('0' + ones);
        text[0] = (byte)('0' + tens);
    }

    private static int CountDigits(ulong number)
    {
        int digits = 1;
        while (number >= 10)
        {
            number /= 10;
            digits++;
        }

        return digits;
    }

    private static ulong[] MakeTagTexts()
    {
        ulong[] texts = new ulong[TabledTags];
        byte[] text = new byte[8];
        for (int tag = 0; tag < TabledTags; tag++)
        {
            Array.Clear(text);
            Utf8Formatter.TryFormat(tag, text, out int digits);
            text[digits] = (byte)'=';
            text[7] = (byte)(digits + 1);
            texts[tag] = BinaryPrimitives.ReadUInt64LittleEndian(text);
        }

        return texts;
    }
}
