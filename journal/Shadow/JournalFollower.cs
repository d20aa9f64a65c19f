using System;
using System.Runtime.CompilerServices;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Reads a journal behind the process that is writing it, up to commands that are known to be committed: what stands
/// there is whole, and everything is checked as in a recovery.
/// </summary>
internal sealed unsafe class JournalFollower : IDisposable
{
    private const int WindowBytes = 1 << 17;

    private readonly IStorage _storage;
    private readonly UInt128 _journalId;
    private readonly uint _journalSeed;
    private readonly NativeRegion _window = new(WindowBytes);
    private IStorageFile _file;
    private string _name;
    private SegmentPlace _place;
    private long _segmentBytes;
    private long _position = SegmentHeader.Size;
    private long _batchEnd = SegmentHeader.Size;

    /// <param name="storage">The folder.</param>
    /// <param name="first">Where to begin.</param>
    public JournalFollower(IStorage storage, SegmentEntry first)
    {
        _storage = storage;
        _journalId = first.Header.JournalId;
        _journalSeed = SegmentHeader.SeedOf(_journalId);
        LastSequence = first.Header.FirstSequence - 1;
        Crc = first.Header.ChainSeedLow;
        _name = first.Name;
        _file = storage.Open(first.Name, writable: false);
        Enter(first.Header);
    }

    /// <summary>Of the last record that was given out.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Of that record.</summary>
    public uint Crc { get; private set; }

    /// <summary>Gives the next records up to <paramref name="bound"/>, as many as are at hand.</summary>
    /// <param name="bound">A command that was committed.</param>
    /// <param name="run">Valid until the next call.</param>
    /// <returns>False: nothing now. The next segment may not have its name yet.</returns>
    /// <exception cref="JournalDamageException">What stands there is not what was committed.</exception>
    public bool Next(ulong bound, out RecordRun run)
    {
        run = default;
        while (LastSequence < bound)
        {
            long before = _position;
            run = Scan(bound);
            if (run.End > run.First)
            {
                return true;
            }

            if (_position == before && !TryEnterNext())
            {
                return false;
            }
        }

        return false;
    }

    public void Dispose()
    {
        _file.Dispose();
        _window.Dispose();
    }

    private RecordRun Scan(ulong bound)
    {
        long rest = long.Max(0, _segmentBytes - _position);
        int length = _file.Read(_position, new Span<byte>(_window.Pointer, (int)long.Min(WindowBytes, rest)));
        byte* at = _window.Pointer;
        byte* end = at + length;
        byte* first = null;
        byte* target = null;
        ulong firstSequence = LastSequence + 1;
        while (LastSequence < bound && end - at >= CommandRecord.Size && *(uint*)at != 0)
        {
            if ((*(uint*)at & ControlRecord.ControlBit) != 0)
            {
                if (end - at < ControlRecord.Size)
                {
                    break;
                }

                TakeControl(at);
                at += ControlRecord.Size;
                continue;
            }

            var record = new RecordView(at);
            Require(record.HasPlausibleLength && _position + record.Bytes <= _batchEnd, "this is no record of the batch");
            if (record.Bytes > end - at)
            {
                break;
            }

            TakeRecord(record);
            int bytes = record.Bytes;
            first = first == null ? at : first;
            target = target == null ? at : target;
            if (target != at)
            {
                // The two may overlap: from here on the record is where it was moved to.
                Buffer.MemoryCopy(at, target, bytes, bytes);
            }

            target += bytes;
            at += bytes;
        }

        return new RecordRun(first, target, firstSequence, LastSequence, _name);
    }

    private void TakeRecord(RecordView record)
    {
        Require(
            Crc32C.OfRecord(Crc, (int)record.MessageBytes, record.Message) == record.Crc,
            "a record does not match its checksum");
        Require(record.Sequence == LastSequence + 1 && record.Epoch == _place.Epoch, "a record names another sequence");
        Require(record.PaddingIsZero, "the padding of a record is not zero");
        LastSequence = record.Sequence;
        Crc = record.Crc;
        _position += record.Bytes;
    }

    private void TakeControl(byte* at)
    {
        ControlRecord control = Unsafe.ReadUnaligned<ControlRecord>(at);
        Require(
            control.IsValid(_journalSeed, _place.FirstSequence, _position) && _position == _batchEnd,
            "a control record does not belong here");
        _position += ControlRecord.Size;
        _batchEnd = _position + (control.Kind == ControlKind.Batch ? control.BatchBytes : 0);
    }

    /// <summary>The segment has no more: goes to the one that begins with the next command, once it has its name.</summary>
    private bool TryEnterNext()
    {
        string next = FileNames.Journal(LastSequence + 1);
        if (next == _name || !_storage.Exists(next))
        {
            return false;
        }

        IStorageFile file = _storage.Open(next, writable: false);
        byte[] page = new byte[SegmentHeader.Size];
        int read = file.Read(0, page);
        bool whole = SegmentHeader.TryRead(page.AsSpan(0, read), out SegmentHeader header)
            && header.Magic == SegmentHeader.JournalMagic
            && header.JournalId == _journalId
            && header.FirstSequence == LastSequence + 1
            && header.ChainSeedLow == Crc;
        if (!whole)
        {
            file.Dispose();
            throw new JournalDamageException(next, 0, "the segment's header does not continue the one before");
        }

        _file.Dispose();
        _file = file;
        _name = next;
        Enter(header);
        return true;
    }

    private void Enter(in SegmentHeader header)
    {
        _place = new SegmentPlace(_journalSeed, header.FirstSequence, header.Epoch);
        _segmentBytes = header.SegmentBytes;
        _position = SegmentHeader.Size;
        _batchEnd = SegmentHeader.Size;
    }

    private void Require(bool condition, string reason)
    {
        if (!condition)
        {
            throw new JournalDamageException(_name, _position, reason);
        }
    }
}
