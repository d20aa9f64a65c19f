using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using HftEngine.Core;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>How far a recovery has come.</summary>
public readonly record struct RecoveryProgress(
    long Bytes, long TotalBytes, ulong Sequence, double CommandsPerSecond);

/// <summary>What a recovery brought back: everything that the venue continues from.</summary>
public sealed record RecoveredVenue
{
    public required JournalTail Tail { get; init; }

    /// <summary>Complete up to the journal's tail; the publisher goes on appending.</summary>
    public required EventLog EventLog { get; init; }

    /// <summary>The incomplete last write that was cut; null when there was none.</summary>
    public TornTail? Cut { get; init; }

    /// <summary>Where the replay began; null when that was the journal's first command.</summary>
    public SnapshotEntry? Snapshot { get; init; }

    /// <summary>Snapshots that were passed over, and why.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public ulong ReplayedCommands { get; init; }

    /// <summary>Commands whose events the log had lost and got back.</summary>
    public ulong RebuiltCommands { get; init; }

    public TimeSpan Elapsed { get; init; }

    public double CommandsPerSecond => ReplayedCommands / double.Max(Elapsed.TotalSeconds, 1e-9);
}

/// <summary>
/// Brings a venue back from its folder: judges the journal's tail, loads the newest snapshot that belongs to it, replays
/// the commands behind it, and makes the event log agree.
/// </summary>
/// <param name="storage">The folder; its lock is held by the caller.</param>
/// <param name="options">As the journal will be started with.</param>
public sealed unsafe class Recovery(IStorage storage, JournalOptions options)
{
    private readonly IStorage _storage = storage;
    private readonly JournalOptions _options = options;

    /// <summary>Called now and then.</summary>
    public Action<RecoveryProgress>? Progress { get; init; }

    /// <summary>
    /// Commands that others prove to have been released: the gateways' stores, readers' checkpoints.
    /// </summary>
    public ulong ReleasedElsewhere { get; init; }

    /// <summary>Every event in the log is compared, not only those after the last recorded digest.</summary>
    public bool CompareAllEvents { get; init; }

    /// <summary>False replays from the journal's first command; for comparisons.</summary>
    public bool UseSnapshots { get; init; } = true;

    /// <param name="target">An engine in its first state.</param>
    /// <exception cref="JournalDamageException">A file is damaged.</exception>
    /// <exception cref="RecoveryRefusedException">The files are whole, but do not belong together or to this
    /// program.</exception>
    public RecoveredVenue Run(IReplayTarget target)
    {
        _options.Validate();
        long started = Stopwatch.GetTimestamp();
        List<SegmentEntry> segments = SegmentCatalog.Read(_storage, _options);
        SegmentCatalog.Adopt(_storage, segments);

        // The end decides whether the venue may start at all; it is looked at before anything is changed or
        // replayed.
        using EventLogLook? early = LookEarly(segments, target);
        (JournalTail end, TornTail? torn) = ReadEnd(segments);
        VoidList voids = VoidList.Read(_storage, end.JournalId);
        ulong[] voided = voids.Sequences();
        using var choice = new RecoveryStart(_storage, _options, segments, end, voided, early);
        choice.Choose(UseSnapshots && target.LastSequence == 0, target.LastSequence);
        var opening = new Opening(this, choice, segments, end, torn);
        try
        {
            if (choice.Look!.HasEnded)
            {
                _ = opening.Settle();
            }

            if (choice.Snapshot is not null)
            {
                new SnapshotStore(_storage, _options).Load(choice.Snapshot, target);
            }

            ulong before = target.LastSequence;
            EventPosition restored = choice.Snapshot?.Point.Position ?? default;
            using var reader = new ReadAhead(_storage, Whole(segments[choice.FirstSegment..], torn), IsThreaded);
            using var check = new ReplayCheck(
                _storage, choice.Look, opening.Open, target, CompareAllEvents, restored);
            Replay(reader, target, check, voided, started);
            check.Complete(reader.LastSequence);
            opening.Log!.BeginFirst();
            JournalTail tail = segments.Count > 0 ? reader.Tail() : end;
            tail = tail with { Epoch = uint.Max(tail.Epoch, SegmentCatalog.HighestCutEpoch(_storage)) };
            return new RecoveredVenue
            {
                Tail = tail,
                EventLog = opening.Log,
                Cut = torn,
                Snapshot = choice.Snapshot,
                Warnings = choice.Warnings,
                ReplayedCommands = target.LastSequence - before,
                RebuiltCommands = check.RebuiltCommands,
                Elapsed = Stopwatch.GetElapsedTime(started),
            };
        }
        catch
        {
            opening.Log?.Dispose();

            // That the journal may be replayed at all is decided before anything that the replay met counts.
            _ = opening.Settle();
            throw;
        }
    }

