using System;
using System.Collections.Generic;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Reads a journal from its first record to its end, checking every byte on the way. Changes nothing.
/// </summary>
public sealed unsafe class JournalReader : IDisposable
{
    private const int WindowBytes = 1 << 20;

    private readonly IStorage _storage;
    private readonly List<SegmentEntry> _segments;
    private readonly List<SegmentExtent> _extents = [];
    private readonly NativeRegion[] _windows;
    private readonly uint _journalSeed;
    private NativeRegion _window;
    private int _windowIndex;
    private bool _windowIsGiven;
    private IStorageFile? _file;
    private SegmentEntry? _segment;
    private SegmentPlace _place;
    private int _next;
    private long _windowStart;
    private int _windowLength;
    private long _position;
    private long _batchEnd;
    private bool _ended;
    private ulong _lastSequence;
    private long _lastTimestampNs;
    private uint _crc;

    public JournalReader(IStorage storage, JournalOptions options)
        : this(storage, SegmentCatalog.Read(storage, options))
    {
    }

    /// <param name="storage">The folder.</param>
    /// <param name="segments">To be read, in order.</param>
    /// <param name="windows">How many calls of <see cref="Next"/> a run's memory stays as it is.</param>
    internal JournalReader(IStorage storage, List<SegmentEntry> segments, int windows = 1)
    {
        _storage = storage;
        _segments = segments;
        _windows = new NativeRegion[windows];
        for (int i = 0; i < windows; i++)
        {
            _windows[i] = new NativeRegion(WindowBytes + ControlRecord.Size);
        }

        _window = _windows[0];
        foreach (SegmentEntry segment in segments)
        {
            TotalBytes += segment.LengthBytes;
        }

        if (segments.Count > 0)
        {
            SegmentHeader first = segments[0].Header;
            _journalSeed = SegmentHeader.SeedOf(first.JournalId);
            _lastSequence = first.FirstSequence - 1;
            _lastTimestampNs = first.PreviousTimestampNs;
            _crc = first.ChainSeedLow;
        }
    }

    public long TotalBytes { get; }

    /// <summary>Of <see cref="TotalBytes"/>, for progress.</summary>
    public long ReadBytes { get; private set; }

    public ulong LastSequence => _lastSequence;

    /// <summary>Sequence of the oldest record that is kept.</summary>
    public ulong FirstSequence => _segments.Count > 0 ? _segments[0].Header.FirstSequence : 1;

    /// <summary>Set after the last run when the last write is incomplete.</summary>
    public TornTail? Torn { get; private set; }

    internal IReadOnlyList<SegmentEntry> Segments => _segments;

    /// <summary>Gives the next records; false at the end of the journal.</summary>
    /// <exception cref="JournalDamageException">A bad place that no lost write can explain.</exception>
    public bool Next(out RecordRun run)
    {
        while (true)
        {
            if (_file is null && !OpenNext())
            {
                run = default;
                return false;
            }

            string? bad = Scan(out run);
            if (run.End > run.First)
            {
                _windowIsGiven = true;
                return true;
            }

            if (bad is null && !AtEndOfData)
            {
                Fill();
                continue;
            }

            Close(bad);
        }
    }

    /// <summary>Where the journal ends; after <see cref="Next"/> said that there is no more.</summary>
    public JournalTail Tail()
    {
        Invariant.Require(_next == _segments.Count && _file is null);
        if (_segments.Count == 0)
        {
            return JournalTail.Fresh();
        }

        SegmentEntry last = _segments[^1];
        return new JournalTail
        {
            JournalId = last.Header.JournalId,
            Epoch = last.Header.Epoch,
            LastSequence = _lastSequence,
            LastTimestampNs = _lastTimestampNs,
            Crc = _crc,
            RuleLevel = last.Header.RuleLevel,
            OrderlyStop = _ended,
            SegmentName = last.Name,
            EndOffset = _extents[^1].EndOffset,
            Segments = _extents,
        };
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        foreach (NativeRegion window in _windows)
        {
            window.Dispose();
        }
    }

    private bool AtEndOfData
    {
        get
        {
            // The window was filled from this place, so a missing word means the end of the file.
            long available = _windowStart + _windowLength - _position;
            return _position + CommandRecord.Size > _segment!.LengthBytes
                || (available >= CommandRecord.Size
                    && *(uint*)(_window.Pointer + (_position - _windowStart)) == 0);
        }
    }

    private bool OpenNext()
    {
        if (_next == _segments.Count)
        {
            return false;
        }

        _segment = _segments[_next];
        SegmentHeader header = _segment.Header;
        if (header.FirstSequence != _lastSequence + 1)
        {
            throw new JournalDamageException(
                _segment.Name, 40, $"it starts at {header.FirstSequence}, expected {_lastSequence + 1}");
        }

        if (header.ChainSeedLow != _crc)
        {
            throw new JournalDamageException(
                _segment.Name, 56, "its seed is not the checksum of the record before");
        }

        _next++;
        _file = _storage.Open(_segment.Name, writable: false);
        _place = new SegmentPlace(_journalSeed, header.FirstSequence, header.Epoch);
        _position = SegmentHeader.Size;
        _batchEnd = SegmentHeader.Size;
        _ended = false;
        Fill();
        return true;
    }

    private void Fill()
    {
        if (_windowIsGiven)
        {
            _windowIsGiven = false;
            _windowIndex = (_windowIndex + 1) % _windows.Length;
            _window = _windows[_windowIndex];
        }

        long rest = long.Max(0, _segment!.LengthBytes - _position);
        _windowStart = _position;
        _windowLength = _file!.Read(
            _position, new Span<byte>(_window.Pointer, (int)long.Min(WindowBytes, rest)));
        ReadBytes += _windowLength;
    }

