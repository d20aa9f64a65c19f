using System;
using System.Collections.Generic;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Reads the event log from a checkpoint on, behind the writer, from any thread or process of its own.
/// </summary>
internal sealed unsafe class EventCursor : IEventCursor
{
    private readonly IStorage _storage;
    private readonly EventPosition _after;
    private EventSegmentReader? _reader;
    private EventRead _state = EventRead.Events;
    private int _payloadOffset;
    private int _payloadLength;
    private bool _placed;

    public EventCursor(IStorage storage, EventPosition after)
    {
        _storage = storage;
        _after = after;
        Last = after;
    }

    /// <inheritdoc/>
    public EventPosition Last { get; private set; }

    /// <inheritdoc/>
    public EventRead Read(Span<byte> buffer, out int bytes)
    {
        bytes = 0;
        if (!_placed && !Place())
        {
            return _state == EventRead.Events ? EventRead.None : _state;
        }

        while (_state == EventRead.Events)
        {
            if (_payloadOffset < _payloadLength)
            {
                bytes += Copy(buffer[bytes..], bytes == 0);
                if (_payloadOffset < _payloadLength)
                {
                    return EventRead.Events;
                }
            }

            if (!NextBlock())
            {
                break;
            }
        }

        return bytes > 0 ? EventRead.Events : _state == EventRead.Events ? EventRead.None : _state;
    }

    public void Dispose() => _reader?.Dispose();

    /// <summary>Finds the place behind the checkpoint, or that there is none.</summary>
    private bool Place()
    {
        List<ulong> segments = EventLogScan.SegmentsOf(_storage);
        if (segments.Count == 0)
        {
            // The log has not begun; only its beginning can be waited for.
            if (_after.Sequence != 0)
            {
                _placed = true;
                _state = EventRead.Rewound;
                Last = default;
            }

            return false;
        }

        _placed = true;
        if (_after == default)
        {
            _reader = new EventSegmentReader(_storage, FileNames.Events(segments[0]));
            return true;
        }

        if (_after.Sequence + 1 < segments[0])
        {
            _state = EventRead.Expired;
            return false;
        }

        int at = segments.Count - 1;
        while (at > 0 && segments[at] > _after.Sequence)
        {
            at--;
        }

        _reader = new EventSegmentReader(_storage, FileNames.Events(segments[at]));
        if (segments[at] > _after.Sequence)
        {
            // The checkpoint is the command before the log begins: the header tells of which history that was.
            uint epoch = _reader.Header.Epoch;
            return epoch == 0 || epoch == _after.Epoch || Rewind(segments);
        }

        return Skip() || Rewind(segments);
    }

    /// <summary>Reads up to the block that holds the checkpoint, and past the checkpoint in it.</summary>
    private bool Skip()
    {
        while (NextBlock())
        {
            EventBlock block = _reader!.Block;
            if (block.Kind != EventBlockKind.Events || block.Sequence < _after.Sequence)
            {
                _payloadOffset = _payloadLength;
                continue;
            }

            if (block.Epoch != _after.Epoch)
            {
                return false;
            }

            return SkipFrames();
        }

        return false;
    }

    private bool SkipFrames()
    {
        bool isWithin = _after.Index == uint.MaxValue;
        fixed (byte* start = _reader!.Payload)
        {
            while (_payloadOffset < _payloadLength)
            {
                CheckFrame(start);
                var frame = new EventFrame(start + _payloadOffset);
                int order = frame.Position.CompareTo(_after);
                if (order > 0)
                {
                    break;
                }

                isWithin |= order == 0;
                _payloadOffset += frame.Bytes;
            }
        }

        // A checkpoint names an event that was read, or the end of a command; anything else is another
        // history.
        return isWithin;
    }

    /// <summary>
    /// The checkpoint is not in the log: finds the last command that both histories can share.
    /// </summary>
    private bool Rewind(List<ulong> segments)
    {
        _state = EventRead.Rewound;
        Last = default;
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            using var reader = new EventSegmentReader(_storage, FileNames.Events(segments[i]));
            EventPosition last = BeforeSegment(reader.Header);
            while (reader.Next())
            {
                EventBlock block = reader.Block;
                if (block.Kind == EventBlockKind.Events
                    && block.Epoch <= _after.Epoch && block.Sequence < _after.Sequence)
                {
                    last = new EventPosition(block.Epoch, block.Sequence, uint.MaxValue);
                }
            }

            if (last != default)
            {
                Last = last;
                break;
            }
        }

        if (Last == default && segments[0] > 1)
        {
            // The log does not go back far enough to say how much of the checkpoint's history is shared.
            _state = EventRead.Expired;
        }

        return false;
    }

    /// <summary>The command before a segment, if the checkpoint's history has it as well.</summary>
    private EventPosition BeforeSegment(in SegmentHeader header)
    {
        ulong before = header.FirstSequence - 1;
        bool isShared = before > 0 && before < _after.Sequence
            && header.Epoch > 0 && header.Epoch <= _after.Epoch;
        return isShared ? new EventPosition(header.Epoch, before, uint.MaxValue) : default;
    }

    private int Copy(Span<byte> buffer, bool isFirst)
    {
        int from = _payloadOffset;
        ReadOnlySpan<byte> payload = _reader!.Payload;
        fixed (byte* start = payload)
        {
            while (_payloadOffset < _payloadLength)
            {
                CheckFrame(start);
                var frame = new EventFrame(start + _payloadOffset);
                if (_payloadOffset - from + frame.Bytes > buffer.Length)
                {
                    break;
                }

                _payloadOffset += frame.Bytes;
                Last = frame.Position;
            }
        }

        int bytes = _payloadOffset - from;
        if (bytes == 0 && isFirst)
        {
            throw new ArgumentException("The buffer is shorter than the next frame.", nameof(buffer));
        }

        payload.Slice(from, bytes).CopyTo(buffer);
        return bytes;
    }

    private void CheckFrame(byte* start)
    {
        if (!EventFrame.IsWhole(start + _payloadOffset, _payloadLength - _payloadOffset))
        {
            throw new JournalDamageException(
                _reader!.Name, _reader.Offset - _payloadLength + _payloadOffset, "this is no event frame");
        }
    }

    /// <summary>
    /// Goes to the next block with frames, over segments; false where nothing was written yet.
    /// </summary>
    private bool NextBlock()
    {
        while (true)
        {
            _payloadOffset = 0;
            _payloadLength = 0;
            if (!_reader!.Next())
            {
                if (_reader.TryFindNext(_storage, out string next))
                {
                    _reader.Dispose();
                    _reader = new EventSegmentReader(_storage, next);
                    continue;
                }

                Reopen();
                return false;
            }

            if (_reader.Block.Kind == EventBlockKind.Events)
            {
                _payloadLength = _reader.Payload.Length;
                return true;
            }

            if (_reader.Block.Kind == EventBlockKind.Continued && !Follow(_reader.Block.Sequence))
            {
                return false;
            }
        }
    }

    private bool Follow(ulong next)
    {
        string name = FileNames.Events(next);
        if (!_storage.Exists(name))
        {
            // Retention overtook this reader.
            _state = EventRead.Expired;
            return false;
        }

        _reader!.Dispose();
        _reader = new EventSegmentReader(_storage, name);
        return true;
    }

    /// <summary>
    /// A segment without events is replaced by one of the same name when the venue restarts.
    /// </summary>
    private void Reopen()
    {
        if (_reader!.Offset == SegmentHeader.Size && _storage.Exists(_reader.Name))
        {
            string name = _reader.Name;
            _reader.Dispose();
            _reader = new EventSegmentReader(_storage, name);
        }
    }
}
