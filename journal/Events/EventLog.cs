using System;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The released events on disk. Written by one thread and flushed by none; what a power loss takes is made
/// again from the journal. Any number of cursors, in this process or another, read behind the writer.
/// </summary>
public sealed unsafe class EventLog : IEventSink, IEventLog, IDisposable
{
    /// <summary>A longer append becomes several blocks, each of whole commands.</summary>
    private const int MostBlockBytes = 1 << 20;

    /// <summary>At the end of each segment there is room for the block that names the next.</summary>
    private const int ReservedBytes = EventBlock.Size;

    private readonly IStorage _storage;
    private readonly IFileRenames _renames;
    private readonly SegmentSupply _supply;
    private readonly long _segmentBytes;
    private readonly long _mostBlockBytes;
    private readonly UInt128 _journalId;
    private readonly Lock _gate = new();
    private IStorageFile? _file;
    private ulong _segmentSeed;
    private ulong _segmentFirst;
    private long _offset;
    private uint _epoch;
    private EventPosition _last;
    private ulong _lastSequence;
    private EventLogTail? _unlinked;

    private EventLog(IStorage storage, UInt128 journalId, EventLogTail tail, JournalOptions options)
    {
        _storage = storage;
        _renames = storage as IFileRenames ?? new StringRenames(storage);
        _segmentBytes = options.EventSegmentBytes;
        _mostBlockBytes = long.Min(
            MostBlockBytes, _segmentBytes - SegmentHeader.Size - EventBlock.Size - ReservedBytes);
        _journalId = journalId;
        _last = tail.Last;
        _lastSequence = tail.Last.Sequence;
        _epoch = tail.Last.Epoch;
        SegmentSupply.DeleteLeftovers(storage, FileNames.IsPreparedEvents);
        _supply = new SegmentSupply(
            storage,
            FileNames.PreparedEvents,
            _segmentBytes,
            mapped: true,
            flushed: false,
            options.EventSegmentsAhead,
            options.EventSegmentsAtStart,
            threaded: options.Simulated is null);
    }

    /// <inheritdoc/>
    /// <remarks>The index is the highest there is: behind the last event of that command.</remarks>
    public EventPosition Last
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>How often an append had to wait for the next segment.</summary>
    public long SegmentWaits { get; private set; }

    /// <summary>Continues the log behind <paramref name="tail"/>; what stands behind it is erased.</summary>
    internal static EventLog Continue(
        IStorage storage, UInt128 journalId, EventLogTail tail, JournalOptions options)
    {
        var log = new EventLog(storage, journalId, tail, options);
        EventLogRepair.Run(storage, tail);
        SegmentFile segment = log._supply.Prepare();
        log.Begin(segment);
        EventLogRepair.Link(storage, tail, log._segmentFirst);
        log._supply.Start();
        return log;
    }

    /// <summary>
    /// As <see cref="Continue"/>, but the first segment is made in the background and begun with the first append, or by
    /// <see cref="BeginFirst"/>.
    /// </summary>
    internal static EventLog ContinueLater(
        IStorage storage, UInt128 journalId, EventLogTail tail, JournalOptions options)
    {
        Invariant.Require(options.Simulated is null);
        var log = new EventLog(storage, journalId, tail, options);
        EventLogRepair.Run(storage, tail);
        log._unlinked = tail;
        log._supply.Start();
        return log;
    }

    /// <summary>Begins the first segment when no append did.</summary>
    internal void BeginFirst()
    {
        if (_unlinked is { } tail)
        {
            Begin(_supply.Take(out _));
            _unlinked = null;
            EventLogRepair.Link(_storage, tail, _segmentFirst);
        }
    }

    /// <inheritdoc/>
    public void Append(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
        Invariant.Require(lastSequence > _lastSequence || frames.IsEmpty);
        fixed (byte* start = frames)
        {
            byte* from = start;
            byte* end = start + frames.Length;
            while (end - from > _mostBlockBytes)
            {
                byte* cut = CutAfterCommand(from, end, out ulong sequence);
                if (cut == end)
                {
                    break;
                }

                AppendBlock(from, (uint)(cut - from), sequence);
                from = cut;
            }

            AppendBlock(from, (uint)(end - from), lastSequence);
        }
    }

    /// <inheritdoc/>
    public void AppendDigest(uint epoch, ulong sequence, ulong eventDigest)
    {
        byte* payload = stackalloc byte[EventStream.FrameAlignment];
        new Span<byte>(payload, EventStream.FrameAlignment).Clear();
        *(ulong*)payload = eventDigest;
        Write(EventBlockKind.Digest, epoch, sequence, payload, EventStream.FrameAlignment);
    }

