using System;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Puts one block into a file so that a reader beside never sees half of it.</summary>
internal static unsafe class BlockWriter
{
    /// <returns>First byte behind the block.</returns>
    public static long Write(
        IStorageFile file,
        ulong segmentSeed,
        long offset,
        EventBlockKind kind,
        uint epoch,
        ulong sequence,
        byte* payload,
        uint payloadBytes)
    {
        EventBlock block = default;
        block.Length = EventBlock.Size;
        block.Kind = kind;
        block.PayloadBytes = payloadBytes;
        block.Epoch = epoch;
        block.Sequence = sequence;
        block.Checksum = block.Compute(segmentSeed, offset, payload);

        // Payload, header, and its first word last: who sees the word sees the rest, in this process or
        // another.
        if (payloadBytes > 0)
        {
            file.Write(offset + EventBlock.Size, new ReadOnlySpan<byte>(payload, (int)payloadBytes));
        }

        var header = new ReadOnlySpan<byte>(&block, EventBlock.Size);
        file.Write(offset + sizeof(ulong), header[sizeof(ulong)..]);
        file.Write(offset, header[..sizeof(ulong)]);
        return offset + EventBlock.Size + payloadBytes;
    }
}
