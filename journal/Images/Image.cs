using System;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>One image, read from its beginning.</summary>
internal sealed unsafe class Image(IStorage storage, EventPosition at) : IImage
{
    private readonly EventSegmentReader _reader = ImageStore.Open(storage, at);
    private int _payloadOffset;
    private int _payloadLength;
    private bool _ended;

    public EventPosition At => at;

    public int Read(Span<byte> buffer)
    {
        while (_payloadOffset == _payloadLength)
        {
            if (_ended || !_reader.Next() || _reader.Block.Kind == EventBlockKind.ImageEnd)
            {
                _ended = true;
                return 0;
            }

            _payloadOffset = 0;
            _payloadLength = _reader.Payload.Length;
        }

        int bytes = WholeFrames(buffer.Length);
        if (bytes == 0)
        {
            throw new ArgumentException("The buffer is shorter than the next frame.", nameof(buffer));
        }

        _reader.Payload.Slice(_payloadOffset, bytes).CopyTo(buffer);
        _payloadOffset += bytes;
        return bytes;
    }

    public void Dispose() => _reader.Dispose();

    private int WholeFrames(int most)
    {
        fixed (byte* start = _reader.Payload)
        {
            int end = _payloadOffset;
            while (end < _payloadLength)
            {
                if (!EventFrame.IsWhole(start + end, _payloadLength - end))
                {
                    throw new JournalDamageException(_reader.Name, end, "this is not an event frame");
                }

                int next = end + new EventFrame(start + end).Bytes;
                if (next - _payloadOffset > most)
                {
                    break;
                }

                end = next;
            }

            return end - _payloadOffset;
        }
    }
}
