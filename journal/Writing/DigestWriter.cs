using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Advances the digest chain over committed bytes and keeps each value in the segment's side file.
/// </summary>
internal sealed class DigestWriter(
    IStorage storage,
    DigestChain chain,
    Queue<SegmentExtent> backlog,
    uint journalSeed,
    long segmentBytes) : IDisposable
{
    private IStorageFile? _file;
    private int _index;

    public DigestChain Chain => chain;

    /// <summary>Digests at most one block of the segment that is being written.</summary>
    public bool Advance(IStorageFile file, ulong firstSequence, long committedEnd)
    {
        long done = chain.Segment == firstSequence ? chain.Offset : 0;
        if (committedEnd - done < DigestChain.BlockBytes)
        {
            return false;
        }

        DigestBacklog();
        Enter(firstSequence);
        return Step(file, committedEnd, finished: false);
    }

    /// <summary>Digests the rest of a segment that gets no more records.</summary>
    public void Finish(IStorageFile file, ulong firstSequence, long end, bool flush)
    {
        DigestBacklog();
        Enter(firstSequence);
        while (Step(file, end, finished: true))
        {
        }

        if (flush)
        {
            _file!.Flush();
        }
    }

    public void Dispose() => _file?.Dispose();

    /// <summary>Segments of earlier runs whose chain a crash cut short.</summary>
    private void DigestBacklog()
    {
        while (backlog.TryDequeue(out SegmentExtent extent))
        {
            using IStorageFile file = storage.Open(extent.Name, writable: false);
            Enter(extent.FirstSequence);
            while (Step(file, extent.EndOffset, finished: true))
            {
            }

        }
    }

    private void Enter(ulong firstSequence)
    {
        if (chain.Segment != firstSequence)
        {
            chain.Enter(firstSequence);
            _file?.Dispose();
            _file = null;
        }

        if (_file is null)
        {
            string name = FileNames.Digest(firstSequence);
            _index = (int)((chain.Offset + DigestChain.BlockBytes - 1) / DigestChain.BlockBytes);
            _file = storage.Exists(name)
                ? storage.Open(name, writable: true)
                : storage.Create(name, DigestFile.SizeFor(segmentBytes));
        }
    }

    private bool Step(IStorageFile file, long end, bool finished)
    {
        if (!chain.TryAdvance(file, end, finished))
        {
            return false;
        }

        DigestFile.Append(_file!, _index, journalSeed, chain.Offset, chain.Value);
        _index++;
        return true;
    }
}
