using System;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;

namespace HftEngine.Journal.Tests;

/// <summary>Real commands as the sequencer writes them, with timestamps that are the same on every run.</summary>
internal static unsafe class CommandFrames
{
    private const long FirstTimestampNs = 1_700_000_000_000_000_000;

    public static byte[] Message<T>(ushort template, in T block)
        where T : unmanaged
    {
        byte[] message = new byte[8 + sizeof(T)];
        MemoryMarshal.Write(message, (ushort)sizeof(T));
        MemoryMarshal.Write(message.AsSpan(2), template);
        MemoryMarshal.Write(message.AsSpan(4), (ushort)SchemaIndex.SchemaId);
        MemoryMarshal.Write(message.AsSpan(6), (ushort)SchemaIndex.SchemaVersion);
        MemoryMarshal.Write(message.AsSpan(8), in block);
        return message;
    }

    /// <summary>Numbers the message and frames it; the record's length.</summary>
    public static int Write(Span<byte> target, byte[] message, uint epoch, ulong sequence, ref uint crc)
    {
        MemoryMarshal.Write(message.AsSpan(8), epoch);
        MemoryMarshal.Write(message.AsSpan(16), sequence);
        MemoryMarshal.Write(message.AsSpan(24), FirstTimestampNs + (long)sequence);
        int bytes = CommandRecord.RecordBytes(message.Length);
        target[..bytes].Clear();
        message.CopyTo(target[8..]);
        MemoryMarshal.Write(target, message.Length);
        crc = Crc32C.OfRecord(crc, message);
        MemoryMarshal.Write(target[4..], crc);
        return bytes;
    }
}

/// <summary>Puts a replay's events into the event log, as the publisher does.</summary>
internal sealed class LogSink(EventLog log) : IReplayEvents
{
    public void Take(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        if (!frames.IsEmpty)
        {
            log.Append(frames, lastSequence);
        }
    }
}
