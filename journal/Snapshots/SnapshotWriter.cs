using System;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>The file of one snapshot, as long as it is being written.</summary>
internal sealed unsafe class SnapshotWriter
{
    private const int BlockBytes = 1 << 18;

    private readonly IStorageFile _file;
    private readonly Action<long>? _afterBytes;
    private readonly byte[] _buffer = new byte[BlockBytes];
    private readonly ulong _seed;
    private SnapshotHeader _header;
    private long _offset = SegmentHeader.Size;
    private int _used;

    /// <param name="file">Empty.</param>
    /// <param name="header">All but the state's hash and length.</param>
    /// <param name="afterBytes">Called after each block with its length: flushes, paces.</param>
    public SnapshotWriter(IStorageFile file, in SnapshotHeader header, Action<long>? afterBytes)
    {
        _file = file;
        _header = header;
        _afterBytes = afterBytes;
        _seed = EventBlock.SeedOf(header.Segment.JournalId, header.Segment.FirstSequence);
    }

    /// <summary>For <c>Engine.SaveState</c>.</summary>
    public void Append(ReadOnlySpan<byte> state)
    {
        _header.StateBytes += state.Length;
        while (!state.IsEmpty)
        {
            int bytes = int.Min(state.Length, BlockBytes - _used);
            state[..bytes].CopyTo(_buffer.AsSpan(_used));
            _used += bytes;
            state = state[bytes..];
            if (_used == BlockBytes)
            {
                WriteBlock();
            }
        }
    }

    /// <summary>The header comes last: a file that lacks anything has none.</summary>
    public void Close(ulong stateHash)
    {
        if (_used > 0)
        {
            WriteBlock();
        }

        _header.StateHash = stateHash;
        _ = BlockWriter.Write(
            _file,
            _seed,
            _offset,
            EventBlockKind.StateEnd,
            _header.Segment.Epoch,
            (ulong)_header.StateBytes,
            null,
            0);
        byte[] page = new byte[SegmentHeader.Size];
        _header.WriteTo(page);
        _file.Write(0, page);
    }

    private void WriteBlock()
    {
        const int step = HftEngine.Core.EventStream.FrameAlignment;
        int padded = (_used + step - 1) & -step;
        _buffer.AsSpan(_used, padded - _used).Clear();
        fixed (byte* payload = _buffer)
        {
            _offset = BlockWriter.Write(
                _file,
                _seed,
                _offset,
                EventBlockKind.State,
                _header.Segment.Epoch,
                (ulong)_used,
                payload,
                (uint)padded);
        }

        _used = 0;
        _afterBytes?.Invoke(padded);
    }
}
