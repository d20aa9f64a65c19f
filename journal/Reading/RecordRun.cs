using System;

namespace HftEngine.Journal;

/// <summary>
/// Whole, checked command records back to back in the reader's memory, until the next call.
/// </summary>
public readonly unsafe struct RecordRun
{
    internal RecordRun(byte* first, byte* end, ulong firstSequence, ulong lastSequence, string file)
    {
        First = first;
        End = end;
        FirstSequence = firstSequence;
        LastSequence = lastSequence;
        File = file;
    }

    public byte* First { get; }

    public byte* End { get; }

    public ulong FirstSequence { get; }

    public ulong LastSequence { get; }

    /// <summary>The segment that they stand in.</summary>
    public string File { get; }

    public ReadOnlySpan<byte> Bytes => new(First, (int)(End - First));
}

/// <summary>The end of the last write did not reach the disk whole.</summary>
/// <param name="File">The last segment.</param>
/// <param name="Offset">First byte that is not part of a whole record.</param>
/// <param name="EndOffset">First byte behind what is there.</param>
/// <param name="Reason">What is wrong at the offset.</param>
public sealed record TornTail(string File, long Offset, long EndOffset, string Reason);
