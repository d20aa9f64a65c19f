using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Frames as they stand in the event stream: read back out of it, or made from an expected message.</summary>
internal static unsafe class EventFrames
{
    /// <summary>Whole frames between two positions, padding frames left out.</summary>
    public static List<byte[]> Read(EventStream stream, long from, long to)
    {
        List<byte[]> frames = [];
        for (long position = from; position < to;)
        {
            long offset = position & (stream.CapacityBytes - 1);
            int length = *(int*)(stream.Memory + offset);
            ushort kind = *(ushort*)(stream.Memory + offset + 4);
            bool isWhole = length >= EventStream.FrameAlignment && length % EventStream.FrameAlignment == 0
                && position + length <= to && offset + length <= stream.CapacityBytes;
            if (!isWhole)
            {
                throw new DiscrepancyException($"a frame of {length} bytes at {position}, written up to {to}");
            }

            if (kind != EventStream.PaddingKind)
            {
                frames.Add(new ReadOnlySpan<byte>(stream.Memory + offset, length).ToArray());
            }

            position += length;
        }

        return frames;
    }

    /// <summary>Frame header, message, zeros up to the alignment.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        int whole = EventStream.FrameHeaderBytes + message.Length;
        int aligned = (whole + EventStream.FrameAlignment - 1) / EventStream.FrameAlignment * EventStream.FrameAlignment;
        byte[] frame = new byte[aligned];
        MemoryMarshal.Write(frame, aligned);
        message.CopyTo(frame.AsSpan(EventStream.FrameHeaderBytes));
        return frame;
    }

    /// <summary>The message in a frame, without padding.</summary>
    public static ReadOnlySpan<byte> Message(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> rest = frame[EventStream.FrameHeaderBytes..];
        MessageHeader header = MemoryMarshal.Read<MessageHeader>(rest);
        return rest[..Math.Min(rest.Length, MessageHeader.Size + header.BlockLength)];
    }
}

/// <summary>Frames are equal when all their bytes are.</summary>
internal sealed class FrameComparer : IEqualityComparer<byte[]>
{
    public static readonly FrameComparer Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] frame) => frame.Length;
}

/// <summary>The engine and the rules differ.</summary>
internal sealed class DiscrepancyException(string message) : Exception(message);
