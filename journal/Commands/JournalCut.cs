using System;
using System.Collections.Generic;
using System.Globalization;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// `hft journal cut`: gives up everything behind a command, released or not. What is cut away is kept aside;
/// the epoch goes on rising, so that readers that are ahead are told.
/// </summary>
public static unsafe class JournalCut
{
    /// <param name="storage">The folder; its lock is held by the caller.</param>
    /// <param name="options">As for the journal.</param>
    /// <param name="console">Output.</param>
    /// <param name="afterSequence">Last command to keep; null keeps everything before the first bad
    /// place.</param>
    public static int Run(
        IStorage storage, JournalOptions options, JournalConsole console, ulong? afterSequence)
    {
        try
        {
            var unreadable = new List<string>();
            List<SegmentEntry> segments = SegmentCatalog.Read(storage, options, unreadable);
            if (segments.Count == 0)
            {
                throw new RecoveryRefusedException("There is no journal to cut.");
            }

            string? first = unreadable.Find(
                name => string.CompareOrdinal(name, FileNames.Journal(segments[0].Header.FirstSequence)) < 0);
            if (first is not null)
            {
                throw new JournalDamageException(first, 0, "the journal's first segment has no readable header");
            }

            SegmentCatalog.Adopt(storage, segments);
            Place place = Find(storage, segments, console, afterSequence);
            PutAside(storage, place.Sequence);
            foreach (string name in unreadable)
            {
                console.Output.WriteLine($"{name} has no readable header; it is kept aside");
                storage.Rename(name, FreeName(storage, name));
            }

            CutFiles(storage, segments, place);
            KeepEpoch(storage, options, segments, place);
            CutEvents(storage, segments[0].Header.JournalId, place.Sequence);
            storage.FlushFolder();
            console.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{segments[place.Segment].Name} ends at sequence {place.Sequence}, offset {place.Offset}"));
            return 0;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>
    /// Index of the segment, offset behind the last record kept, and what the next header continues from.
    /// </summary>
    private readonly record struct Place(
        int Segment, long Offset, ulong Sequence, uint Crc, long TimestampNs);

    private static Place Find(
        IStorage storage, List<SegmentEntry> segments, JournalConsole console, ulong? afterSequence)
    {
        using var reader = new JournalReader(storage, segments);
        SegmentHeader first = segments[0].Header;
        var place = new Place(
            0, SegmentHeader.Size, first.FirstSequence - 1, first.ChainSeedLow, first.PreviousTimestampNs);
        try
        {
            while (reader.Next(out RecordRun run))
            {
                console.Report(reader.ReadBytes, reader.TotalBytes);
                ulong end = ulong.Min(run.LastSequence, afterSequence ?? ulong.MaxValue);
                int segment = segments.FindIndex(s => s.Name == run.File);
                place = Walk(run, segment, end, place);
                if (run.LastSequence >= afterSequence)
                {
                    break;
                }
            }
        }
        catch (JournalDamageException damage) when (afterSequence is null)
        {
            console.Output.WriteLine(damage.Message);
        }

        if (afterSequence is not null && place.Sequence != afterSequence)
        {
            throw new RecoveryRefusedException(
                $"The journal has no whole command of sequence {afterSequence}.");
        }

        long offset = OffsetBehind(storage, segments[place.Segment], place.Sequence);
        return place with { Offset = offset };
    }

    private static Place Walk(in RecordRun run, int segment, ulong end, Place place)
    {
        byte* at = run.First;
        for (ulong sequence = run.FirstSequence; sequence <= end; sequence++)
        {
            var record = new RecordView(at);
            place = new Place(segment, 0, sequence, record.Crc, record.TimestampNs);
            at += record.Bytes;
        }

        return place;
    }

    /// <summary>The records in memory were moved together; the file is walked for the place.</summary>
    private static long OffsetBehind(IStorage storage, SegmentEntry segment, ulong sequence)
    {
        using IStorageFile file = storage.Open(segment.Name, writable: false);
        long offset = SegmentHeader.Size;
        ulong last = segment.Header.FirstSequence - 1;
        byte* head = stackalloc byte[ControlRecord.Size];
        while (last < sequence)
        {
            _ = file.Read(offset, new Span<byte>(head, ControlRecord.Size));
            bool isControl = (*(uint*)head & ControlRecord.ControlBit) != 0;
            offset += isControl ? ControlRecord.Size : new RecordView(head).Bytes;
            last += isControl ? 0UL : 1UL;
        }

        return offset;
    }

    /// <summary>
    /// Snapshots and images of what is given up; first, because a snapshot proves that its commands were released.
    /// </summary>
    private static void PutAside(IStorage storage, ulong lastSequence)
    {
        bool any = false;
        foreach (string name in storage.List())
        {
            bool isStart = FileNames.TryParsePosition(
                name, FileNames.SnapshotPrefix, FileNames.SnapshotSuffix, out EventPosition at)
                || FileNames.TryParsePosition(name, FileNames.ImagePrefix, FileNames.ImageSuffix, out at);
            if (isStart && at.Sequence > lastSequence)
            {
                storage.Rename(name, FreeName(storage, name));
                any = true;
            }
        }

        if (any)
        {
            storage.FlushFolder();
        }
    }

    private static void CutFiles(IStorage storage, List<SegmentEntry> segments, Place place)
    {
        for (int i = segments.Count - 1; i > place.Segment; i--)
        {
            storage.Rename(segments[i].Name, FreeName(storage, segments[i].Name));
            DigestResume.DeleteStale(storage, segments[i].Header.FirstSequence);
        }

        // What went must be gone before anything new stands in its place: a power loss between could bring it back.
        storage.FlushFolder();
        using IStorageFile file = storage.Open(segments[place.Segment].Name, writable: true);
        long length = file.LengthBytes;
        long end = SegmentBytes.EndOfData(file, place.Offset, length);
        if (end == place.Offset)
        {
            return;
        }

        KeepAside(storage, file, segments[place.Segment].Name, place.Offset, end);
        byte[] zeros = new byte[1 << 16];
        for (long offset = place.Offset; offset < end; offset += zeros.Length)
        {
            file.Write(offset, zeros.AsSpan(0, (int)long.Min(zeros.Length, end - offset)));
        }

        file.Flush();
    }

    private static void KeepAside(IStorage storage, IStorageFile file, string name, long from, long to)
    {
        string aside = FreeName(storage, string.Create(CultureInfo.InvariantCulture, $"{name}-{from}"));
        using IStorageFile copy = storage.Create(aside, to - from);
        byte[] chunk = new byte[1 << 20];
        for (long offset = from; offset < to; offset += chunk.Length)
        {
            int read = file.Read(offset, chunk.AsSpan(0, (int)long.Min(chunk.Length, to - offset)));
            copy.Write(offset - from, chunk.AsSpan(0, read));
        }

        copy.Flush();
    }

    /// <summary>What an earlier cut kept aside is not replaced.</summary>
    private static string FreeName(IStorage storage, string name)
    {
        string free = name + FileNames.CutSuffix;
        for (int i = 2; storage.Exists(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}{FileNames.CutSuffix}");
        }

        return free;
    }

    /// <summary>When the highest epoch went away with its segment, an empty segment keeps it.</summary>
    private static void KeepEpoch(
        IStorage storage, JournalOptions options, List<SegmentEntry> segments, Place place)
    {
        uint highest = uint.Max(segments[^1].Header.Epoch, SegmentCatalog.HighestCutEpoch(storage));
        if (highest == segments[place.Segment].Header.Epoch)
        {
            return;
        }

        SegmentHeader header = segments[^1].Header;
        header.Epoch = highest;
        header.FirstSequence = place.Sequence + 1;
        header.ChainSeed = place.Crc;
        header.PreviousTimestampNs = place.TimestampNs;
        header.RuleLevel = segments[place.Segment].Header.RuleLevel;
        byte[] page = new byte[SegmentHeader.Size];
        header.WriteTo(page);
        string aside = FileNames.Prepared(0);
        SegmentSupply.DeleteLeftovers(storage, FileNames.IsPrepared);
        using (IStorageFile file = storage.Create(aside, options.SegmentBytes))
        {
            file.Write(0, page);
            file.Flush();
        }

        storage.Rename(aside, FileNames.Journal(header.FirstSequence));
    }

    private static void CutEvents(IStorage storage, UInt128 journalId, ulong lastSequence)
    {
        if (EventLogRetention.FirstKept(storage) > lastSequence + 1)
        {
            // Otherwise the mark would prove that commands were released which are given up.
            EventLogRetention.Mark(storage, lastSequence + 1);
        }

        EventLogTail tail = EventLogScan.Run(storage, journalId);
        if (tail.HighestReleased <= lastSequence)
        {
            return;
        }

        // Blocks can reach beyond the cut, so the log is cut before the block of the first command that goes;
        // the next start makes the rest again.
        EventLogRepair.CutBefore(storage, tail, lastSequence + 1);
    }
}
