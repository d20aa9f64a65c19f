using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Reads the event log behind its writer for what was released, and for the digests recorded with it.</summary>
internal sealed class ReleasedFollower : IDisposable
{
    private readonly IStorage _storage;
    private readonly Queue<RecordedDigest> _digests = [];
    private EventSegmentReader _reader;

    /// <param name="storage">The folder.</param>
    /// <param name="after">Commands up to here are of no interest.</param>
    public ReleasedFollower(IStorage storage, ulong after)
    {
        List<ulong> segments = EventLogScan.SegmentsOf(storage);
        if (segments.Count == 0)
        {
            throw new RecoveryRefusedException("There is no event log to follow.");
        }

        int at = segments.Count - 1;
        while (at > 0 && segments[at] > after + 1)
        {
            at--;
        }

        _storage = storage;
        _reader = new EventSegmentReader(storage, FileNames.Events(segments[at]));
        Released = segments[at] - 1;
    }

    /// <summary>The highest command that is known to be released.</summary>
    public ulong Released { get; private set; }

    /// <summary>Reads on, at least until something beyond <paramref name="sequence"/> was released or nothing is left.</summary>
    public void ReadBeyond(ulong sequence)
    {
        while (Released <= sequence)
        {
            if (!_reader.Next())
            {
                if (!_reader.TryFindNext(_storage, out string found))
                {
                    return;
                }

                Enter(found);
                continue;
            }

            EventBlock block = _reader.Block;
            switch (block.Kind)
            {
                case EventBlockKind.Events:
                    Released = ulong.Max(Released, block.Sequence);
                    break;
                case EventBlockKind.Digest:
                    _digests.Enqueue(
                        new RecordedDigest(block.Epoch, block.Sequence, BitConverter.ToUInt64(_reader.Payload)));
                    break;
                case EventBlockKind.Continued:
                    Enter(FileNames.Events(block.Sequence));
                    break;
            }
        }
    }

    /// <summary>The next recorded digest up to a command.</summary>
    public bool TryTakeDigest(ulong upTo, out RecordedDigest digest)
    {
        if (_digests.TryPeek(out digest) && digest.Sequence <= upTo)
        {
            _digests.Dequeue();
            return true;
        }

        return false;
    }

    private void Enter(string name)
    {
        _reader.Dispose();
        _reader = new EventSegmentReader(_storage, name);
    }

    public void Dispose() => _reader.Dispose();
}
