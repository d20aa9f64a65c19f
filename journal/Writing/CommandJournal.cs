using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The write-ahead journal on one folder. One thread appends; the first failure breaks the journal for good:
/// a flush that is tried again after an error may report success for bytes that the kernel has dropped.
/// </summary>
public sealed unsafe class CommandJournal : ICommandLog, IDisposable
{
    private readonly JournalOptions _options;
    private readonly SegmentSupply _supply;
    private readonly JournalAttendant _attendant;
    private readonly DigestChain _chain;
    private readonly UInt128 _journalId;
    private readonly uint _journalSeed;
    private readonly bool _sync;
    private readonly bool _mapped;
    private readonly int _pieceBytes;
    private readonly NativeRegion _staging;
    private SegmentFile _segment;
    private SegmentHeader _anchor;
    private SegmentPlace _place;
    private long _offset;
    private ulong _lastSequence;
    private long _lastTimestampNs;
    private uint _crc;
    private uint _ruleLevel;
    private Exception? _broken;
    private bool _stopped;

    private CommandJournal(IStorage storage, JournalTail tail, JournalOptions options)
    {
        _options = options;
        _sync = options.Durability == Durability.Sync;
        _journalId = tail.JournalId;
        _journalSeed = SegmentHeader.SeedOf(tail.JournalId);
        _lastSequence = tail.LastSequence;
        _lastTimestampNs = tail.LastTimestampNs;
        _crc = tail.Crc;
        _ruleLevel = tail.RuleLevel;
        _pieceBytes = options.PieceBytes;
        _staging = new NativeRegion(_pieceBytes + ControlRecord.Size);
        Epoch = checked(tail.Epoch + 1);

        SegmentSupply.DeleteLeftovers(storage, FileNames.IsPrepared);
        var backlog = new Queue<SegmentExtent>();
        _chain = DigestResume.From(storage, tail, backlog);
        _supply = new SegmentSupply(
            storage,
            FileNames.Prepared,
            options.SegmentBytes,
            mapped: !_sync,
            flushed: _sync,
            options.SegmentsAhead,
            options.SegmentsAtStart,
            threaded: options.Simulated is null);
        _segment = OpenEpoch(storage);
        _mapped = _segment.File is IMappedFile;
        var writer = new DigestWriter(storage, _chain, backlog, _journalSeed, options.SegmentBytes);
        _attendant = new JournalAttendant(
            storage, writer, _segment, flushes: _sync, threaded: options.Simulated is null);
    }

    /// <summary>Of every record until the next start.</summary>
    public uint Epoch { get; }

    public UInt128 JournalId => _journalId;

    public ulong LastSequence => _lastSequence;

    /// <summary>The sequencer stamps max(this + 1, clock) first.</summary>
    public long LastTimestampNs => _lastTimestampNs;

    /// <summary>The sequencer seeds the next record's CRC with this.</summary>
    public uint LastCrc => _crc;

    /// <summary>Why the journal takes nothing more; null while it does.</summary>
    public Exception? Broken => _broken;

    /// <summary>How often a commit had to wait for the next segment.</summary>
    public long SegmentWaits { get; private set; }

    public long SegmentsRolled { get; private set; }

    /// <summary>Told to the headers of the segments to come.</summary>
    public void SetRuleLevel(uint ruleLevel) => _ruleLevel = ruleLevel;

    /// <summary>
    /// Starts a new epoch behind <paramref name="tail"/>. It is on the disk, in every mode, when this
    /// returns.
    /// </summary>
    public static CommandJournal Start(IStorage storage, JournalTail tail, JournalOptions options)
    {
        options.Validate();
        Invariant.Require(options.Durability != Durability.None);
        var journal = new CommandJournal(storage, tail, options);
        journal._supply.Start();
        journal._attendant.Start();
        return journal;
    }

    /// <inheritdoc/>
    public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
    {
        if (_broken is not null || _attendant.Failure is not null)
        {
            ThrowBroken();
        }

        try
        {
            Invariant.Require(!_stopped);
            Invariant.Require(epoch == Epoch);
            Invariant.Require(firstSequence == _lastSequence + 1);
            fixed (byte* start = records)
            {
                byte* next = start;
                byte* end = start + records.Length;
                while (next < end)
                {
                    next = AppendPiece(next, end);
                }
            }
        }
        catch (Exception e)
        {
            _broken = e;
            throw;
        }

        return _lastSequence;
    }

    /// <summary>One step of the background's work, where the options give it no thread.</summary>
    internal bool Attend() => _attendant.Step() | _supply.Step();

    /// <summary>Writes the end mark, flushes, and waits until names and digests are complete.</summary>
    public void Stop()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        if (_broken is null && _attendant.Failure is null)
        {
            WriteEndMark();
        }

