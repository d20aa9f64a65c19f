using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HftEngine.Fix.Codec;

public enum ParseResult
{
    Whole,

    /// <summary>
    /// CheckSum is wrong, or the first three fields or the last one are not what they must be.
    /// </summary>
    Garbled,
}

/// <summary>
/// One received message: an index of its fields over the bytes where they were received. Nothing is copied;
/// the message is valid until the buffer is used again.
/// </summary>
public sealed class FixMessage
{
    public const int DefaultMaxFields = 4_096;

    private const int TrailerBytes = 7;
    private const int MaxTagDigits = 9;
    private const int NoTag = 0;

    private readonly int[] _tags;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private byte[] _buffer = [];
    private int _origin;
    private int _length;
    private int _count;
    private int _dataTag;
    private int _dataBytes;

    public FixMessage(int maxFields = DefaultMaxFields)
    {
        _tags = new int[maxFields];
        _starts = new int[maxFields];
        _lengths = new int[maxFields];
    }

    /// <summary>Number of fields, BeginString and CheckSum included.</summary>
    public int Count => _count;

    /// <summary>The message has more fields than fit the index; the last ones are missing in it.</summary>
    public bool HasTooManyFields { get; private set; }

    /// <summary>Index of the first field whose tag is no number, or -1.</summary>
    public int MalformedField { get; private set; } = -1;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_origin, _length);

    public ReadOnlySpan<int> Tags => _tags.AsSpan(0, _count);

    public ReadOnlySpan<byte> BeginString => ValueAt(0);

    public ReadOnlySpan<byte> MsgType => ValueAt(2);

    /// <summary>Indexes the fields of one whole frame and verifies its CheckSum.</summary>
    public ParseResult Parse(byte[] buffer, int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, buffer.Length - start);
        _buffer = buffer;
        _origin = start;
        _length = length;
        _count = 0;
        _dataTag = NoTag;
        HasTooManyFields = false;
        MalformedField = -1;
        byte sum = IndexFields();
        return IsWhole(sum) ? ParseResult.Whole : ParseResult.Garbled;
    }

    public int TagAt(int index) => _tags.AsSpan(0, _count)[index];

    public ReadOnlySpan<byte> ValueAt(int index)
    {
        _ = _tags.AsSpan(0, _count)[index];
        return _buffer.AsSpan(_origin + _starts[index], _lengths[index]);
    }

    /// <summary>Index of the first field with this tag, or -1.</summary>
    public int Find(int tag) => _tags.AsSpan(0, _count).IndexOf(tag);

    /// <summary>
    /// Index of the first field with this tag at or behind an index, or -1: how groups are read.
    /// </summary>
    public int Find(int tag, int from)
    {
        int found = _tags.AsSpan(0, _count)[from..].IndexOf(tag);
        return found < 0 ? -1 : found + from;
    }

    public bool Has(int tag) => Find(tag) >= 0;

    /// <summary>False when the field is absent or has no value.</summary>
    public bool TryGet(int tag, out ReadOnlySpan<byte> value)
    {
        int index = Find(tag);
        value = index < 0 ? default : ValueAt(index);
        return !value.IsEmpty;
    }

    public bool TryGetInt(int tag, out long number)
    {
        number = 0;
        return TryGet(tag, out ReadOnlySpan<byte> value) && FixValue.TryInt(value, out number);
    }

    public bool TryGetUnsigned(int tag, out long number)
    {
        number = 0;
        return TryGet(tag, out ReadOnlySpan<byte> value) && FixValue.TryUnsigned(value, out number);
    }

    public bool TryGetDecimal(int tag, out FixDecimal number)
    {
        number = default;
        return TryGet(tag, out ReadOnlySpan<byte> value) && FixValue.TryDecimal(value, out number);
    }

    public bool TryGetTimestamp(int tag, out long utcNs)
    {
        utcNs = 0;
        return TryGet(tag, out ReadOnlySpan<byte> value) && FixTime.TryTimestamp(value, out utcNs);
    }

    public bool TryGetChar(int tag, out byte character)
    {
        bool one = TryGet(tag, out ReadOnlySpan<byte> value) && value.Length == 1;
        character = one ? value[0] : (byte)0;
        return one;
    }

    /// <summary>
    /// True for Y; absent counts as N, which is what the standard says of every flag of the session.
    /// </summary>
    public bool IsSet(int tag) => TryGetChar(tag, out byte flag) && flag == 'Y';

    // One pass of 32 bytes at a time finds the ends of fields and adds up the bytes.
    private byte IndexFields()
    {
        ref byte origin = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _origin);
        Vector256<byte> soh = Vector256.Create(FixFrame.Soh);
        Vector256<byte> sums = Vector256<byte>.Zero;
        int fieldStart = 0;
        int block = 0;
        for (; block <= _length - Vector256<byte>.Count; block += Vector256<byte>.Count)
        {
            Vector256<byte> bytes = Vector256.LoadUnsafe(ref origin, (nuint)block);
            sums += bytes;
            uint ends = Vector256.Equals(bytes, soh).ExtractMostSignificantBits();
            while (ends != 0)
            {
                int end = block + System.Numerics.BitOperations.TrailingZeroCount(ends);
                ends &= ends - 1;
                if (end >= fieldStart)
                {
                    fieldStart = Add(ref origin, fieldStart, end);
                }
            }
        }

        byte sum = Vector256.Sum(sums);
        for (; block < _length; block++)
        {
            byte character = Unsafe.Add(ref origin, block);
            sum += character;
            if (character == FixFrame.Soh && block >= fieldStart)
            {
                fieldStart = Add(ref origin, fieldStart, block);
            }
        }

        return sum;
    }

    /// <summary>
    /// Adds the field that ends at <paramref name="end"/>; gives where the next one starts.
    /// </summary>
    private int Add(ref byte origin, int start, int end)
    {
        int at = start;
        int tag = 0;
        uint digit = (uint)(Unsafe.Add(ref origin, at) - '0');
        if (digit - 1 <= 8)
        {
            do
            {
                tag = (tag * 10) + (int)digit;
                digit = (uint)(Unsafe.Add(ref origin, ++at) - '0');
            }
            while (digit <= 9 && at - start < MaxTagDigits);
        }

        // The end of the field is no digit, so the walk never leaves it.
        if (tag == NoTag || Unsafe.Add(ref origin, at) != '=')
        {
            (tag, at) = ReadOddTag(start, end);
        }

        int value = at + 1;
        if (_dataTag != NoTag)
        {
            end = EndOfData(tag, value, end);
        }

        if (DataFields.IsLength(tag))
        {
            ExpectData(tag, value, end);
        }

        if ((uint)_count < (uint)_tags.Length)
        {
            _tags[_count] = tag;
            _starts[_count] = value;
            _lengths[_count] = end - value;
            _count++;
        }
        else
        {
            HasTooManyFields = true;
        }

        return end + 1;
    }

    // "0=", "-1=" are numbers that no table knows; what is no number at all gets tag 0 and is remembered.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (int Tag, int EqualSign) ReadOddTag(int start, int end)
    {
        ReadOnlySpan<byte> field = _buffer.AsSpan(_origin + start, end - start);
        int equalSign = field.IndexOf((byte)'=');
        if (equalSign > 0 && equalSign <= MaxTagDigits + 1
            && FixValue.TryInt(field[..equalSign], out long tag)
            && (field[0] != '0' || equalSign == 1))
        {
            return ((int)tag, start + equalSign);
        }

        if (MalformedField < 0)
        {
            MalformedField = _count;
        }

        return (NoTag, equalSign < 0 ? end - 1 : start + equalSign);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExpectData(int tag, int value, int end)
    {
        if (FixValue.TryUnsigned(_buffer.AsSpan(_origin + value, end - value), out long bytes)
            && bytes < _length)
        {
            _dataTag = DataFields.DataOf(tag);
            _dataBytes = (int)bytes;
        }
    }

    // Data may contain the separator; its length field says where it ends.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int EndOfData(int tag, int value, int end)
    {
        int dataEnd = value + _dataBytes;
        bool fits = tag == _dataTag && dataEnd >= end && dataEnd < _length - TrailerBytes + 1
            && _buffer[_origin + dataEnd] == FixFrame.Soh;
        _dataTag = NoTag;
        return fits ? dataEnd : end;
    }

    private bool IsWhole(byte sum)
    {
        if (_count < 4 || _tags[0] != FixTag.BeginString || _tags[1] != FixTag.BodyLength
            || _tags[2] != FixTag.MsgType || _lengths[2] == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> trailer = _buffer.AsSpan(_origin + _length - TrailerBytes, TrailerBytes);
        if (!trailer.StartsWith("10="u8) || trailer[^1] != FixFrame.Soh
            || (!HasTooManyFields && _tags[_count - 1] != FixTag.CheckSum)
            || !FixValue.TryUnsigned(trailer[3..6], out long stated))
        {
            return false;
        }

        foreach (byte character in trailer)
        {
            sum -= character;
        }

        return stated == sum;
    }
}
