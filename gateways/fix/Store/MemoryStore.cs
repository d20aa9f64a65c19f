using System;
using HftEngine.Core.Readers;

namespace HftEngine.Fix.Store;

/// <summary>
/// A store that lives as long as its process. Old messages give way when it is full: they are gap-filled.
/// </summary>
public sealed class MemoryStore : IMessageStore
{
    private readonly byte[] _bytes;
    private readonly (long Number, long At, int Length)[] _index;
    private long _end;

    public MemoryStore(int capacityBytes = 1 << 20, int capacityMessages = 1 << 13)
    {
        if (!int.IsPow2(capacityMessages))
        {
            throw new ArgumentOutOfRangeException(nameof(capacityMessages), "must be a power of two");
        }

        _bytes = new byte[capacityBytes];
        _index = new (long, long, int)[capacityMessages];
    }

    public long NextOutbound { get; private set; } = 1;

    public long NextInbound { get; set; } = 1;

    public long CreatedNs { get; private set; }

    public EventPosition LastOrigin { get; private set; }

    public void Append(ReadOnlySpan<byte> message, in EventPosition origin)
    {
        if (message.Length <= _bytes.Length)
        {
            // A message is never split, so that it can be read in one piece; the rest of a lap stays unused.
            long room = _bytes.Length - (_end % _bytes.Length);
            _end += message.Length > room ? room : 0;
            message.CopyTo(_bytes.AsSpan((int)(_end % _bytes.Length)));
            _index[NextOutbound & (_index.Length - 1)] = (NextOutbound, _end, message.Length);
            _end += message.Length;
        }

        LastOrigin = origin == default ? LastOrigin : origin;
        NextOutbound++;
    }

    public void Skip() => NextOutbound++;

    public int Read(long number, Span<byte> buffer)
    {
        (long kept, long at, int length) = _index[number & (_index.Length - 1)];
        if (kept != number || number >= NextOutbound || _end - at > _bytes.Length || length > buffer.Length)
        {
            return 0;
        }

        _bytes.AsSpan((int)(at % _bytes.Length), length).CopyTo(buffer);
        return length;
    }

    public void SetNextOutbound(long number) => NextOutbound = number;

    public void Reset(long nowNs)
    {
        Array.Clear(_index);
        _end = 0;
        NextOutbound = 1;
        NextInbound = 1;
        CreatedNs = nowNs;
    }

    public void Commit()
    {
    }

    public void Dispose()
    {
    }
}
