namespace HftEngine.Schemas.Sbe;

/// <summary>The dimensions of a repeating group, checked against the bytes that are there.</summary>
public readonly struct GroupBounds
{
    private GroupBounds(int blockLength, int count)
    {
        BlockLength = blockLength;
        Count = count;
    }

    public int BlockLength { get; }

    public int Count { get; }

    /// <summary>
    /// Entries take at least their blocks, so the product tells a false count before anything is read by it.
    /// </summary>
    public static GroupBounds Check(string name, ulong blockLength, ulong count, int required, int room)
    {
        if (count == 0)
        {
            return default;
        }

        bool sound = room >= 0
            && blockLength <= (ulong)room
            && count <= int.MaxValue
            && blockLength * count <= (ulong)room
            && blockLength >= (ulong)required;
        if (!sound)
        {
            SbeException.ThrowMalformed(name);
        }

        return new GroupBounds((int)blockLength, (int)count);
    }
}
