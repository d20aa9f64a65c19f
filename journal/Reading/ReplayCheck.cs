using System;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Holds a replay against what was released before: recorded digests, then the events themselves, then,
/// beyond the log's end, appends them.
/// </summary>
/// <remarks>
/// Up to a recorded digest only digests are compared. So the replay may go that far while the look through the event
/// log goes on; beyond the last digest that it has shown, the replay waits for it.
/// </remarks>
internal sealed class ReplayCheck : IReplayEvents, IDisposable
{
    /// <summary>Commands between two recorded digests.</summary>
    public const ulong DigestInterval = 65_536;

    private const int BufferBytes = 1 << 16;

    private readonly IStorage _storage;
    private readonly EventLogLook _look;
    private readonly Func<(EventLogTail Tail, EventLog Log)> _open;
    private readonly IReplayTarget _target;
    private readonly bool _compareAll;
    private readonly EventPosition _restored;
    private readonly ulong _begunAt;
    private EventLogTail? _tail;
    private EventLog? _log;
    private ulong _compareAfter;
    private IEventCursor? _cursor;
    private byte[] _buffer = new byte[BufferBytes];
    private int _bufferStart;
    private int _bufferLength;
    private int _nextDigest;

    /// <param name="storage">The folder.</param>
    /// <param name="look">Shows what the event log has.</param>
    /// <param name="open">Gives what the look found, and the log that takes what is missing; called once, when the
    /// replay cannot go on without.</param>
    /// <param name="target">Stands at <paramref name="restored"/>.</param>
    /// <param name="compareAll">Also the events before the last recorded digest.</param>
    /// <param name="restored">The snapshot's last command; default: the replay begins with the journal.</param>
    public ReplayCheck(
        IStorage storage,
        EventLogLook look,
        Func<(EventLogTail Tail, EventLog Log)> open,
        IReplayTarget target,
        bool compareAll,
        EventPosition restored)
    {
        _storage = storage;
        _look = look;
        _open = open;
        _target = target;
        _compareAll = compareAll;
        _restored = restored;
        _begunAt = target.LastSequence;
        if (compareAll || look.HasEnded)
        {
            Join(_begunAt);
        }
    }

    public ulong RebuiltCommands { get; private set; }

    /// <summary>What was thrown came from here, not from the engine.</summary>
    public bool Failed { get; private set; }

    /// <summary>Last sequence that may be applied in one go with <paramref name="sequence"/>.</summary>
    public ulong NextStop(ulong sequence)
    {
        ulong stop = ((sequence + DigestInterval - 1) / DigestInterval) * DigestInterval;
        if (_tail is null && AheadOfLook(sequence, out RecordedDigest digest))
        {
            return ulong.Min(stop, digest.Sequence);
        }

        EventLogTail tail = _tail!;
        if (_nextDigest < tail.Digests.Count)
        {
            stop = ulong.Min(stop, tail.Digests[_nextDigest].Sequence);
        }

        stop = sequence <= _compareAfter ? ulong.Min(stop, _compareAfter) : stop;
        return sequence <= tail.Last.Sequence ? ulong.Min(stop, tail.Last.Sequence) : stop;
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
        CompareDigests(sequence);
        if (_tail is not { } tail)
        {
            return;
        }

        if (sequence == tail.Last.Sequence
            && _cursor is not null && (_bufferStart < _bufferLength || Fill(EventFrame.LeastBytes)))
        {
            throw new RecoveryRefusedException(
                $"Replay diverges: up to sequence {sequence} the event log has more events than the replay.");
        }

        if (sequence > tail.Last.Sequence)
        {
            RebuiltCommands = sequence - tail.Last.Sequence;
            if (sequence % DigestInterval == 0)
            {
                // A digest names a command of the log: its end is marked even if it had no events.
                MarkEnd(sequence);
                _log!.AppendDigest(epoch, sequence, _target.EventDigest);
            }
        }
    }

    /// <summary>The journal has no more.</summary>
    public void Complete(ulong lastSequence)
    {
        if (_tail is null)
        {
            Join(_target.LastSequence);
        }

        MarkEnd(lastSequence);
    }

    public void Dispose() => _cursor?.Dispose();

    /// <summary>
    /// Gives the next recorded digest at or behind the command, if the look shows one before it ends; otherwise joins.
    /// </summary>
    private bool AheadOfLook(ulong sequence, out RecordedDigest digest)
    {
        digest = default;
        while (_look.WaitForDigest(_nextDigest))
        {
            // The look may have shown it only after the replay was there.
            CompareDigests(sequence - 1);
            if (_look.TryDigest(_nextDigest, out digest))
            {
                return true;
            }
        }

        Join(sequence - 1);
        return false;
    }

    private void Join(ulong reached)
    {
        (EventLogTail tail, EventLog log) = _open();
        if (reached > _begunAt && tail.Last.Sequence < reached)
        {
            // The log was whole up to there a moment ago. Its events cannot be made again now.
            throw new RecoveryRefusedException(
                $"The event log goes back to sequence {tail.Last.Sequence} behind a digest of {reached}.");
        }

        _log = log;
        _tail = tail;
        RecordedDigest last = tail.Digests.Count > 0 && !_compareAll ? tail.Digests[^1] : default;
        bool fromDigest = last.Sequence + 1 >= tail.FirstSequence && last.Sequence > 0;
        EventPosition start = fromDigest ? new(last.Epoch, last.Sequence, uint.MaxValue) : default;
        _compareAfter = fromDigest ? last.Sequence : tail.FirstSequence - 1;
        if (_restored.Sequence > _compareAfter)
        {
            start = _restored;
            _compareAfter = _restored.Sequence;
        }

        if (tail.Last.Sequence > _compareAfter)
        {
            _cursor = new EventCursor(_storage, start);
        }

        if (_restored.Sequence > 0 || reached > _begunAt)
        {
            CompareDigests(reached);
        }
    }

    private void CompareDigests(ulong sequence)
    {
        while (TryNextDigest(out RecordedDigest recorded) && recorded.Sequence <= sequence)
        {
            _nextDigest++;
            if (recorded.Sequence == sequence && recorded.EventDigest != _target.EventDigest)
            {
                throw new RecoveryRefusedException(
                    $"Replay diverges: at sequence {sequence} the event digest is {_target.EventDigest:x16}, "
                    + $"the live engine recorded {recorded.EventDigest:x16}.");
            }
        }
    }

    private bool TryNextDigest(out RecordedDigest recorded)
    {
        if (_tail is not { } tail)
        {
            return _look.TryDigest(_nextDigest, out recorded);
        }

        bool any = _nextDigest < tail.Digests.Count;
        recorded = any ? tail.Digests[_nextDigest] : default;
        return any;
    }

    private void Check(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        if (_tail is not { } tail)
        {
            // A recorded digest that is known to follow covers them.
            return;
        }

        if (lastSequence > tail.Last.Sequence)
        {
            if (!frames.IsEmpty)
            {
                _log!.Append(frames, lastSequence);
            }
        }
        else if (lastSequence > _compareAfter)
        {
            Compare(frames, lastSequence);
        }
    }

    private void MarkEnd(ulong sequence)
    {
        if (_log!.Last.Sequence < sequence)
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

        return read == EventRead.Events && _cursor.Last.Sequence <= _tail!.Last.Sequence;
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
