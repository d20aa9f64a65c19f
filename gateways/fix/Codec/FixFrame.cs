using System;

namespace HftEngine.Fix.Codec;

public enum FrameKind
{
    /// <summary>
    /// More bytes are needed. What stands before <see cref="FixFrame.Skip"/> can be dropped already.
    /// </summary>
    Incomplete,

    /// <summary>A message whose length is right stands at <see cref="FixFrame.Skip"/>.</summary>
    Message,

    /// <summary>
    /// Bytes that look like a message and are none. They are dropped and the sequence number stays.
    /// </summary>
    Garbled,
}

/// <summary>Finds messages in a TCP stream by BeginString, BodyLength and the place of CheckSum.</summary>
/// <param name="Kind">What was found.</param>
/// <param name="Skip">Bytes before it that belong to no message.</param>
/// <param name="Length">Bytes of the message, or of what is garbled.</param>
public readonly record struct FixFrame(FrameKind Kind, int Skip, int Length)
{
    public const byte Soh = 1;

    private const int MaxBeginString = 16;
    private const int MaxLengthDigits = 12;
    private const int CheckSumBytes = 7;
    private const int MaxCheckSumBytes = 12;

    private static ReadOnlySpan<byte> Begin => "8=FIX"u8;

    private static ReadOnlySpan<byte> CheckSumField => "\u000110="u8;

    /// <summary>Looks at everything that was received and not yet taken.</summary>
    /// <param name="received">The bytes in order.</param>
    /// <param name="maxBytes">Longest message that is taken.</param>
    public static FixFrame Read(ReadOnlySpan<byte> received, int maxBytes)
    {
        int begin = received.StartsWith(Begin) ? 0 : received.IndexOf(Begin);
        if (begin < 0)
        {
            // The last bytes may be the beginning of what is looked for.
            return new FixFrame(FrameKind.Incomplete, int.Max(0, received.Length - Begin.Length + 1), 0);
        }

        ReadOnlySpan<byte> message = received[begin..];
        int lengthField = message[..int.Min(message.Length, MaxBeginString)].IndexOf(Soh) + 1;
        if (lengthField == 0)
        {
            return Unfinished(begin, message.Length >= MaxBeginString);
        }

        if (message.Length < lengthField + 2)
        {
            return Unfinished(begin, false);
        }

        if (message[lengthField] != '9' || message[lengthField + 1] != '=')
        {
            return Unfinished(begin, true);
        }

        ReadOnlySpan<byte> digits = message[(lengthField + 2)..];
        digits = digits[..int.Min(digits.Length, MaxLengthDigits + 1)];
        int digitCount = digits.IndexOf(Soh);
        if (digitCount < 0)
        {
            return Unfinished(begin, digits.Length > MaxLengthDigits);
        }

        if (!FixValue.TryUnsigned(digits[..digitCount], out long bodyLength) || bodyLength > maxBytes)
        {
            return Unfinished(begin, true);
        }

        return Close(message, begin, lengthField + 2 + digitCount + 1 + (int)bodyLength, maxBytes);
    }

    // Where BodyLength lies, the message ends with the next CheckSum behind the place that BodyLength
    // names. What is swallowed on the way was sent in the shadow of a wrong length; the gap makes the peer
    // send it again.
    private static FixFrame Close(ReadOnlySpan<byte> message, int begin, int bodyEnd, int maxBytes)
    {
        if (message.Length < bodyEnd + CheckSumField.Length)
        {
            return bodyEnd > maxBytes
                ? new FixFrame(FrameKind.Garbled, begin, Begin.Length)
                : new FixFrame(FrameKind.Incomplete, begin, 0);
        }

        int found = message[(bodyEnd - 1)..].IndexOf(CheckSumField);
        if (found < 0)
        {
            return Unfinished(begin, message.Length > maxBytes);
        }

        int value = bodyEnd - 1 + found + CheckSumField.Length;
        ReadOnlySpan<byte> rest = message[value..];
        int valueBytes = rest[..int.Min(rest.Length, MaxCheckSumBytes)].IndexOf(Soh);
        if (valueBytes < 0)
        {
            return Unfinished(begin, rest.Length >= MaxCheckSumBytes);
        }

        int end = value + valueBytes + 1;
        bool whole = found == 0 && end == bodyEnd + CheckSumBytes;
        return new FixFrame(whole ? FrameKind.Message : FrameKind.Garbled, begin, end);
    }

    // What can never become a message gives up its first bytes, so that the search goes on behind them.
    private static FixFrame Unfinished(int begin, bool hopeless) => hopeless
        ? new FixFrame(FrameKind.Garbled, begin, Begin.Length)
        : new FixFrame(FrameKind.Incomplete, begin, 0);
}
