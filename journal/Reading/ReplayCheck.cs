using System;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Holds a replay against what was released before: recorded digests, then the events themselves, then,
/// beyond the log's end, appends them.
/// </summary>
internal sealed class ReplayCheck : IReplayEvents, IDisposable
{
    /// <summary>Commands between two recorded digests.</summary>
    public const ulong DigestInterval = 65_536;

    private const int BufferBytes = 1 << 16;

    private readonly EventLog _log;
    private readonly EventLogTail _tail;
    private readonly IReplayTarget _target;
    private readonly ulong _compareAfter;
    private readonly IEventCursor? _cursor;
    private byte[] _buffer = new byte[BufferBytes];
    private int _bufferStart;
    private int _bufferLength;
    private int _nextDigest;

    /// <param name="storage">The folder.</param>
    /// <param name="tail">What the event log has.</param>
    /// <param name="log">Takes what it has not.</param>
    /// <param name="target">Stands at <paramref name="restored"/>.</param>
    /// <param name="compareAll">Also the events before the last recorded digest.</param>
    /// <param name="restored">The snapshot's last command; default: the replay begins with the journal.</param>
    public ReplayCheck(
        IStorage storage,
        EventLogTail tail,
        EventLog log,
        IReplayTarget target,
        bool compareAll,
        EventPosition restored)
    {
        _log = log;
        _tail = tail;
        _target = target;
        RecordedDigest last = tail.Digests.Count > 0 && !compareAll ? tail.Digests[^1] : default;
        bool fromDigest = last.Sequence + 1 >= tail.FirstSequence && last.Sequence > 0;
        EventPosition start = fromDigest ? new(last.Epoch, last.Sequence, uint.MaxValue) : default;
        _compareAfter = fromDigest ? last.Sequence : tail.FirstSequence - 1;
        if (restored.Sequence > _compareAfter)
        {
            start = restored;
            _compareAfter = restored.Sequence;
        }

        if (tail.Last.Sequence > _compareAfter)
        {
            _cursor = new EventCursor(storage, start);
        }

        if (restored.Sequence > 0)
        {
            Reached(restored.Sequence, restored.Epoch);
        }
    }

    public ulong RebuiltCommands { get; private set; }

    /// <summary>What was thrown came from here, not from the engine.</summary>
    public bool Failed { get; private set; }

    /// <summary>Last sequence that may be applied in one go with <paramref name="sequence"/>.</summary>
    public ulong NextStop(ulong sequence)
    {
        ulong stop = ((sequence + DigestInterval - 1) / DigestInterval) * DigestInterval;
        if (_nextDigest < _tail.Digests.Count)
        {
            stop = ulong.Min(stop, _tail.Digests[_nextDigest].Sequence);
        }

        stop = sequence <= _compareAfter ? ulong.Min(stop, _compareAfter) : stop;
        return sequence <= _tail.Last.Sequence ? ulong.Min(stop, _tail.Last.Sequence) : stop;
    }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        Failed = true;
        Check(frames, lastSequence);
        Failed = false;
    }

    /// <summary>The replay has applied everything up to <paramref name="sequence"/>.</summary>
    public void Reached(ulong sequence, uint epoch)
    {
        while (_nextDigest < _tail.Digests.Count && _tail.Digests[_nextDigest].Sequence <= sequence)
        {
            RecordedDigest recorded = _tail.Digests[_nextDigest++];
            if (recorded.Sequence == sequence && recorded.EventDigest != _target.EventDigest)
            {
                throw new RecoveryRefusedException(
                    $"Replay diverges: at sequence {sequence} the event digest is {_target.EventDigest:x16}, "
                    + $"the live engine recorded {recorded.EventDigest:x16}.");
            }
        }

        if (sequence == _tail.Last.Sequence
            && _cursor is not null && (_bufferStart < _bufferLength || Fill(EventFrame.LeastBytes)))
        {
            throw new RecoveryRefusedException(
                $"Replay diverges: up to sequence {sequence} the event log has more events than the replay.");
        }

        if (sequence > _tail.Last.Sequence)
        {
            RebuiltCommands = sequence - _tail.Last.Sequence;
            if (sequence % DigestInterval == 0)
            {
                // A digest names a command of the log: its end is marked even if it had no events.
                MarkEnd(sequence);
                _log.AppendDigest(epoch, sequence, _target.EventDigest);
            }
        }
    }

    /// <summary>The journal has no more.</summary>
    public void Complete(ulong lastSequence) => MarkEnd(lastSequence);

    public void Dispose() => _cursor?.Dispose();

    private void Check(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        if (lastSequence > _tail.Last.Sequence)
        {
            if (!frames.IsEmpty)
            {
                _log.Append(frames, lastSequence);
            }
        }
        else if (lastSequence > _compareAfter)
        {
            Compare(frames, lastSequence);
        }
    }

    private void MarkEnd(ulong sequence)
    {
        if (_log.Last.Sequence < sequence)
        {
            _log.Append([], sequence);
        }
    }

    private void Compare(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        while (!frames.IsEmpty)
        {
            if (_bufferStart == _bufferLength && !Fill(frames.Length))
            {
                throw new RecoveryRefusedException(
                    $"Replay diverges: it made more events than the log has, up to sequence {lastSequence}.");
            }

            int bytes = int.Min(frames.Length, _bufferLength - _bufferStart);
            ReadOnlySpan<byte> logged = _buffer.AsSpan(_bufferStart, bytes);
            if (!logged.SequenceEqual(frames[..bytes]))
            {
                throw Diverges(frames, logged.CommonPrefixLength(frames));
            }

            _bufferStart += bytes;
            frames = frames[bytes..];
        }
    }

    private bool Fill(int wanted)
    {
        if (wanted > _buffer.Length)
        {
            _buffer = new byte[wanted];
        }

        _bufferStart = 0;
        EventRead read = _cursor!.Read(_buffer, out _bufferLength);
        if (read is EventRead.Rewound or EventRead.Expired)
        {
            throw new RecoveryRefusedException(
                $"The event log cannot be read from its last digest on: {read}.");
        }

        return read == EventRead.Events && _cursor.Last.Sequence <= _tail.Last.Sequence;
    }

    private static unsafe RecoveryRefusedException Diverges(ReadOnlySpan<byte> frames, int at)
    {
        fixed (byte* start = frames)
        {
            byte* frame = start;
            while (EventFrame.IsWhole(frame, frames.Length - (frame - start))
                && frame + new EventFrame(frame).Bytes <= start + at)
            {
                frame += new EventFrame(frame).Bytes;
            }

            EventPosition position = new EventFrame(frame).Position;
            return new RecoveryRefusedException(
                $"Replay diverges at sequence {position.Sequence}, event {position.Index}.");
        }
    }
}
