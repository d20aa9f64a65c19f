using System;

namespace HftEngine.Fix.Session;

/// <summary>
/// Messages that came before their turn, kept until the gap before them is filled. What does not fit is
/// dropped: it is asked for again when its turn comes.
/// </summary>
internal sealed class GapQueue
{
    private const int MaxMessages = 1_024;

    private readonly int _capacityBytes;
    private readonly (long Number, int Start, int Length)[] _entries = new (long, int, int)[MaxMessages];
    private byte[] _bytes = [];
    private int _count;
    private int _end;

    public GapQueue(int capacityBytes)
    {
        _capacityBytes = capacityBytes;
    }

    public int Count => _count;

    /// <summary>An empty message keeps the place of one that was acted upon already.</summary>
    public void Add(long number, ReadOnlySpan<byte> message)
    {
        if (_count == MaxMessages || message.Length > _capacityBytes - _end || IndexOf(number) >= 0)
        {
            return;
        }

        if (_bytes.Length == 0)
        {
            // Most sessions never have a gap, so the room for it is taken with the first one.
            _bytes = new byte[_capacityBytes];
        }

        message.CopyTo(_bytes.AsSpan(_end));
        _entries[_count++] = (number, _end, message.Length);
        _end += message.Length;
    }

    /// <summary>Takes the message with this number out; false when it is not there.</summary>
    public bool TryTake(long number, Span<byte> buffer, out int length)
    {
        length = 0;
        int index = IndexOf(number);
        if (index < 0)
        {
            return false;
        }

        (_, int start, length) = _entries[index];
        _bytes.AsSpan(start, length).CopyTo(buffer);
        _entries[index] = _entries[--_count];
        if (_count == 0)
        {
            _end = 0;
        }

        return true;
    }

    /// <summary>Drops everything below a number.</summary>
    public void DropBelow(long number)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (_entries[i].Number < number)
            {
                _entries[i] = _entries[--_count];
            }
        }

        if (_count == 0)
        {
            _end = 0;
        }
    }

    public void Clear() => DropBelow(long.MaxValue);

    private int IndexOf(long number)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Number == number)
            {
                return i;
            }
        }

        return -1;
    }
}