        _attendant.Stop(abandon: _broken is not null);
        _broken ??= _attendant.Failure;
        if (_broken is not null)
        {
            ThrowBroken();
        }
    }

    /// <summary>
    /// Lets go of the files. Without <see cref="Stop"/> before, the journal looks as after a crash.
    /// </summary>
    public void Dispose()
    {
        _stopped = true;
        _supply.Dispose();
        _attendant.Dispose();
        _staging.Dispose();
    }

    private byte* AppendPiece(byte* start, byte* end)
    {
        // Nothing is written before the whole piece has been looked at: a malformed batch leaves no trace.
        byte* stop = Walk(start, end, out ulong last, out uint crc, out long timestampNs);
        int bytes = (int)(stop - start);
        if (_offset + bytes + (2 * ControlRecord.Size) > _options.SegmentBytes)
        {
            Roll();
        }

        ControlRecord batch = ControlRecord.Make(
            in _place, _offset, ControlKind.Batch, _lastSequence + 1, _crc, (uint)bytes);
        WriteBatch(in batch, start, bytes);
        _offset += ControlRecord.Size + bytes;
        if (_sync)
        {
            _segment.File.Flush();
        }

        _segment.CommittedEnd = _offset;
        _lastSequence = last;
        _lastTimestampNs = timestampNs;
        _crc = crc;
        return stop;
    }

    private byte* Walk(byte* start, byte* end, out ulong last, out uint crc, out long timestampNs)
    {
        ulong sequence = _lastSequence;
        byte* next = start;
        byte* tail = start;
        while (next < end)
        {
            var record = new RecordView(next);
            Invariant.Require(record.HasPlausibleLength);
            Invariant.Require(record.Bytes <= end - next);
            if (next + record.Bytes - start > _pieceBytes)
            {
                break;
            }

            sequence++;
            Invariant.Require(record.Sequence == sequence);
            Invariant.Require(record.Epoch == Epoch);
            tail = next;
            next += record.Bytes;
        }

        Invariant.Require(next > start);
        last = sequence;
        crc = new RecordView(tail).Crc;
        timestampNs = new RecordView(tail).TimestampNs;
        return next;
    }

    private void WriteBatch(in ControlRecord batch, byte* records, int bytes)
    {
        if (_mapped)
        {
            ControlRecord control = batch;
            _segment.File.Write(_offset, new ReadOnlySpan<byte>(&control, ControlRecord.Size));
            _segment.File.Write(_offset + ControlRecord.Size, new ReadOnlySpan<byte>(records, bytes));
            return;
        }

        byte* staging = _staging.Pointer;
        *(ControlRecord*)staging = batch;
        Buffer.MemoryCopy(records, staging + ControlRecord.Size, _pieceBytes, bytes);
        _segment.File.Write(_offset, new ReadOnlySpan<byte>(staging, ControlRecord.Size + bytes));
    }

    private void Roll()
    {
        SegmentFile next = _supply.Take(out bool waited);
        SegmentWaits += waited ? 1 : 0;
        SegmentsRolled++;
        Begin(next);

        // The header is not flushed on its own: the flush of the first batch in the file covers it, and a
        // file without a header holds nothing that was acknowledged.
        _segment.Next = next;
        _segment = next;
    }

    private void Begin(SegmentFile segment)
    {
        SegmentHeader header = default;
        header.Magic = SegmentHeader.JournalMagic;
        header.JournalId = _journalId;
        header.Epoch = Epoch;
        header.RuleLevel = _ruleLevel;
        header.FirstSequence = _lastSequence + 1;
        header.PreviousTimestampNs = _lastTimestampNs;
        header.ChainSeed = _crc;
        header.SchemaId = _options.SchemaId;
        header.SchemaVersion = _options.SchemaVersion;
        header.SegmentBytes = _options.SegmentBytes;
        if (_chain.TryCopyTo(ref header))
        {
            _anchor = header;
        }
        else
        {
            CopyAnchor(in _anchor, ref header);
        }

        Span<byte> page = stackalloc byte[SegmentHeader.Size];
        header.WriteTo(page);
        segment.File.Write(0, page);
        _place = new SegmentPlace(_journalSeed, header.FirstSequence, Epoch);
        _offset = SegmentHeader.Size;
        segment.FirstSequence = header.FirstSequence;
    }

    /// <summary>
    /// An older value of the digest chain is as good an anchor; its place stands beside it.
    /// </summary>
    private static void CopyAnchor(in SegmentHeader from, ref SegmentHeader header)
    {
        header.DigestSegment = from.DigestSegment;
        header.DigestOffset = from.DigestOffset;
        for (int i = 0; i < DigestChain.ValueBytes; i++)
        {
            header.Digest[i] = from.Digest[i];
        }
    }

    private SegmentFile OpenEpoch(IStorage storage)
    {
        SegmentFile first = _supply.Prepare();
        Begin(first);
        first.File.Flush();

        // An epoch that took no command leaves a segment of the same name; replacing it in one step loses
        // nothing, and the epoch only rises.
        DigestResume.DeleteStale(storage, first.FirstSequence);
        string name = FileNames.Journal(first.FirstSequence);
        storage.Rename(first.CurrentName, name);
        storage.FlushFolder();
        first.CurrentName = name;
        first.CommittedEnd = SegmentHeader.Size;
        return first;
    }

    private void WriteEndMark()
    {
        try
        {
            ControlRecord end = ControlRecord.Make(
                in _place, _offset, ControlKind.End, _lastSequence, _crc, 0);
            _segment.File.Write(_offset, new ReadOnlySpan<byte>(&end, ControlRecord.Size));
            _segment.File.Flush();
            _offset += ControlRecord.Size;
            _segment.CommittedEnd = _offset;
        }
        catch (Exception e)
        {
            _broken = e;
            _attendant.Stop(abandon: true);
            throw;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowBroken()
    {
        _broken ??= _attendant.Failure;
        throw _broken switch
        {
            StorageException s => new StorageException(s.Operation, s.File, s.Offset, s.InnerException ?? s),
            { } other => new StorageException("append", _segment.CurrentName, _offset, other),
            _ => new UnreachableException(),
        };
    }
}
