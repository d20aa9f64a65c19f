using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.State;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A deterministic machine with the engine's outer behaviour: some events for each command, or none.
/// </summary>
internal sealed unsafe class StubEngine : IShadowTarget
{
    private const int FrameBytes = 128;
    private readonly byte[] _frames = new byte[1 << 20];
    private EventDigest _digest = HftEngine.Core.EventDigest.Start();

    public ulong LastSequence { get; private set; }

    public ulong EventDigest => _digest.Value;

    public uint LastEpoch { get; private set; }

    public long LastTimestampNs { get; private set; }

    public uint RuleLevel => 0;

    public EngineLimits Limits { get; } = new();

    public List<ulong> Voided { get; } = [];

    /// <summary>The command that this machine cannot apply.</summary>
    public ulong Poison { get; init; }

    /// <summary>A machine with another rule gives other events from here on.</summary>
    public ulong DivergesAt { get; init; } = ulong.MaxValue;

    /// <summary>Its whole state, in the frame of a state stream.</summary>
    public ulong SaveState(StateSink sink)
    {
        Span<ulong> digest = stackalloc ulong[5];
        _digest.Save(digest);
        byte[] state = new byte[8 * 8];
        BinaryPrimitives.WriteUInt64LittleEndian(state, LastSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(8), LastEpoch);
        BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(16), LastTimestampNs);
        MemoryMarshal.AsBytes(digest).CopyTo(state.AsSpan(24));
        return StubState.Write(state, sink);
    }

    public void WriteImage(ImageSink sink) => sink(new byte[64]);

    public ulong Restore(StateSource state)
    {
        byte[] content = StubState.Read(state, out ulong hash);
        LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(content);
        LastEpoch = (uint)BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(8));
        LastTimestampNs = BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(16));
        _digest = Core.EventDigest.Load(MemoryMarshal.Cast<byte, ulong>(content.AsSpan(24)));
        return hash;
    }

    public static int EventsOf(ulong sequence) => sequence % 11 == 5 ? 0 : 1 + (int)(sequence % 3);

    public void Apply(byte* first, byte* end, IReplayEvents events)
    {
        int length = 0;
        for (byte* at = first; at < end; at += new RecordView(at).Bytes)
        {
            var record = new RecordView(at);
            if (record.Sequence == Poison)
            {
                throw new InvalidOperationException("poison");
            }

            LastTimestampNs = record.TimestampNs;
            length += Make(record.Epoch, record.Sequence, record.Crc, _frames.AsSpan(length));
            if (length > _frames.Length / 2)
            {
                events.Take(_frames.AsSpan(0, length), LastSequence);
                length = 0;
            }
        }

        events.Take(_frames.AsSpan(0, length), LastSequence);
    }

    public void ApplyVoided(ReadOnlySpan<byte> message, IReplayEvents events)
    {
        uint epoch = BinaryPrimitives.ReadUInt32LittleEndian(message[8..]);
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(message[16..]);
        LastTimestampNs = BinaryPrimitives.ReadInt64LittleEndian(message[24..]);
        Voided.Add(sequence);
        int length = Make(epoch, sequence, 0, _frames);
        events.Take(_frames.AsSpan(0, length), LastSequence);
    }

    /// <summary>Applies what the sequencer framed and gives the events of it.</summary>
    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> records)
    {
        var kept = new Kept();
        fixed (byte* start = records)
        {
            Apply(start, start + records.Length, kept);
        }

        return CollectionsMarshal.AsSpan(kept.Bytes);
    }

    private int Make(uint epoch, ulong sequence, uint content, Span<byte> target)
    {
        int count = EventsOf(sequence);
        int length = 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> frame = target.Slice(length, FrameBytes);
            frame.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(frame, FrameBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(frame[8..], 112);
            BinaryPrimitives.WriteUInt16LittleEndian(frame[10..], 103);
            BinaryPrimitives.WriteUInt16LittleEndian(frame[12..], 1);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[16..], epoch);
            BinaryPrimitives.WriteUInt16LittleEndian(frame[22..], (ushort)(i == count - 1 ? 1 : 0));
            BinaryPrimitives.WriteUInt64LittleEndian(frame[24..], sequence);
            BinaryPrimitives.WriteUInt32LittleEndian(frame[72..], (uint)i);
            BinaryPrimitives.WriteUInt32LittleEndian(
                frame[96..], sequence >= DivergesAt ? ~content : content);
            length += FrameBytes;
        }

        fixed (byte* start = target)
        {
            _digest.Update(start, length);
        }

        LastSequence = sequence;
        LastEpoch = epoch;
        return length;
    }

    private sealed class Kept : IReplayEvents
    {
        public List<byte> Bytes { get; } = [];

        public void Take(ReadOnlySpan<byte> frames, ulong lastSequence) => Bytes.AddRange(frames);
    }
}
