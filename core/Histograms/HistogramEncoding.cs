using System;
using System.Buffers;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace HftEngine.Core.Histograms;

/// <summary>
/// The V2 encoding that all HdrHistogram implementations read: a big-endian header, then the counts as ZigZag LEB128
/// numbers in which a negative one stands for that many zeros. The compressed form is the same behind zlib.
/// </summary>
public static class HistogramEncoding
{
    private const int Cookie = 0x1c849303 | 0x10;
    private const int CompressedCookie = 0x1c849304 | 0x10;
    private const int HeaderBytes = 40;
    private const int CompressedHeaderBytes = 8;
    private const int MaxNumberBytes = 9;

    // A table of 5 digits over 63 bits has 7 million places; a file that claims more is broken.
    private const int MaxPayloadBytes = 1 << 27;

    /// <summary>Bytes that <see cref="Encode"/> may need.</summary>
    public static int MaxEncodedBytes(Histogram histogram) => checked(HeaderBytes + (histogram.Length * MaxNumberBytes));

    /// <returns>Bytes written.</returns>
    public static int Encode(Histogram histogram, Span<byte> target)
    {
        int payload = EncodeCounts(histogram, target[HeaderBytes..]);
        BinaryPrimitives.WriteInt32BigEndian(target, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(target[4..], payload);
        BinaryPrimitives.WriteInt32BigEndian(target[8..], 0);
        BinaryPrimitives.WriteInt32BigEndian(target[12..], histogram.SignificantDigits);
        BinaryPrimitives.WriteInt64BigEndian(target[16..], histogram.LowestDiscernible);
        BinaryPrimitives.WriteInt64BigEndian(target[24..], histogram.HighestTrackable);
        BinaryPrimitives.WriteDoubleBigEndian(target[32..], 1.0);
        return HeaderBytes + payload;
    }

    /// <summary>The V2-deflate form, as it stands in logs behind Base64.</summary>
    public static byte[] EncodeCompressed(Histogram histogram)
    {
        byte[] plain = ArrayPool<byte>.Shared.Rent(MaxEncodedBytes(histogram));
        int length = Encode(histogram, plain);
        using var target = new MemoryStream();
        target.Write(stackalloc byte[CompressedHeaderBytes]);
        using (var zlib = new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(plain, 0, length);
        }

        ArrayPool<byte>.Shared.Return(plain);
        byte[] bytes = target.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes, CompressedCookie);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), bytes.Length - CompressedHeaderBytes);
        return bytes;
    }

    /// <summary>Reads either form.</summary>
    /// <exception cref="InvalidDataException">These are not the bytes of a V2 histogram.</exception>
    public static Histogram Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < CompressedHeaderBytes)
        {
            throw new InvalidDataException($"A histogram has at least {CompressedHeaderBytes} bytes, not {bytes.Length}.");
        }

        int cookie = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return (cookie & ~0xF0) switch
        {
            Cookie & ~0xF0 => DecodePlain(bytes),
            CompressedCookie & ~0xF0 => DecodePlain(Inflate(bytes)),
            _ => throw new InvalidDataException($"The cookie 0x{cookie:x8} is not that of a V2 histogram."),
        };
    }

    private static byte[] Inflate(ReadOnlySpan<byte> bytes)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        if (length < 0 || length > bytes.Length - CompressedHeaderBytes)
        {
            throw new InvalidDataException($"The compressed histogram is cut: {length} bytes are missing some.");
        }

        using var source = new MemoryStream(bytes.Slice(CompressedHeaderBytes, length).ToArray());
        using var zlib = new ZLibStream(source, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        byte[] piece = new byte[1 << 16];
        for (int read = zlib.Read(piece); read > 0; read = zlib.Read(piece))
        {
            if (plain.Length + read > MaxPayloadBytes)
            {
                throw new InvalidDataException("The compressed histogram unpacks to more than any histogram has.");
            }

            plain.Write(piece, 0, read);
        }

        return plain.ToArray();
    }

    private static Histogram DecodePlain(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || (BinaryPrimitives.ReadInt32BigEndian(bytes) & ~0xF0) != (Cookie & ~0xF0))
        {
            throw new InvalidDataException("The histogram's header is cut or of another version.");
        }

        int payload = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        if (payload < 0 || payload > bytes.Length - HeaderBytes)
        {
            throw new InvalidDataException($"The histogram is cut: {payload} bytes of counts are announced.");
        }

        // hdr-histogram-js writes 1 for a histogram that was never shifted, and reads nothing into it.
        if (BinaryPrimitives.ReadInt32BigEndian(bytes[8..]) is not (0 or 1))
        {
            throw new InvalidDataException("Shifted histograms are not supported.");
        }

        Histogram histogram = Create(bytes);
        DecodeCounts(histogram, bytes.Slice(HeaderBytes, payload));
        return histogram;
    }

    private static Histogram Create(ReadOnlySpan<byte> header)
    {
        try
        {
            return new Histogram(
                BinaryPrimitives.ReadInt64BigEndian(header[16..]),
                BinaryPrimitives.ReadInt64BigEndian(header[24..]),
                BinaryPrimitives.ReadInt32BigEndian(header[12..]));
        }
        catch (ArgumentOutOfRangeException outside)
        {
            throw new InvalidDataException("The histogram's header names an impossible range.", outside);
        }
    }

    private static int EncodeCounts(Histogram histogram, Span<byte> target)
    {
        int end = histogram.TotalCount == 0 ? 1 : histogram.IndexOf(histogram.Max) + 1;
        int at = 0;
        for (int i = 0; i < end;)
        {
            long count = histogram.CountAtIndex(i);
            int zeros = 0;
            while (i < end && histogram.CountAtIndex(i) == 0)
            {
                zeros++;
                i++;
            }

            // A single zero is written as such: the encoding keeps −1 for nothing.
            if (zeros == 0)
            {
                i++;
            }

            at += WriteNumber(zeros > 1 ? -zeros : count, target[at..]);
        }

        return at;
    }

    private static void DecodeCounts(Histogram histogram, ReadOnlySpan<byte> payload)
    {
        long index = 0;
        while (!payload.IsEmpty)
        {
            long number = ReadNumber(ref payload);
            if (number < 0)
            {
                index -= number;
                continue;
            }

            if (index >= histogram.Length)
            {
                throw new InvalidDataException("The histogram has more counts than its range allows.");
            }

            if (number > 0)
            {
                histogram.AddAt((int)index, number);
                histogram.NoteExtremes(histogram.ValueAt((int)index));
            }

            index++;
        }
    }

    /// <summary>Seven bits a byte, lowest first; the ninth byte holds eight.</summary>
    private static int WriteNumber(long number, Span<byte> target)
    {
        ulong left = (ulong)((number << 1) ^ (number >> 63));
        int at = 0;
        while (at < MaxNumberBytes - 1 && left > 0x7F)
        {
            target[at++] = (byte)(left | 0x80);
            left >>= 7;
        }

        target[at++] = (byte)left;
        return at;
    }

    private static long ReadNumber(ref ReadOnlySpan<byte> payload)
    {
        ulong value = 0;
        for (int at = 0; at < payload.Length; at++)
        {
            byte next = payload[at];
            bool last = at == MaxNumberBytes - 1 || next < 0x80;
            value |= (ulong)(last ? next : next & 0x7F) << (7 * at);
            if (last)
            {
                payload = payload[(at + 1)..];
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }

        throw new InvalidDataException("The histogram's last count is cut.");
    }
}
