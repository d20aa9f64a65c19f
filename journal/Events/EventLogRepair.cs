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
        bool isLast = true;
        ulong bound = tail.Last.Sequence;
        for (int i = tail.Segments.Count - 1; i >= 0; i--)
        {
            EventSegmentExtent extent = tail.Segments[i];
            if (extent.EndOffset == 0 || extent.FirstSequence > tail.Last.Sequence)
            {
                storage.Delete(extent.Name);
                deleted = true;
                continue;
            }

            // An earlier one reaches as far as the next only after a power loss that brought back what was erased.
            if (isLast || extent.LastSequence > bound)
            {
                EraseFrom(storage, extent, bound);
            }

            isLast = false;
            bound = extent.FirstSequence - 1;
        }

        if (deleted)
        {
            storage.FlushFolder();
        }
    }

    /// <summary>
    /// Lets readers find the segment that the log goes on in, and every earlier one whose link a power loss took.
    /// </summary>
    public static void Link(IStorage storage, EventLogTail tail, ulong next)
    {
        bool isLast = true;
        for (int i = tail.Segments.Count - 1; i >= 0; i--)
        {
            EventSegmentExtent extent = tail.Segments[i];
            if (extent.FirstSequence < next && storage.Exists(extent.Name))
            {
                if (isLast || !extent.IsLinked)
                {
                    WriteLinkBehind(storage, extent, tail.Last.Epoch, next);
                }

                isLast = false;
                next = extent.FirstSequence;
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

    private static void EraseFrom(IStorage storage, EventSegmentExtent extent, ulong lastSequence)
    {
        long end = EndOfWhole(storage, extent.Name, lastSequence);
        using IStorageFile file = storage.Open(extent.Name, writable: true);
        long endOfData = SegmentBytes.EndOfData(file, end, file.LengthBytes);
        byte[] zeros = new byte[64 * 1024];
        for (long offset = end; offset < endOfData; offset += zeros.Length)
        {
            file.Write(offset, zeros.AsSpan(0, (int)long.Min(zeros.Length, endOfData - offset)));
        }

        if (endOfData > end)
        {
            // Blocks that a power loss brought back would prove what is no longer true.
            file.Flush();
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
