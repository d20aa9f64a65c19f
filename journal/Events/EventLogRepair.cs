using System;
using HftEngine.Core;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Brings the event log's files into the state that its whole part describes.</summary>
internal static unsafe class EventLogRepair
{
    /// <summary>
    /// Erases what stands behind the whole part; the events there are appended again from the journal.
    /// </summary>
    public static void Run(IStorage storage, EventLogTail tail)
    {
        bool deleted = false;
        for (int i = tail.Segments.Count - 1; i >= 0; i--)
        {
            EventSegmentExtent extent = tail.Segments[i];
            if (extent.EndOffset == 0 || extent.FirstSequence > tail.Last.Sequence)
            {
                storage.Delete(extent.Name);
                deleted = true;
                continue;
            }

            EraseFrom(storage, extent, tail);
            break;
        }

        if (deleted)
        {
            storage.FlushFolder();
        }
    }

    /// <summary>
    /// Lets readers that wait at the end of the last kept segment find the one that the log goes on in.
    /// </summary>
    public static void Link(IStorage storage, EventLogTail tail, ulong next)
    {
        for (int i = tail.Segments.Count - 1; i >= 0; i--)
        {
            EventSegmentExtent extent = tail.Segments[i];
            if (extent.FirstSequence < next && storage.Exists(extent.Name))
            {
                WriteLinkBehind(storage, extent, tail.Last.Epoch, next);
                return;
            }
        }
    }

    /// <summary>Cuts the log so that no block reaches <paramref name="sequence"/>.</summary>
    public static void CutBefore(IStorage storage, EventLogTail tail, ulong sequence) =>
        Run(storage, tail with { Last =
            tail.Last with { Sequence = ulong.Min(tail.Last.Sequence, sequence - 1) } });

    private static void WriteLinkBehind(IStorage storage, EventSegmentExtent extent, uint epoch, ulong next)
    {
        using var reader = new EventSegmentReader(storage, extent.Name);
        while (reader.Next())
        {
            if (reader.Block.Kind == EventBlockKind.Continued)
            {
                Invariant.Require(reader.Block.Sequence == next);
                return;
            }
        }

        using IStorageFile file = storage.Open(extent.Name, writable: true);
        ulong seed = EventBlock.SeedOf(reader.Header.JournalId, extent.FirstSequence);
        _ = BlockWriter.Write(file, seed, reader.Offset, EventBlockKind.Continued, epoch, next, null, 0);
    }

    private static void EraseFrom(IStorage storage, EventSegmentExtent extent, EventLogTail tail)
    {
        long end = EndOfWhole(storage, extent.Name, tail.Last.Sequence);
        using IStorageFile file = storage.Open(extent.Name, writable: true);
        long endOfData = SegmentBytes.EndOfData(file, end, file.LengthBytes);
        byte[] zeros = new byte[64 * 1024];
        for (long offset = end; offset < endOfData; offset += zeros.Length)
        {
            file.Write(offset, zeros.AsSpan(0, (int)long.Min(zeros.Length, endOfData - offset)));
        }
    }

    /// <summary>A link to a segment that goes away is erased with it.</summary>
    private static long EndOfWhole(IStorage storage, string name, ulong lastSequence)
    {
        using var reader = new EventSegmentReader(storage, name);
        long end = reader.Offset;
        try
        {
            while (reader.Next() && reader.Block.Kind != EventBlockKind.Continued
                && reader.Block.Sequence <= lastSequence)
            {
                end = reader.Offset;
            }
        }
        catch (JournalDamageException)
        {
            // The bad place is where the erasure starts.
        }

        return end;
    }
}