    /// <summary>
    /// Checks what stands in the window and moves the records together, over the control records between.
    /// </summary>
    /// <returns>What is wrong at the position; null when the window just ended.</returns>
    private string? Scan(out RecordRun run)
    {
        byte* target = null;
        byte* first = null;
        ulong firstSequence = _lastSequence + 1;
        string? bad = null;
        while (true)
        {
            byte* at = _window.Pointer + (_position - _windowStart);
            long available = _windowStart + _windowLength - _position;
            if (available < CommandRecord.Size || *(uint*)at == 0)
            {
                break;
            }

            if ((*(uint*)at & ControlRecord.ControlBit) != 0)
            {
                if (available < ControlRecord.Size)
                {
                    bad = EndsInFile(ControlRecord.Size)
                        ? null : "a record is cut short by the end of the file";
                    break;
                }

                bad = TakeControl(at);
                if (bad is not null)
                {
                    break;
                }

                continue;
            }

            long length = ScanRecords(at, available, out bad);
            if (length > 0)
            {
                if (first == null)
                {
                    first = at;
                    target = at;
                }
                else if (target != at)
                {
                    Buffer.MemoryCopy(at, target, length, length);
                }

                target += length;
                _position += length;
            }

            if (bad is not null || length == 0)
            {
                break;
            }
        }

        run = new RecordRun(first, target, firstSequence, _lastSequence, _segment!.Name);
        return bad;
    }

    /// <summary>Checks records of one batch, as far as the window holds them whole.</summary>
    private long ScanRecords(byte* start, long available, out string? bad)
    {
        byte* at = start;
        byte* windowEnd = start + available;
        byte* batchEnd = start + (_batchEnd - _position);
        ulong sequence = _lastSequence;
        uint crc = _crc;
        long timestampNs = _lastTimestampNs;
        bad = null;
        while (at < batchEnd && windowEnd - at >= CommandRecord.Size && *(uint*)at != 0)
        {
            var record = new RecordView(at);
            if (!record.HasPlausibleLength || record.Bytes > batchEnd - at)
            {
                bad = "the length is not that of a record in this batch";
                break;
            }

            if (record.Bytes > windowEnd - at)
            {
                break;
            }

            bad = CheckRecord(record, crc, sequence + 1);
            if (bad is not null)
            {
                break;
            }

            crc = record.Crc;
            timestampNs = record.TimestampNs;
            sequence++;
            at += record.Bytes;
        }

        if (at == start && bad is null && batchEnd <= start)
        {
            bad = "a record stands outside any batch";
        }

        if (at == start && bad is null && !EndsInFile(new RecordView(at).Bytes))
        {
            bad = "a record is cut short by the end of the file";
        }

        _lastSequence = sequence;
        _crc = crc;
        _lastTimestampNs = timestampNs;
        return at - start;
    }

    private bool EndsInFile(int bytes) => _position + bytes <= _segment!.LengthBytes;

    private string? CheckRecord(RecordView record, uint crc, ulong sequence)
    {
        if (Crc32C.OfRecord(crc, (int)record.MessageBytes, record.Message) != record.Crc)
        {
            return $"the record of sequence {sequence} does not match its checksum";
        }

        if (record.Sequence != sequence || record.Epoch != _place.Epoch)
        {
            return $"the record names sequence {record.Sequence} of epoch {record.Epoch}, "
                + $"expected {sequence} of {_place.Epoch}";
        }

        return record.PaddingIsZero ? null : $"the padding of the record of sequence {sequence} is not zero";
    }

    private string? TakeControl(byte* at)
    {
        ControlRecord record = *(ControlRecord*)at;
        if (!record.IsValid(_journalSeed, _place.FirstSequence, _position))
        {
            return "a control record does not match its checksum";
        }

        if (_ended || _position != _batchEnd || record.PreviousCrc != _crc || record.Epoch != _place.Epoch)
        {
            return "a control record does not continue what stands before it";
        }

        switch (record.Kind)
        {
            case ControlKind.Batch when record.Sequence == _lastSequence + 1:
                _position += ControlRecord.Size;
                _batchEnd = _position + record.BatchBytes;
                return null;
            case ControlKind.End when record.Sequence == _lastSequence:
                _position += ControlRecord.Size;
                _batchEnd = _position;
                _ended = true;
                return null;
            default:
                return "a control record names the wrong sequence";
        }
    }

    /// <summary>Decides what the end of the segment's data means.</summary>
    private void Close(string? bad)
    {
        SegmentEntry segment = _segment!;
        bool isLast = _next == _segments.Count;
        long length = segment.LengthBytes;
        long endOfData = SegmentBytes.EndOfData(_file!, _position, length);
        if (bad is not null || endOfData > _position || (isLast && _position < _batchEnd))
        {
            bad ??= _position < _batchEnd
                ? "a batch is incomplete" : "something stands behind the last record";
            long follows = SegmentBytes.FindControl(
                _file!, _position, length, _journalSeed, _place.FirstSequence);
            if (follows >= 0)
            {
                throw new JournalDamageException(
                    segment.Name, _position, $"{bad}, and a record of a later write stands at {follows}");
            }

            if (!isLast || _ended)
            {
                throw new JournalDamageException(
                    segment.Name, _position, $"{bad}, and this is not the last write");
            }

            Torn = new TornTail(segment.Name, _position, endOfData, bad);
        }

        ReadBytes += long.Max(0, length - _windowStart - _windowLength);
        _extents.Add(new SegmentExtent(segment.Header.FirstSequence, _position));
        _file!.Dispose();
        _file = null;
    }
}