    /// <summary>
    /// A cursor on a log that another process writes; it may stand before a log that has not begun.
    /// </summary>
    public static IEventCursor OpenCursor(IStorage storage, EventPosition after) => new EventCursor(storage, after);

    /// <summary>One step of the background's work, where the options give it no thread.</summary>
    internal bool Attend() => _supply.Step();

    /// <inheritdoc/>
    public IEventCursor OpenCursor(EventPosition after) => new EventCursor(_storage, after);

    /// <summary>
    /// Deletes whole segments that no reader needs who starts after <paramref name="oldestInUse"/>.
    /// </summary>
    public int Retain(EventPosition oldestInUse)
    {
        System.Collections.Generic.List<ulong> segments = EventLogScan.SegmentsOf(_storage);
        int unused = 0;
        while (unused + 1 < segments.Count
            && segments[unused + 1] <= oldestInUse.Sequence + 1 && segments[unused] < _segmentFirst)
        {
            unused++;
        }

        if (unused > 0)
        {
            EventLogRetention.Mark(_storage, segments[unused]);
            for (int i = 0; i < unused; i++)
            {
                _storage.Delete(FileNames.Events(segments[i]));
            }
        }

        return unused;
    }

    /// <summary>Brings what was appended to the disk; for an orderly stop.</summary>
    public void Flush() => _file?.Flush();

    public void Dispose()
    {
        _supply.Dispose();
        _file?.Dispose();
        _file = null;
    }

    private byte* CutAfterCommand(byte* from, byte* end, out ulong sequence)
    {
        byte* cut = end;
        sequence = 0;
        for (byte* at = from; at < end;)
        {
            Invariant.Require(EventFrame.IsWhole(at, end - at));
            var frame = new EventFrame(at);
            at += frame.Bytes;
            if (frame.IsLastOfCommand)
            {
                if (at - from > _mostBlockBytes && cut != end)
                {
                    break;
                }

                cut = at;
                sequence = frame.Sequence;
            }
        }

        return cut;
    }

    private void AppendBlock(byte* frames, uint bytes, ulong lastSequence)
    {
        uint epoch = bytes > 0 ? new EventFrame(frames).Epoch : _epoch;
        Write(EventBlockKind.Events, epoch, lastSequence, frames, bytes);
        _epoch = epoch;
        _lastSequence = lastSequence;
        lock (_gate)
        {
            _last = new EventPosition(epoch, lastSequence, uint.MaxValue);
        }
    }

    private void Write(EventBlockKind kind, uint epoch, ulong sequence, byte* payload, uint bytes)
    {
        if (_file is null)
        {
            BeginFirst();
        }

        if (_offset + EventBlock.Size + bytes + ReservedBytes > _segmentBytes)
        {
            Invariant.Require(SegmentHeader.Size + EventBlock.Size + bytes + ReservedBytes <= _segmentBytes);
            Roll(epoch);
        }

        _offset = BlockWriter.Write(_file!, _segmentSeed, _offset, kind, epoch, sequence, payload, bytes);
    }

    private void Roll(uint epoch)
    {
        SegmentFile next = _supply.Take(out bool waited);
        SegmentWaits += waited ? 1 : 0;
        IStorageFile full = _file!;
        ulong seed = _segmentSeed;
        long offset = _offset;
        _epoch = epoch;
        Begin(next);

        // The next segment has its name before the old one points to it.
        _ = BlockWriter.Write(full, seed, offset, EventBlockKind.Continued, epoch, _segmentFirst, null, 0);
        _supply.Retire(full);
    }

    private void Begin(SegmentFile segment)
    {
        SegmentHeader header = default;
        header.Magic = SegmentHeader.EventMagic;
        header.JournalId = _journalId;
        header.Epoch = _epoch;
        header.FirstSequence = _lastSequence + 1;
        header.SegmentBytes = _segmentBytes;
        Span<byte> page = stackalloc byte[SegmentHeader.Size];
        header.WriteTo(page);
        segment.File.Write(0, page);
        Span<byte> name = stackalloc byte[FileNames.EventsLength];
        FileNames.WriteEvents(header.FirstSequence, name);
        _renames.Rename(segment.PreparedName, name);
        _file = segment.File;
        _segmentFirst = header.FirstSequence;
        _segmentSeed = EventBlock.SeedOf(_journalId, header.FirstSequence);
        _offset = SegmentHeader.Size;
    }
}
