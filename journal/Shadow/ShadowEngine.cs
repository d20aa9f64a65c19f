using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// A second engine that follows the journal behind the live one, up to what was released; compares the digests that the
/// live engine recorded, and writes snapshots and images of its own state, so that the live one never pauses.
/// </summary>
public sealed unsafe class ShadowEngine : IDisposable
{
    private const int OpenAttempts = 10;

    private readonly IStorage _storage;
    private readonly IShadowTarget _target;
    private readonly SnapshotStore _store;
    private readonly NoEvents _noEvents = new();
    private readonly Dictionary<ulong, ulong> _digests = [];
    private readonly JournalFollower _journal;
    private readonly ReleasedFollower _released;
    private readonly UInt128 _journalId;
    private readonly ulong[] _voided;
    private int _nextVoided;

    /// <summary>Loads the newest snapshot that belongs to the journal and takes its place behind it.</summary>
    /// <param name="storage">The folder of a venue that runs, or ran.</param>
    /// <param name="options">As the journal's.</param>
    /// <param name="target">An engine in its first state.</param>
    public ShadowEngine(IStorage storage, JournalOptions options, IShadowTarget target)
    {
        _storage = storage;
        _target = target;
        _store = new SnapshotStore(storage, options);
        List<SegmentEntry> segments = ReadSegments(storage, options);
        if (segments.Count == 0)
        {
            throw new RecoveryRefusedException("There is no journal to follow.");
        }

        _journalId = segments[0].Header.JournalId;
        _voided = VoidList.Read(storage, _journalId).Sequences();
        SegmentEntry first = Load(segments);
        _journal = new JournalFollower(storage, first);
        _released = new ReleasedFollower(storage, target.LastSequence);
        LastSnapshot = target.LastSequence;
    }

    public UInt128 JournalId => _journalId;

    /// <summary>The last command that the shadow applied.</summary>
    public ulong LastSequence => _target.LastSequence;

    /// <summary>As far as the shadow has looked.</summary>
    public ulong Released => _released.Released;

    /// <summary>The last command of the newest verified snapshot.</summary>
    public ulong LastSnapshot { get; private set; }

    public ulong ComparedDigests { get; private set; }

    /// <summary>Snapshots that were passed over at the start, and why.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Applies what is at hand, a fraction of a millisecond's work at most.</summary>
    /// <returns>False: there is nothing to do now.</returns>
    /// <exception cref="ShadowDivergedException">The live engine and this one disagree.</exception>
    public bool Step()
    {
        _released.ReadBeyond(_target.LastSequence);
        bool worked = _journal.Next(_released.Released, out RecordRun run);
        if (worked)
        {
            Apply(run);
        }

        Compare();
        return worked;
    }

    /// <summary>
    /// Writes snapshot and image of the present state. Journal and event log up to it are on the disk before it gets its
    /// name; it has been read back when this returns.
    /// </summary>
    /// <param name="afterBytes">Called between blocks, to pace the writing.</param>
    public SnapshotEntry WriteSnapshot(Action<long>? afterBytes = null)
    {
        var point = new SnapshotPoint
        {
            Epoch = _target.LastEpoch,
            Sequence = _target.LastSequence,
            TimestampNs = _target.LastTimestampNs,
            Crc = _journal.Crc,
            RuleLevel = _target.RuleLevel,
            EventDigest = _target.EventDigest,
            Limits = _target.Limits,
        };
        DurablePoint.Flush(_storage, LastSnapshot, point.Sequence);
        SnapshotEntry entry = _store.Write(_journalId, point, _target.SaveState, afterBytes);
        new ImageStore(_storage, _journalId).Write(point.Position, sink => _target.WriteImage(frames =>
        {
            sink(frames);
            afterBytes?.Invoke(frames.Length);
        }));
        LastSnapshot = point.Sequence;
        return entry;
    }

    public void Dispose()
    {
        _journal.Dispose();
        _released.Dispose();
    }

