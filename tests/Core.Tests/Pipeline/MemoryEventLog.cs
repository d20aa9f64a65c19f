using System;
using System.Collections.Generic;
using System.Threading;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// An event log in memory that checks what it is given: whole frames of whole commands, without a gap.
/// </summary>
internal sealed unsafe class MemoryEventLog(long capacityBytes) : IEventSink, IEventLog, IDisposable
{
    private readonly NativeRegion _region = new(capacityBytes);
    private long _bytes;
    private ulong _sequence;
    private uint _index;
    private bool _betweenCommands = true;
    private EventPosition _last;

    public List<(ulong Sequence, ulong Digest)> Digests { get; } = new(64);

    public ulong FailAt { get; set; }

    public string? Complaint { get; private set; }

    public long Events { get; private set; }

    public EventPosition Last => _last;

    public ReadOnlySpan<byte> Bytes => new(_region.Pointer, (int)Volatile.Read(ref _bytes));

    public void Append(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        if (FailAt != 0 && lastSequence >= FailAt)
        {
            throw new InvalidOperationException("the sink was told to fail");
        }

        fixed (byte* start = frames)
        {
            for (long at = 0; at < frames.Length; at += *(int*)(start + at))
            {
                Check(start + at);
            }
        }

        if (!_betweenCommands)
        {
            Complaint ??= $"the append that ends with {lastSequence} cuts a command";
        }

        if (_sequence != lastSequence && frames.Length != 0)
        {
            Complaint ??= $"the append says {lastSequence} and ends with {_sequence}";
        }

        frames.CopyTo(new Span<byte>(_region.Pointer + _bytes, frames.Length));
        Volatile.Write(ref _bytes, _bytes + frames.Length);
    }

    public void AppendDigest(uint epoch, ulong sequence, ulong eventDigest)
    {
        if (sequence < _sequence)
        {
            Complaint ??= $"the digest of {sequence} comes after events of {_sequence}";
        }

        Digests.Add((sequence, eventDigest));
    }

    public IEventCursor OpenCursor(EventPosition after) => new Cursor(this, after);

    public void Dispose() => _region.Dispose();

    private void Check(byte* frame)
    {
        ulong sequence = *(ulong*)(frame + 24);
        uint index = *(uint*)(frame + 72);
        bool follows = _betweenCommands ? sequence > _sequence && index == 0 : sequence == _sequence && index == _index + 1;
        if (!follows || !TestEvent.IsWhole(frame))
        {
            Complaint ??= $"event ({sequence}, {index}) after ({_sequence}, {_index})";
        }

        _sequence = sequence;
        _index = index;
        _betweenCommands = (*(ushort*)(frame + 22) & 1) != 0;
        _last = new EventPosition(*(uint*)(frame + 16), sequence, index);
        Events++;
    }

    private sealed class Cursor : IEventCursor
    {
        private readonly MemoryEventLog _log;
        private long _at;

        public Cursor(MemoryEventLog log, EventPosition after)
        {
            _log = log;
            Last = after;
            long end = Volatile.Read(ref log._bytes);
            byte* start = log._region.Pointer;
            while (_at < end && PositionOf(start + _at).CompareTo(after) <= 0)
            {
                _at += *(int*)(start + _at);
            }
        }

        public EventPosition Last { get; private set; }

        public EventRead Read(Span<byte> buffer, out int bytes)
        {
            long end = Volatile.Read(ref _log._bytes);
            byte* start = _log._region.Pointer;
            bytes = 0;
            while (_at < end && bytes + *(int*)(start + _at) <= buffer.Length)
            {
                int frameBytes = *(int*)(start + _at);
                new ReadOnlySpan<byte>(start + _at, frameBytes).CopyTo(buffer[bytes..]);
                Last = PositionOf(start + _at);
                bytes += frameBytes;
                _at += frameBytes;
            }

            return bytes == 0 ? EventRead.None : EventRead.Events;
        }

        public void Dispose()
        {
        }

        private static EventPosition PositionOf(byte* frame) =>
            new(*(uint*)(frame + 16), *(ulong*)(frame + 24), *(uint*)(frame + 72));
    }
}
