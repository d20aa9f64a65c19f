using System;
using HftEngine.Core;
using HftEngine.Core.State;

namespace HftEngine.Journal;

/// <summary>Replays into an engine that has its event stream for itself.</summary>
public sealed unsafe class EngineReplay(Engine engine) : IShadowTarget
{
    private byte[] _joined = [];

    public ulong LastSequence => engine.LastSequence;

    public ulong EventDigest => engine.EventDigestValue;

    public uint LastEpoch => engine.LastEpoch;

    public long LastTimestampNs => engine.LastTimestampNs;

    public uint RuleLevel => engine.RuleLevel;

    public EngineLimits Limits => engine.Limits;

    public ulong SaveState(StateSink sink) => engine.SaveState(sink);

    public void WriteImage(ImageSink sink) => engine.WriteImage(sink);

    public ulong Restore(StateSource state) => engine.LoadState(state);

    public void Apply(byte* first, byte* end, IReplayEvents events)
    {
        EventStream stream = engine.Events;
        byte* next = first;
        while (next < end)
        {
            // All that was written before has been handed over: the whole ring is free again.
            long from = stream.Position;
            stream.Limit = from + stream.CapacityBytes;
            byte* stopped = engine.ApplyRecords(next, end);
            Invariant.Require(stopped > next);
            next = stopped;
            HandOver(stream, from, events);
        }

        stream.Limit = long.MaxValue;
    }

    public void ApplyVoided(ReadOnlySpan<byte> message, IReplayEvents events)
    {
        EventStream stream = engine.Events;
        long from = stream.Position;
        engine.ApplyVoided(message);
        HandOver(stream, from, events);
    }

    private void HandOver(EventStream stream, long from, IReplayEvents events)
    {
        long to = stream.Position;
        long offset = from & (stream.CapacityBytes - 1);
        long untilWrap = stream.CapacityBytes - offset;
        if (to - from <= untilWrap)
        {
            events.Take(
                new ReadOnlySpan<byte>(stream.Memory + offset, (int)(to - from)), engine.LastSequence);
            return;
        }

        // The pieces before and behind the end of the ring may be parts of one command: they go out as one.
        int head = (int)LengthBeforePadding(stream.Memory + offset, untilWrap);
        int rest = (int)(to - from - untilWrap);
        if (_joined.Length < head + rest)
        {
            _joined = new byte[head + rest];
        }

        new ReadOnlySpan<byte>(stream.Memory + offset, head).CopyTo(_joined);
        new ReadOnlySpan<byte>(stream.Memory, rest).CopyTo(_joined.AsSpan(head));
        events.Take(_joined.AsSpan(0, head + rest), engine.LastSequence);
    }

    private static long LengthBeforePadding(byte* start, long bytes)
    {
        long at = 0;
        while (at < bytes && new EventFrame(start + at).Kind != EventStream.PaddingKind)
        {
            at += new EventFrame(start + at).Bytes;
        }

        return at;
    }
}