    private bool IsThreaded => _options.Simulated is null;

    /// <summary>The reader beside does not look at what is being erased.</summary>
    private List<SegmentEntry> Whole(List<SegmentEntry> segments, TornTail? torn)
    {
        if (torn is not null && IsThreaded)
        {
            segments[^1] = segments[^1] with { LengthBytes = torn.Offset };
        }

        return segments;
    }

    /// <summary>Without snapshots the whole event log is looked through: it can begin beside the journal's end.</summary>
    private EventLogLook? LookEarly(List<SegmentEntry> segments, IReplayTarget target)
    {
        if (!IsThreaded || segments.Count == 0)
        {
            return null;
        }

        bool mayRestore = UseSnapshots && target.LastSequence == 0;
        return mayRestore && new SnapshotStore(_storage, _options).List().Count > 0
            ? null
            : EventLogLook.Start(_storage, segments[^1].Header.JournalId, from: 1, threaded: true);
    }

    private (JournalTail Tail, TornTail? Torn) ReadEnd(List<SegmentEntry> segments)
    {
        if (segments.Count == 0)
        {
            return (JournalTail.Fresh(_options), null);
        }

        using var reader = new JournalReader(_storage, segments.GetRange(segments.Count - 1, 1));
        while (reader.Next(out _))
        {
        }

        return (reader.Tail(), reader.Torn);
    }

    private void RefuseLoss(JournalTail end, TornTail? torn, RecoveryStart start)
    {
        ulong released = ulong.Max(ulong.Max(start.HighestReleased, start.HighestSnapshot), ReleasedElsewhere);
        if (released <= end.LastSequence)
        {
            return;
        }

        string proof = "a reader's checkpoint";
        if (start.HighestReleased == released)
        {
            proof = "the event log";
        }
        else if (start.HighestSnapshot == released)
        {
            proof = "a snapshot";
        }

        string place = torn is null
            ? $"{end.SegmentName ?? "the journal"} ends whole at offset {end.EndOffset}"
            : $"{torn.File} is bad at offset {torn.Offset}: {torn.Reason}";
        throw new RecoveryRefusedException(
            $"The journal ends at sequence {end.LastSequence} ({place}), "
            + $"but {proof} proves that {released} was released. Nothing was changed; restore the journal "
            + "from a copy, or give the released commands up with `hft journal cut`.");
    }

    /// <summary>
    /// A process that was killed, or that stopped because a flush failed, can leave records in the page cache only. They
    /// are whole, so their events are about to be released: first they become as safe as any other.
    /// </summary>
    private void MakeSafe(List<SegmentEntry> segments, ulong lastSequence)
    {
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            using IStorageFile file = _storage.Open(segments[i].Name, writable: true);
            bool mayLag = i == segments.Count - 1 || segments[i + 1].Header.FirstSequence > lastSequence;
            if (mayLag)
            {
                WriteAgain(file, segments[i].LengthBytes);
            }

            file.Flush();
        }

