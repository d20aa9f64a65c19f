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
        var chain = new DigestChain();
        chain.Begin(tail.JournalId, tail.Segments.Count > 0 ? tail.Segments[0].FirstSequence : 1);
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
