using System;
using System.Collections.Generic;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// `hft journal verify`: every checksum and every link of every file in the folder. Changes nothing.
/// </summary>
public static class JournalVerify
{
    /// <returns>0 when all is whole; 1 otherwise, with file and offset in the output.</returns>
    public static int Run(IStorage storage, JournalOptions options, JournalConsole console)
    {
        try
        {
            using var reader = new JournalReader(storage, options);
            while (reader.Next(out _))
            {
                console.Report(reader.ReadBytes, reader.TotalBytes);
            }

            console.Report(reader.TotalBytes, reader.TotalBytes);
            if (reader.Segments.Count == 0)
            {
                console.Output.WriteLine("journal: empty");
                return 0;
            }

            JournalTail tail = reader.Tail();
            Say(console, $"journal: whole up to sequence {tail.LastSequence}, epoch {tail.Epoch}, "
                + $"{tail.Segments.Count} segments{(tail.OrderlyStop ? ", orderly stop" : string.Empty)}");
            bool whole = VerifyDigests(storage, reader, tail, console);
            whole &= VerifyEvents(storage, tail, reader.Torn, console);
            whole &= VerifyImages(storage, tail, console);
            whole &= SnapshotCommands.Verify(storage, options, console with { Progress = null }) == 0;
            Say(console, $"voids: {VoidList.Read(storage, tail.JournalId).Commands.Count}");
            return whole ? 0 : 1;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Say(JournalConsole console, string text) => console.Output.WriteLine(text);

    private static bool VerifyDigests(
        IStorage storage, JournalReader reader, JournalTail tail, JournalConsole console)
    {
        uint seed = SegmentHeader.SeedOf(tail.JournalId);
        DigestChain chain = DigestResume.Before(
            storage, tail.JournalId, reader.Segments[0].Header.FirstSequence);
        var known = new Dictionary<(ulong, long), string>
        {
            [(chain.Segment, 0)] = Convert.ToHexStringLower(chain.Value),
        };
        bool whole = true;
        long done = 0;
        for (int i = 0; i < tail.Segments.Count; i++)
        {
            SegmentExtent extent = tail.Segments[i];
            string name = reader.Segments[i].Name;
            if (i > 0)
            {
                known[(extent.FirstSequence, 0)] = Convert.ToHexStringLower(chain.Value);
                chain.Enter(extent.FirstSequence);
            }

            whole &= VerifyAnchor(reader.Segments[i], known, console);
            whole &= VerifySegment(storage, extent, name, seed, chain, known, console);
            done += extent.EndOffset;
            console.Report(long.Min(done, reader.TotalBytes - 1), reader.TotalBytes);
        }

        Say(console, $"digest chain: {Convert.ToHexStringLower(chain.Value)}");
        return whole;
    }

    /// <summary>A header repeats a value that the chain had before the segment.</summary>
    private static unsafe bool VerifyAnchor(
        SegmentEntry segment, Dictionary<(ulong, long), string> known, JournalConsole console)
    {
        SegmentHeader header = segment.Header;
        string anchor = Convert.ToHexStringLower(
            new ReadOnlySpan<byte>(header.Digest, DigestChain.ValueBytes));
        if (!known.TryGetValue((header.DigestSegment, header.DigestOffset), out string? value)
            || value == anchor)
        {
            return true;
        }

        Say(console, $"{segment.Name} names digest {anchor}, the files give {value}: edited");
        return false;
    }

    private static bool VerifySegment(
        IStorage storage,
        SegmentExtent extent,
        string name,
        uint seed,
        DigestChain chain,
        Dictionary<(ulong, long), string> known,
        JournalConsole console)
    {
        using IStorageFile file = storage.Open(name, writable: false);
        string sideName = FileNames.Digest(extent.FirstSequence);
        using IStorageFile? side = storage.Exists(sideName) ? storage.Open(sideName, writable: false) : null;
        Span<byte> recorded = stackalloc byte[DigestChain.ValueBytes];
        int index = 0;
        while (chain.TryAdvance(file, extent.EndOffset, finished: true))
        {
            known[(extent.FirstSequence, chain.Offset)] = Convert.ToHexStringLower(chain.Value);
            bool isRecorded = side is not null && DigestFile.TryRead(
                side, index, seed, out long end, recorded)
                && end == chain.Offset;
            if (isRecorded && !recorded.SequenceEqual(chain.Value))
            {
                Say(console, $"{name} differs from {sideName} before offset {chain.Offset}: edited");
                return false;
            }

            index++;
        }

        return true;
    }

    private static bool VerifyEvents(
        IStorage storage, JournalTail tail, TornTail? torn, JournalConsole console)
    {
        EventLogTail events = EventLogScan.Run(storage, tail.JournalId);
        if (events.Broken is not null)
        {
            Say(console, $"event log: {events.Broken.Message}; the next start makes it again");
        }

        Say(console, $"event log: whole up to {events.Last.Sequence}, {events.Digests.Count} digests");
        if (events.HighestReleased > tail.LastSequence)
        {
            Say(console, $"event log: {events.HighestReleased} was released, the journal ends before it");
            return false;
        }

        if (torn is not null)
        {
            Say(console, $"{torn.File}: incomplete last write at offset {torn.Offset} ({torn.Reason}); "
                + $"the next start cuts {torn.EndOffset - torn.Offset} bytes");
        }

        return events.Broken is null;
    }

    private static bool VerifyImages(IStorage storage, JournalTail tail, JournalConsole console)
    {
        var store = new ImageStore(storage, tail.JournalId);
        bool whole = true;
        List<EventPosition> images = store.List();
        foreach (EventPosition at in images)
        {
            if (!store.IsWhole(at))
            {
                Say(console, $"{FileNames.Image(at.Epoch, at.Sequence)} is not whole");
                whole = false;
            }
        }

        Say(console, $"images: {images.Count}");
        return whole;
    }
}