        _storage.FlushFolder();
    }

    /// <summary>
    /// After a failed flush the kernel takes the pages for clean: another flush alone would report success for bytes
    /// that are not on the disk. Written again they are dirty again. That concerns the header and the last write, and
    /// the zeros over what was cut behind it.
    /// </summary>
    private void WriteAgain(IStorageFile file, long length)
    {
        byte[] page = new byte[SegmentHeader.Size];
        file.Write(0, page.AsSpan(0, file.Read(0, page)));
        long reach = _options.MaxWriteBytes + (64 * 1024);
        long end = SegmentBytes.EndOfData(file, SegmentHeader.Size, length);
        long start = long.Max(SegmentHeader.Size, end - reach);
        byte[] bytes = new byte[(int)(long.Min(length, end + reach) - start)];
        file.Write(start, bytes.AsSpan(0, file.Read(start, bytes)));
    }

    private void Erase(TornTail torn)
    {
        using IStorageFile file = _storage.Open(torn.File, writable: true);
        byte[] zeros = new byte[64 * 1024];
        for (long offset = torn.Offset; offset < torn.EndOffset; offset += zeros.Length)
        {
            file.Write(offset, zeros.AsSpan(0, (int)long.Min(zeros.Length, torn.EndOffset - offset)));
        }

        file.Flush();
    }

    private void Replay(
        ReadAhead reader,
        IReplayTarget target,
        ReplayCheck check,
        ReadOnlySpan<ulong> voided,
        long started)
    {
        long reported = 0;
        ulong restored = target.LastSequence;
        while (reader.Next(out RecordRun run))
        {
            byte* next = run.First;
            ulong sequence = run.FirstSequence;
            if (sequence <= restored)
            {
                // The snapshot holds them.
                ulong held = ulong.Min(run.LastSequence, restored) - sequence + 1;
                next = EndOf(next, held);
                sequence += held;
            }

            while (next < run.End)
            {
                while (voided.Length > 0 && voided[0] < sequence)
                {
                    voided = voided[1..];
                }

                bool isVoided = voided.Length > 0 && voided[0] == sequence;
                ulong stop = ulong.Min(run.LastSequence, check.NextStop(sequence));
                stop = voided.Length == 0 ? stop : ulong.Min(stop, isVoided ? sequence : voided[0] - 1);
                byte* end = stop == run.LastSequence ? run.End : EndOf(next, stop - sequence + 1);
                Apply(target, check, next, end, isVoided, stop);
                check.Reached(stop, new RecordView(next).Epoch);
                sequence = stop + 1;
                next = end;
            }

            if (Progress is not null && reader.ReadBytes - reported > 1 << 24)
            {
                reported = reader.ReadBytes;
                double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                ulong replayed = target.LastSequence - restored;
                Progress(new RecoveryProgress(
                    reported, reader.TotalBytes, reader.LastSequence, replayed / seconds));
            }
        }
    }

    private static byte* EndOf(byte* record, ulong count)
    {
        for (ulong i = 0; i < count; i++)
        {
            record += new RecordView(record).Bytes;
        }

        return record;
    }

    private static void Apply(
        IReplayTarget target, ReplayCheck check, byte* first, byte* end, bool isVoided, ulong last)
    {
        try
        {
            if (isVoided)
            {
                var record = new RecordView(first);
                target.ApplyVoided(new ReadOnlySpan<byte>(record.Message, (int)record.MessageBytes), check);
            }
            else
            {
                target.Apply(first, end, check);
            }
        }
        catch (Exception e) when (!check.Failed)
        {
            throw Poison(target.LastSequence + 1, first, end, e);
        }

        if (target.LastSequence != last)
        {
            throw new RecoveryRefusedException(
                $"The engine stands at sequence {target.LastSequence} after the record of {last}.");
        }
    }

    private static RecoveryRefusedException Poison(ulong sequence, byte* first, byte* end, Exception cause)
    {
        byte* record = first;
        while (record < end && new RecordView(record).Sequence != sequence)
        {
            record += new RecordView(record).Bytes;
        }

        string dump = record < end
            ? Convert.ToHexStringLower(new ReadOnlySpan<byte>(record, new RecordView(record).Bytes))
            : "not found";
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"The engine cannot apply the command of sequence {sequence}: {cause.Message} Record: {dump}. "
            + $"`hft journal void --sequence {sequence} --reason TEXT` makes every replay reject it.");
        return new RecoveryRefusedException(text, cause);
    }

    /// <summary>The step from looking to changing. It is taken once, as soon as the event log has been looked through.</summary>
    private sealed class Opening(
        Recovery recovery, RecoveryStart choice, List<SegmentEntry> segments, JournalTail end, TornTail? torn)
    {
        private EventLogTail? _events;
        private bool _begun;

        /// <summary>Null: not opened yet.</summary>
        public EventLog? Log { get; private set; }

        /// <summary>Decides about the end; only then cuts and flushes.</summary>
        /// <returns>What the event log has; null when the decision was a refusal, which is not made twice.</returns>
        public EventLogTail? Settle()
        {
            if (_begun)
            {
                return _events;
            }

            _begun = true;
            EventLogTail events = choice.Conclude();
            recovery.RefuseLoss(end, torn, choice);
            if (torn is not null)
            {
                recovery.Erase(torn);
            }

            if (recovery._options.Durability == Durability.Sync)
            {
                // What a snapshot covers was on the disk before the snapshot was.
                recovery.MakeSafe(segments[choice.FirstSegment..], end.LastSequence);
            }

            _events = events;
            return events;
        }

        public (EventLogTail Tail, EventLog Log) Open()
        {
            EventLogTail events = Settle()!;
            IStorage storage = recovery._storage;
            JournalOptions options = recovery._options;
            Log = recovery.IsThreaded && options.EventSegmentsAtStart == 0
                ? EventLog.ContinueLater(storage, end.JournalId, events, options)
                : EventLog.Continue(storage, end.JournalId, events, options);
            return (events, Log);
        }
    }
}
