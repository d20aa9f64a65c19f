using System;
using System.Buffers.Binary;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>The side file of a segment: one record of 48 bytes per block of the digest chain.</summary>
/// <remarks>
/// Offset of the block's end (8), value (32), CRC32C over both (4), zero (4). Never flushed on the commit
/// path; what a crash takes of it is computed again.
/// </remarks>
internal static class DigestFile
{
    public const int RecordBytes = 48;

    public static long SizeFor(long segmentBytes) =>
        ((segmentBytes / DigestChain.BlockBytes) + 1) * RecordBytes;

    public static void Append(
        IStorageFile file, int index, uint journalSeed, long endOffset, ReadOnlySpan<byte> value)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        record.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(record, endOffset);
        value.CopyTo(record[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[40..], Checksum(record, journalSeed));
        file.Write((long)index * RecordBytes, record);
    }

    /// <summary>Reads record <paramref name="index"/>; false when it is not there, or not whole.</summary>
    public static bool TryRead(
        IStorageFile file, int index, uint journalSeed, out long endOffset, Span<byte> value)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        endOffset = 0;
        if (file.Read((long)index * RecordBytes, record) != RecordBytes)
        {
            return false;
        }

        endOffset = BinaryPrimitives.ReadInt64LittleEndian(record);
        record.Slice(8, DigestChain.ValueBytes).CopyTo(value);
        return endOffset > 0
            && BinaryPrimitives.ReadUInt32LittleEndian(record[44..]) == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(record[40..]) == Checksum(record, journalSeed);
    }

    private static uint Checksum(ReadOnlySpan<byte> record, uint journalSeed) =>
        Crc32C.Append(journalSeed, record[..40]);
}
