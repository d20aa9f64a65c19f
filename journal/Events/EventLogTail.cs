using System;
using System.Collections.Generic;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>What a look through the event log found.</summary>
public sealed record EventLogTail
{
    /// <summary>After all events of the last command up to which the log is whole.</summary>
    public EventPosition Last { get; init; }

    /// <summary>The highest command whose events were seen at all: proof that it was released.</summary>
    public ulong HighestReleased { get; init; }

    /// <summary>First command that the log still has.</summary>
    public ulong FirstSequence { get; init; } = 1;

    /// <summary>Digests that the live engine recorded, by sequence, rising.</summary>
    public IReadOnlyList<RecordedDigest> Digests { get; init; } = [];

    /// <summary>Where the log is not whole: file, offset, reason. Null when it is.</summary>
    public JournalDamageException? Broken { get; init; }

    public long Bytes { get; init; }

    internal IReadOnlyList<EventSegmentExtent> Segments { get; init; } = [];
}

public readonly record struct RecordedDigest(uint Epoch, ulong Sequence, ulong EventDigest);

/// <param name="FirstSequence">Names the file.</param>
/// <param name="Epoch">Of its header.</param>
/// <param name="EndOffset">First byte behind its whole blocks.</param>
/// <param name="IsLinked">Its last block leads to the next segment.</param>
/// <param name="LastSequence">Highest command in it.</param>
internal readonly record struct EventSegmentExtent(
    ulong FirstSequence, uint Epoch, long EndOffset, bool IsLinked, ulong LastSequence)
{
    public string Name => FileNames.Events(FirstSequence);
}

/// <summary>Reads the event log with its checksums. Changes nothing.</summary>
internal static class EventLogScan
{
    /// <param name="storage">The folder.</param>
    /// <param name="journalId">Whose it must be; null when that is not known.</param>
    /// <param name="progress">Told the bytes that were read.</param>
    /// <param name="from">The first command of interest: what lies well before it is not read.</param>
    /// <param name="look">Told on the way what was seen; can stop the scan.</param>
    public static EventLogTail Run(
        IStorage storage,
        UInt128? journalId,
        Action<long>? progress = null,
        ulong from = 1,
        EventLogLook? look = null)
    {
        List<ulong> segments = SegmentsOf(storage);
        int start = StartOf(segments, from);
        ulong kept = start == 0 ? EventLogRetention.FirstKept(storage) : segments[start];
        var state = new State(look) { First = kept, Last = new EventPosition(0, kept - 1, uint.MaxValue) };
        for (int i = start; i < segments.Count && look is not { IsStopping: true }; i++)
        {
            ReadSegment(storage, segments[i], journalId, state, progress);
            look?.Publish(state.Last.Sequence, state.Digests);
        }

        return new EventLogTail
        {
            Last = state.Last,
            HighestReleased = state.Highest,
            FirstSequence = state.First,
            Digests = state.Digests,
            Broken = state.Broken,
            Bytes = state.Bytes,
            Segments = state.Segments,
        };
    }

    /// <summary>Refuses what a scan refuses, by the headers alone.</summary>
    public static void CheckOwner(IStorage storage, UInt128? journalId, ulong from)
    {
        List<ulong> segments = SegmentsOf(storage);
        for (int i = StartOf(segments, from); i < segments.Count; i++)
        {
            try
            {
                using var reader = new EventSegmentReader(storage, FileNames.Events(segments[i]));
                RequireOwner(reader, journalId);
            }
            catch (JournalDamageException)
            {
                // The scan says how far the log is whole.
            }
        }
    }

    /// <summary>First sequences of the segments in the folder, rising.</summary>
    public static List<ulong> SegmentsOf(IStorage storage)
    {
        var found = new List<ulong>();
        foreach (string name in storage.List())
        {
            if (FileNames.TryParse(name, FileNames.EventPrefix, FileNames.EventSuffix, out ulong first))
            {
                found.Add(first);
            }
        }

        return found;
    }

    private static int StartOf(List<ulong> segments, ulong from)
    {
        int start = 0;

        // The segment before goes along: its end leads to the one that holds the command.
        while (start + 2 < segments.Count && segments[start + 2] <= from)
        {
            start++;
        }

        return start;
    }

    private static void RequireOwner(EventSegmentReader reader, UInt128? journalId)
    {
        if (journalId is { } id && reader.Header.JournalId != id)
        {
            throw new RecoveryRefusedException($"{reader.Name} belongs to another journal.");
        }
    }

    private static void ReadSegment(
        IStorage storage, ulong first, UInt128? journalId, State state, Action<long>? progress)
    {
        EventSegmentReader? reader = null;
        state.HighestInSegment = 0;
        try
        {
            reader = new EventSegmentReader(storage, FileNames.Events(first));
            RequireOwner(reader, journalId);
            if (state.Segments.Count == 0 && first < state.First)
            {
                // Marked for deletion, and still there.
                state.First = first;
                state.Last = new EventPosition(0, first - 1, uint.MaxValue);
            }

            if (state.Broken is null && first != state.Last.Sequence + 1)
            {
                throw new JournalDamageException(
                    reader.Name, 40, $"it starts at sequence {first}, expected {state.Last.Sequence + 1}");
            }

            while (reader.Next())
            {
                state.Take(reader.Block, reader.Payload);
            }
        }
        catch (JournalDamageException damage)
        {
            state.Broken ??= damage;
        }

        using (reader)
        {
            long end = reader?.Offset ?? 0;
            bool isLinked = reader?.Block.Kind == EventBlockKind.Continued;
            state.Proves(first - 1);
            if (state.Broken is not null && reader is not null)
            {
                SeekProof(reader, state);
            }

            state.Bytes += end;
            state.Segments.Add(
                new EventSegmentExtent(first, reader?.Header.Epoch ?? 0, end, isLinked, state.HighestInSegment));
            progress?.Invoke(state.Bytes);
        }
    }

    /// <summary>Whole blocks behind a bad place still prove what was released.</summary>
    private static void SeekProof(EventSegmentReader reader, State state)
    {
        long offset = reader.Offset;
        while ((offset = reader.FindHeader(offset)) >= 0)
        {
            reader.Seek(offset);
            try
            {
                while (reader.Next())
                {
                    state.Take(reader.Block, reader.Payload);
                }
            }
            catch (JournalDamageException)
            {
                // Not a block after all, or the last one before the next bad place.
            }

            offset = long.Max(offset, reader.Offset) + EventBlock.Size;
        }
    }

    private sealed class State(EventLogLook? look)
    {
        public ulong First { get; set; }

        public EventPosition Last { get; set; }

        public ulong Highest { get; private set; }

        public ulong HighestInSegment { get; set; }

        public JournalDamageException? Broken { get; set; }

        public List<RecordedDigest> Digests { get; } = [];

        public List<EventSegmentExtent> Segments { get; } = [];

        public long Bytes { get; set; }

        public void Proves(ulong sequence) => Highest = ulong.Max(Highest, sequence);

        public void Take(in EventBlock block, ReadOnlySpan<byte> payload)
        {
            if (block.Kind == EventBlockKind.Events)
            {
                Proves(block.Sequence);
                HighestInSegment = ulong.Max(HighestInSegment, block.Sequence);
                if (Broken is null)
                {
                    Last = new EventPosition(block.Epoch, block.Sequence, uint.MaxValue);
                }
            }
            else if (block.Kind == EventBlockKind.Digest && Broken is null)
            {
                Digests.Add(new RecordedDigest(block.Epoch, block.Sequence, BitConverter.ToUInt64(payload)));
                look?.Publish(Last.Sequence, Digests);
            }
        }
    }
}
