using System;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>The state stream of one snapshot file, block by block, each with its checksum.</summary>
internal sealed class SnapshotReader : IDisposable
{
    private readonly EventSegmentReader _blocks;
    private int _at;
    private int _length;
    private bool _ended;

    public SnapshotReader(IStorage storage, string name) =>
        _blocks = new EventSegmentReader(storage, name, SnapshotHeader.Magic);

    /// <summary>Bytes of the state that were given out.</summary>
    public long StateBytes { get; private set; }

    /// <summary>For <c>Engine.LoadState</c>.</summary>
    /// <exception cref="JournalDamageException">The file is damaged.</exception>
    public int Read(Span<byte> buffer)
    {
        while (_at == _length)
        {
            if (_ended)
            {
                return 0;
            }

            NextBlock();
        }

        int bytes = int.Min(buffer.Length, _length - _at);
        _blocks.Payload.Slice(_at, bytes).CopyTo(buffer);
        _at += bytes;
        StateBytes += bytes;
        return bytes;
    }

    public void Dispose() => _blocks.Dispose();

    private void NextBlock()
    {
        long offset = _blocks.Offset;
        if (!_blocks.Next())
        {
            throw new JournalDamageException(_blocks.Name, offset, "the snapshot ends before its end mark");
        }

        EventBlock block = _blocks.Block;
        _at = 0;
        _length = 0;
        switch (block.Kind)
        {
            case EventBlockKind.State when block.Sequence <= block.PayloadBytes:
                _length = (int)block.Sequence;
                return;
            case EventBlockKind.StateEnd when block.Sequence == (ulong)StateBytes:
                _ended = true;
                return;
            default:
                throw new JournalDamageException(_blocks.Name, offset, "this block has no place in a snapshot");
        }
    }
}
