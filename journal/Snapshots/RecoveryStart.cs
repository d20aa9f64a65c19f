using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Decides where a recovery begins: behind the newest snapshot that is whole, belongs to this journal and is not ahead
/// of the event log; otherwise at the journal's first command. Changes nothing.
/// </summary>
/// <param name="storage">The folder.</param>
/// <param name="options">As the journal will be started with.</param>
/// <param name="segments">The journal.</param>
/// <param name="end">Where it ends.</param>
/// <param name="voided">Commands that are rejected, rising.</param>
/// <param name="look">One that began already, from the first command; null when there is none.</param>
internal sealed class RecoveryStart(
    IStorage storage,
    JournalOptions options,
    List<SegmentEntry> segments,
    JournalTail end,
    ulong[] voided,
    EventLogLook? look)
    : IDisposable
{
    private readonly SnapshotStore _store = new(storage, options);
    private readonly List<string> _warnings = [];

    /// <summary>Null: from the beginning.</summary>
    public SnapshotEntry? Snapshot { get; private set; }

    /// <summary>The first segment that is read; it may begin before the snapshot.</summary>
    public int FirstSegment { get; private set; }

    /// <summary>Through the event log, as far as the replay needs it; may go on beside the replay.</summary>
    public EventLogLook? Look { get; private set; } = look;

    /// <summary>The highest command that the event log shows at all.</summary>
    public ulong HighestReleased { get; private set; }

    /// <summary>The highest command that a snapshot of this journal holds: it was on the disk, and released.</summary>
    public ulong HighestSnapshot { get; private set; }

    public IReadOnlyList<string> Warnings => _warnings;

    private bool IsThreaded => options.Simulated is null;

    /// <param name="useSnapshots">False: from the beginning, whatever there is.</param>
    /// <param name="stateAt">Last command that the replay's target has already.</param>
    public void Choose(bool useSnapshots, ulong stateAt)
    {
        List<string> names = _store.List();
        if (segments.Count == 0 && names.Count > 0)
        {
            throw new RecoveryRefusedException(
                $"The folder holds {names[^1]}, but no journal. Bring the journal's segments back.");
        }

        for (int i = names.Count - 1; i >= 0 && Snapshot is null && useSnapshots; i--)
        {
            Try(names[i]);
        }

        if (Snapshot is null)
        {
            BeginAtFirst(stateAt);
        }
    }

    /// <summary>Waits for the look through the event log; from here on the properties are what they will be.</summary>
    public EventLogTail Conclude()
    {
        EventLogTail events = Look!.Result();
        HighestReleased = ulong.Max(HighestReleased, events.HighestReleased);
        return events;
    }

    public void Dispose() => Look?.Dispose();

    private void BeginAtFirst(ulong stateAt)
    {
        if (segments.Count > 0 && segments[0].Header.FirstSequence != stateAt + 1)
        {
            string reasons = _warnings.Count == 0 ? "there is none" : string.Join("; ", _warnings);
            throw new RecoveryRefusedException(
                $"The journal begins at sequence {segments[0].Header.FirstSequence}, so a snapshot is needed to start from: "
                + $"{reasons}. Bring back a snapshot, or the segments before {segments[0].Name}.");
        }

        UInt128? journalId = segments.Count > 0 ? end.JournalId : null;
        Begin(journalId, from: 1);
        FirstSegment = 0;
    }

    private void Try(string name)
    {
        try
        {
            SnapshotEntry entry = _store.Read(name, out UInt128 journalId);
            string? reason = WhyNot(entry, journalId) ?? Open(entry);
            if (reason is not null)
            {
                _warnings.Add($"{name} is passed over: {reason}");
            }
        }
        catch (JournalDamageException damage) when (damage.File == name)
        {
            _warnings.Add($"{name} is passed over: damaged at offset {damage.Offset}: {damage.Reason}");
        }
        catch (RecoveryRefusedException refusal)
        {
            _warnings.Add($"{name} is passed over: {refusal.Message}");
        }
    }

    private string? WhyNot(SnapshotEntry entry, UInt128 journalId)
    {
        if (journalId != end.JournalId)
        {
            return "it belongs to another journal";
        }

        ulong sequence = entry.Point.Sequence;
        if (sequence > end.LastSequence)
        {
            HighestSnapshot = ulong.Max(HighestSnapshot, sequence);
            return $"the journal ends before it, at {end.LastSequence}";
        }

        if (sequence + 1 < segments[0].Header.FirstSequence)
        {
            return $"the journal begins behind it, at {segments[0].Header.FirstSequence}";
        }

        if (SnapshotStore.VoidsUpTo(voided, sequence) != entry.VoidsCrc)
        {
            return "commands before it were voided since";
        }

        return IsInJournal(storage, segments, entry.Point) ? null : "the journal has another command in its place";
    }

    /// <summary>The record of the snapshot's last command, or the header behind it, tells whose history it is.</summary>
    public static unsafe bool IsInJournal(
        IStorage storage, List<SegmentEntry> segments, SnapshotPoint point)
    {
        if (point.Sequence + 1 < segments[0].Header.FirstSequence)
        {
            return false;
        }

        int at = SegmentOf(segments, point.Sequence + 1);
        SegmentHeader header = segments[at].Header;
        if (header.FirstSequence == point.Sequence + 1)
        {
            return header.ChainSeedLow == point.Crc && header.PreviousTimestampNs == point.TimestampNs;
        }

        using var reader = new JournalReader(storage, segments[at..]);
        while (reader.Next(out RecordRun run))
        {
            if (run.LastSequence < point.Sequence)
            {
                continue;
            }

            byte* record = run.First;
            for (ulong sequence = run.FirstSequence; sequence < point.Sequence; sequence++)
            {
                record += new RecordView(record).Bytes;
            }

            var view = new RecordView(record);
            return view.Crc == point.Crc && view.Epoch == point.Epoch && view.TimestampNs == point.TimestampNs;
        }

        return false;
    }

    private string? Open(SnapshotEntry entry)
    {
        ulong next = entry.Point.Sequence + 1;
        if (!Begin(end.JournalId, next).ReachesUpTo(entry.Point.Sequence))
        {
            return $"the event log is whole only up to {Conclude().Last.Sequence}; it is made again from before";
        }

        try
        {
            _store.Check(entry);
        }
        catch
        {
            // What this look proves counts, though another one follows.
            _ = Conclude();
            throw;
        }

        Snapshot = entry;
        FirstSegment = SegmentOf(segments, next);
        while (FirstSegment > 0
            && !DigestResume.HasAny(storage, end.JournalId, segments[FirstSegment].Header.FirstSequence))
        {
            // The digest chain goes on from the last value that is known.
            FirstSegment--;
        }

        return null;
    }

    private EventLogLook Begin(UInt128? journalId, ulong from)
    {
        if (IsThreaded)
        {
            // Whose the segments are is said before anything is concluded from the first of them.
            EventLogScan.CheckOwner(storage, journalId, from);
        }

        if (Look is null || Look.From != from)
        {
            Look?.Dispose();
            Look = EventLogLook.Start(storage, journalId, from, IsThreaded);
        }

        return Look;
    }

    /// <summary>Index of the segment that holds the command, or will.</summary>
    public static int SegmentOf(List<SegmentEntry> segments, ulong sequence)
    {
        int at = segments.Count - 1;
        while (at > 0 && segments[at].Header.FirstSequence > sequence)
        {
            at--;
        }

        return at;
    }
}