    /// <summary>A file can get another name between the look at the folder and its opening.</summary>
    private static List<SegmentEntry> ReadSegments(IStorage storage, JournalOptions options)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return SegmentCatalog.Read(storage, options);
            }
            catch (StorageException) when (attempt < OpenAttempts)
            {
                System.Threading.Thread.Sleep(attempt);
            }
        }
    }

    /// <returns>The segment with the first command behind the state.</returns>
    private SegmentEntry Load(List<SegmentEntry> segments)
    {
        List<string> names = _store.List();
        for (int i = names.Count - 1; i >= 0; i--)
        {
            try
            {
                SnapshotEntry entry = _store.Read(names[i], out UInt128 journalId);
                if (journalId == _journalId
                    && entry.VoidsCrc == SnapshotStore.VoidsUpTo(_voided, entry.Point.Sequence)
                    && RecoveryStart.IsInJournal(_storage, segments, entry.Point))
                {
                    _store.Check(entry);
                    _store.Load(entry, _target);
                    return segments[RecoveryStart.SegmentOf(segments, entry.Point.Sequence + 1)];
                }

                Warnings.Add($"{names[i]} is passed over: it is of another history");
            }
            catch (JournalDamageException damage) when (damage.File == names[i])
            {
                Warnings.Add(damage.Message);
            }
        }

        return segments[0].Header.FirstSequence == 1
            ? segments[0]
            : throw new RecoveryRefusedException(
                $"The journal begins at sequence {segments[0].Header.FirstSequence}, and no snapshot can be used.");
    }

    private void Apply(in RecordRun run)
    {
        byte* next = run.First;
        ulong sequence = run.FirstSequence;
        while (sequence <= run.LastSequence)
        {
            if (sequence <= _target.LastSequence)
            {
                // The snapshot holds it.
                next += new RecordView(next).Bytes;
                sequence++;
                continue;
            }

            while (_nextVoided < _voided.Length && _voided[_nextVoided] < sequence)
            {
                _nextVoided++;
            }

            bool isVoided = _nextVoided < _voided.Length && _voided[_nextVoided] == sequence;
            ulong stop = isVoided ? sequence : ulong.Min(run.LastSequence, LastInOneGo(sequence));
            byte* end = next;
            for (ulong i = sequence; i <= stop; i++)
            {
                end += new RecordView(end).Bytes;
            }

            ApplyOne(next, end, isVoided);
            if (_target.LastSequence != stop)
            {
                throw new RecoveryRefusedException(
                    $"The shadow stands at sequence {_target.LastSequence} after the record of {stop}.");
            }

            if (stop % ReplayCheck.DigestInterval == 0)
            {
                _digests[stop] = _target.EventDigest;
            }

            sequence = stop + 1;
            next = end;
        }
    }

    private void ApplyOne(byte* first, byte* end, bool isVoided)
    {
        if (isVoided)
        {
            var record = new RecordView(first);
            _target.ApplyVoided(new ReadOnlySpan<byte>(record.Message, (int)record.MessageBytes), _noEvents);
        }
        else
        {
            _target.Apply(first, end, _noEvents);
        }
    }

    /// <summary>Up to the next digest or the next voided command.</summary>
    private ulong LastInOneGo(ulong sequence)
    {
        const ulong interval = ReplayCheck.DigestInterval;
        ulong stop = (sequence + interval - 1) / interval * interval;
        return _nextVoided < _voided.Length ? ulong.Min(stop, _voided[_nextVoided] - 1) : stop;
    }

    private void Compare()
    {
        while (_released.TryTakeDigest(_target.LastSequence, out RecordedDigest recorded))
        {
            if (!_digests.Remove(recorded.Sequence, out ulong own))
            {
                // Before the snapshot that the shadow began with.
                continue;
            }

            if (own != recorded.EventDigest)
            {
                throw new ShadowDivergedException(recorded.Sequence, own, recorded.EventDigest);
            }

            ComparedDigests++;
        }
    }

    private sealed class NoEvents : IReplayEvents
    {
        public void Take(ReadOnlySpan<byte> frames, ulong lastSequence)
        {
        }
    }
}
