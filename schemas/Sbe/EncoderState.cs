namespace HftEngine.Schemas.Sbe;

/// <summary>
/// How far a message has been written; one per message, shared by the encoders of its groups, so that every
/// part is appended where the one before it ended.
/// </summary>
public struct EncoderState
{
    private readonly int _length;

    /// <param name="length">Bytes from the first of the root block to the end of the buffer.</param>
    /// <param name="position">Where the first group or data begins.</param>
    /// <param name="pending">Groups and data that follow the root block.</param>
    public EncoderState(int length, int position, int pending)
    {
        _length = length;
        Position = position;
        Pending = pending;
    }

    /// <summary>End of what is written, counted from the root block's first byte.</summary>
    public int Position { get; private set; }

    /// <summary>Groups, entries and data that are still to be written; 0 = the message is whole.</summary>
    public int Pending { get; set; }

    /// <summary>Reserves bytes and returns where they begin.</summary>
    public int Claim(int bytes)
    {
        int start = Position;
        if (bytes > _length - start)
        {
            SbeException.ThrowBufferTooSmall(start + bytes, _length);
        }

        Position = start + bytes;
        return start;
    }
}
