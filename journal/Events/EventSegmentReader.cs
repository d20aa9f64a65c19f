using System;
using System.Numerics;
using System.Runtime.InteropServices;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Reads the blocks of one event segment or image, in order, each with its checksum.</summary>
internal sealed unsafe class EventSegmentReader : IDisposable
{
    private const int FirstBufferBytes = 1 << 18;

    /// <summary>
    /// A header can be seen a moment before its neighbours when another process stores it meanwhile.
    /// </summary>
    private const int Attempts = 3;

    private readonly IStorageFile _file;
    private readonly ulong _seed;
    private readonly long _length;
    private byte[] _buffer = new byte[FirstBufferBytes];
    private long _bufferStart;
    private int _bufferLength;
    private int _payloadStart;
    private int _payloadLength;

    public EventSegmentReader(IStorage storage, string name, ulong magic = SegmentHeader.EventMagic)
    {
        Name = name;
        _file = storage.Open(name, writable: false);
        byte[] page = new byte[SegmentHeader.Size];
        int read = _file.Read(0, page);
        if (!SegmentHeader.TryRead(page.AsSpan(0, read), out SegmentHeader header)
            || header.Magic != magic)
        {
            _file.Dispose();
            throw new JournalDamageException(
                name, 0, "the event segment's header does not match its checksum");
        }

        if (header.FormatVersion != SegmentHeader.CurrentFormat)
        {
            _file.Dispose();
            throw new RecoveryRefusedException(
                $"{name} has format {header.FormatVersion}, known is {SegmentHeader.CurrentFormat}.");
        }

        Header = header;
        _length = long.Min(_file.LengthBytes, header.SegmentBytes);
        _seed = EventBlock.SeedOf(header.JournalId, header.FirstSequence);
        Offset = SegmentHeader.Size;
        LastSequence = header.FirstSequence - 1;
    }

    /// <summary>The last command of the events read so far.</summary>
    public ulong LastSequence { get; private set; }

    public string Name { get; }

    public SegmentHeader Header { get; }

    public long LengthBytes => _length;

    /// <summary>Of the next block.</summary>
    public long Offset { get; private set; }

    public EventBlock Block { get; private set; }

    /// <summary>Of the block that was read last; valid until the next read.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_payloadStart, _payloadLength);

    /// <summary>Reads the next block.</summary>
    /// <returns>False where nothing was written yet.</returns>
    /// <exception cref="JournalDamageException">Something stands there that is no block.</exception>
    public bool Next()
    {
        for (int attempt = 1; ; attempt++)
        {
            string? bad = TryNext(out bool any);
            if (bad is null)
            {
                return any;
            }

            _bufferLength = 0;
            if (attempt == Attempts)
            {
                throw new JournalDamageException(Name, Offset, bad);
            }
        }
    }

    /// <summary>
    /// At the end of what is there: the segment that goes on with the next command. A power loss can take the block that
    /// names it and leave the segment itself; while a writer is alive the name stands before that block does.
    /// </summary>
    public bool TryFindNext(IStorage storage, out string name)
    {
        name = FileNames.Events(LastSequence + 1);
        return name != Name && storage.Exists(name);
    }

    /// <summary>Goes back to a place that an index or an earlier read named.</summary>
    public void Seek(long offset) => Offset = offset;

    /// <summary>
    /// Next place at or behind <paramref name="from"/> that could be a block's header; −1 when there is none.
    /// </summary>
    public long FindHeader(long from)
    {
        byte[] chunk = new byte[FirstBufferBytes];
        for (long offset = from & ~(EventBlock.Size - 1L); offset < _length; offset += chunk.Length)
        {
            int read = _file.Read(offset, chunk.AsSpan(0, (int)long.Min(chunk.Length, _length - offset)));
            for (int at = 0; at + EventBlock.Size <= read; at += EventBlock.Size)
            {
                if (offset + at >= from && MemoryMarshal.Read<EventBlock>(chunk.AsSpan(at)).LooksLikeOne)
                {
                    return offset + at;
                }
            }
        }

        return -1;
    }

    public void Dispose() => _file.Dispose();

    private string? TryNext(out bool any)
    {
        any = false;
        if (Offset + EventBlock.Size > _length || !Have(EventBlock.Size))
        {
            return null;
        }

        EventBlock block = MemoryMarshal.Read<EventBlock>(At());
        if (block.Length == 0)
        {
            // What follows may be written meanwhile: look at the file again next time.
            _bufferLength = 0;
            return null;
        }

        if (!block.LooksLikeOne || Offset + EventBlock.Size + block.PayloadBytes > _length)
        {
            return "this is not a block's header";
        }

        if (!Have(EventBlock.Size + (int)block.PayloadBytes))
        {
            return "the block is cut short by the end of the file";
        }

        fixed (byte* header = At())
        {
            if (block.Compute(_seed, Offset, header + EventBlock.Size) != block.Checksum)
            {
                return "the block does not match its checksum";
            }
        }

        Block = block;
        LastSequence = block.Kind == EventBlockKind.Events ? block.Sequence : LastSequence;
        _payloadStart = (int)(Offset - _bufferStart) + EventBlock.Size;
        _payloadLength = (int)block.PayloadBytes;
        Offset += EventBlock.Size + block.PayloadBytes;
        any = true;
        return null;
    }

    private ReadOnlySpan<byte> At() => _buffer.AsSpan((int)(Offset - _bufferStart));

    /// <summary>Brings bytes from the offset on into the buffer.</summary>
    private bool Have(int bytes)
    {
        if (Offset >= _bufferStart && Offset + bytes <= _bufferStart + _bufferLength)
        {
            return true;
        }

        if (bytes > _buffer.Length)
        {
            _buffer = new byte[(int)BitOperations.RoundUpToPowerOf2((uint)bytes)];
        }

        _bufferStart = Offset;
        _bufferLength = _file.Read(
            Offset, _buffer.AsSpan(0, (int)long.Min(_buffer.Length, _length - Offset)));
        return _bufferLength >= bytes;
    }
}
