using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Finds how far the digest chain came before the last stop, and what is left to digest.</summary>
internal static class DigestResume
{
    public static DigestChain From(IStorage storage, JournalTail tail, Queue<SegmentExtent> backlog)
    {
        uint seed = SegmentHeader.SeedOf(tail.JournalId);
        DigestChain chain = Before(
            storage, tail.JournalId, tail.Segments.Count > 0 ? tail.Segments[0].FirstSequence : 1);
        Span<byte> value = stackalloc byte[DigestChain.ValueBytes];
        int next = 0;

        // A last segment without commands is about to be replaced: it must not be a link of the chain.
        int count = tail.Segments.Count;
        while (count > 0 && tail.Segments[count - 1].FirstSequence > tail.LastSequence)
        {
            count--;
        }

        for (int i = 0; i < count; i++)
        {
            SegmentExtent extent = tail.Segments[i];
            long done = LastWhole(storage, extent, seed, value);
            if (done == 0)
            {
                break;
            }

            chain.Resume(extent.FirstSequence, done, value);
            next = done == extent.EndOffset ? i + 1 : i;
            if (done != extent.EndOffset)
            {
                break;
            }
        }

        for (int i = next; i < count; i++)
        {
            backlog.Enqueue(tail.Segments[i]);
            if (i > next)
            {
                DeleteStale(storage, tail.Segments[i].FirstSequence);
            }
        }

        return chain;
    }

    /// <summary>
    /// The chain's value before a segment: what the side file before it ends with, or, at the journal's beginning, the
    /// journal's id. The side file of the last segment that was archived stays for this.
    /// </summary>
    public static DigestChain Before(IStorage storage, UInt128 journalId, ulong firstSequence)
    {
        var chain = new DigestChain();
        chain.Begin(journalId, firstSequence);
        ulong before = 0;
        foreach (string name in storage.List())
        {
            bool isSide = FileNames.TryParse(
                name, FileNames.JournalPrefix, FileNames.DigestSuffix, out ulong segment);
            before = isSide && segment < firstSequence ? ulong.Max(before, segment) : before;
        }

        if (before == 0)
        {
            return chain;
        }

        using IStorageFile file = storage.Open(FileNames.Digest(before), writable: false);
        uint seed = SegmentHeader.SeedOf(journalId);
        Span<byte> value = stackalloc byte[DigestChain.ValueBytes];
        Span<byte> read = stackalloc byte[DigestChain.ValueBytes];
        long done = 0;
        for (int index = 0; DigestFile.TryRead(file, index, seed, out long end, read) && end > done; index++)
        {
            done = end;
            read.CopyTo(value);
        }

        if (done > 0)
        {
            chain.Resume(before, done, value);
            chain.Enter(firstSequence);
        }

        return chain;
    }

    /// <summary>True when the chain can be taken up within the segment.</summary>
    public static bool HasAny(IStorage storage, UInt128 journalId, ulong firstSequence)
    {
        string name = FileNames.Digest(firstSequence);
        if (!storage.Exists(name))
        {
            return false;
        }

        using IStorageFile file = storage.Open(name, writable: false);
        Span<byte> value = stackalloc byte[DigestChain.ValueBytes];
        return DigestFile.TryRead(file, 0, SegmentHeader.SeedOf(journalId), out _, value);
    }

    public static void DeleteStale(IStorage storage, ulong firstSequence)
    {
        string name = FileNames.Digest(firstSequence);
        if (storage.Exists(name))
        {
            storage.Delete(name);
        }
    }

    /// <summary>
    /// End of the last block in the side file that still stands; records behind it are erased.
    /// </summary>
    private static long LastWhole(IStorage storage, SegmentExtent extent, uint seed, Span<byte> value)
    {
        string name = FileNames.Digest(extent.FirstSequence);
        if (!storage.Exists(name))
        {
            return 0;
        }

        using IStorageFile file = storage.Open(name, writable: true);
        Span<byte> read = stackalloc byte[DigestChain.ValueBytes];
        long done = 0;
        int index = 0;
        while (DigestFile.TryRead(file, index, seed, out long end, read))
        {
            bool whole = end == (long)(index + 1) * DigestChain.BlockBytes || end == extent.EndOffset;
            if (!whole || end > extent.EndOffset)
            {
                break;
            }

            done = end;
            read.CopyTo(value);
            index++;
        }

        long kept = (long)index * DigestFile.RecordBytes;
        long stale = file.LengthBytes - kept;
        if (stale > 0)
        {
            // A value over bytes that a crash took would look like an edit.
            file.Write(kept, new byte[stale]);
        }

        return done;
    }
}
