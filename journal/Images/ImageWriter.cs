using System;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>The file of one image, as long as it is being written.</summary>
internal sealed unsafe class ImageWriter
{
    private readonly IStorageFile _file;
    private readonly EventPosition _at;
    private readonly ulong _seed;
    private long _offset = SegmentHeader.Size;
    private ulong _payloadBytes;

    public ImageWriter(IStorageFile file, UInt128 journalId, EventPosition at)
    {
        _file = file;
        _at = at;
        _seed = EventBlock.SeedOf(journalId, at.Sequence);
        SegmentHeader header = default;
        header.Magic = SegmentHeader.ImageMagic;
        header.JournalId = journalId;
        header.Epoch = at.Epoch;
        header.FirstSequence = at.Sequence;
        header.SegmentBytes = long.MaxValue;
        Span<byte> page = stackalloc byte[SegmentHeader.Size];
        header.WriteTo(page);
        file.Write(0, page);
    }

    public void Append(ReadOnlySpan<byte> frames)
    {
        fixed (byte* payload = frames)
        {
            Write(EventBlockKind.Events, _at.Sequence, payload, (uint)frames.Length);
        }

        _payloadBytes += (uint)frames.Length;
    }

    public void Close() => Write(EventBlockKind.ImageEnd, _payloadBytes, null, 0);

    private void Write(EventBlockKind kind, ulong sequence, byte* payload, uint bytes) =>
        _offset = BlockWriter.Write(_file, _seed, _offset, kind, _at.Epoch, sequence, payload, bytes);
}
