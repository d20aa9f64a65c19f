using System;
using HftEngine.Core.Pipeline;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// A command that proves its own integrity: header and envelope as on the wire, then the sender's number,
/// then bytes that follow from that number, then a sum over them.
/// </summary>
internal static unsafe class TestCommand
{
    public const int MinBytes = BodyOffset + 24;
    public const int BodyOffset = 64;
    public const ushort Template = 2;

    public static int LengthFor(ulong number, int span = 200) => MinBytes + (int)(Mix(number) % (ulong)span);

    public static void Write(Span<byte> message, ushort sender, ulong number, ushort template = Template)
    {
        fixed (byte* start = message)
        {
            new Span<byte>(start, BodyOffset).Clear();
            *(ushort*)start = (ushort)(message.Length - 8);
            *(ushort*)(start + 2) = template;
            *(ushort*)(start + 4) = 1;
            *(ulong*)(start + BodyOffset) = number;
            *(ulong*)(start + BodyOffset + 8) = sender;
            ulong state = Mix(number + ((ulong)sender << 48));
            for (int i = BodyOffset + 24; i < message.Length; i++)
            {
                state = (state * 6364136223846793005) + 1442695040888963407;
                start[i] = (byte)(state >> 56);
            }

            *(ulong*)(start + BodyOffset + 16) = Sum(start, message.Length);
        }
    }

    public static bool IsWhole(byte* message, int length) =>
        length >= MinBytes && *(ulong*)(message + BodyOffset + 16) == Sum(message, length);

    public static ulong NumberOf(byte* message) => *(ulong*)(message + BodyOffset);

    public static ushort SenderOf(byte* message) => *(ushort*)(message + BodyOffset + 8);

    public static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static ulong Sum(byte* message, int length)
    {
        uint sum = Crc32C.Append((uint)length, new ReadOnlySpan<byte>(message + BodyOffset, 16));
        return Crc32C.Append(sum, new ReadOnlySpan<byte>(message + BodyOffset + 24, length - BodyOffset - 24)) | (1UL << 40);
    }
}
