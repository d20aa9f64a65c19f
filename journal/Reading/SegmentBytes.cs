using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Looks through stretches of a segment for what is there at all.</summary>
internal static class SegmentBytes
{
    private const int ChunkBytes = 1 << 20;

    public static bool AreZero(IStorageFile file, long from, long to) => EndOfData(file, from, to) == from;

    /// <summary>
    /// First byte behind the last one that is not zero; <paramref name="from"/> when all are.
    /// </summary>
    public static long EndOfData(IStorageFile file, long from, long to)
    {
        byte[] chunk = new byte[ChunkBytes];
        long end = from;
        for (long offset = from; offset < to; offset += ChunkBytes)
        {
            int read = file.Read(offset, chunk.AsSpan(0, (int)long.Min(ChunkBytes, to - offset)));
            int last = chunk.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            end = last >= 0 ? offset + last + 1 : end;
        }

        return end;
    }

    /// <summary>
    /// Offset of the first whole control record at or behind <paramref name="from"/>; −1 when there is none.
    /// </summary>
    public static long FindControl(IStorageFile file, long from, long to, uint journalSeed, ulong segment)
    {
        byte[] chunk = new byte[ChunkBytes + ControlRecord.Size];
        long start = from & ~7L;
        for (long offset = start; offset < to; offset += ChunkBytes)
        {
            int read = file.Read(offset, chunk.AsSpan(0, (int)long.Min(chunk.Length, to - offset)));
            int at = FindIn(chunk.AsSpan(0, read), offset, from, journalSeed, segment);
            if (at >= 0)
            {
                return offset + at;
            }
        }

        return -1;
    }

    private static int FindIn(
        ReadOnlySpan<byte> chunk, long offset, long from, uint journalSeed, ulong segment)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(chunk);
        int index = 0;
        while (index < words.Length)
        {
            int found = words[index..].IndexOf(ControlRecord.Word);
            if (found < 0)
            {
                return -1;
            }

            int at = (index + found) * sizeof(uint);
            if (at % 8 == 0 && offset + at >= from && at + ControlRecord.Size <= chunk.Length)
            {
                ControlRecord record = MemoryMarshal.Read<ControlRecord>(chunk[at..]);
                if (record.IsValid(journalSeed, segment, offset + at))
                {
                    return at;
                }
            }

            index += found + 1;
        }

        return -1;
    }
}
