using System.Numerics;
using System.Runtime.CompilerServices;
using HftEngine.Core;

namespace HftEngine.Journal;

/// <summary>CRC32C (Castagnoli) as the processor's instruction computes it: the register goes in and comes out as it is.</summary>
internal static unsafe class RecordChecksum
{
    /// <summary>The value that a command record must carry: over its length word and its message.</summary>
    /// <param name="seed">Of the record before.</param>
    /// <param name="record">First byte of the record.</param>
    public static uint OfRecord(uint seed, byte* record)
    {
        uint messageBytes = *(uint*)record;
        uint crc = BitOperations.Crc32C(seed, messageBytes);
        return Over(crc, record + CommandRecord.Size, messageBytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Over(uint crc, byte* bytes, long length)
    {
        long whole = length & ~7L;
        for (long i = 0; i < whole; i += 8)
        {
            crc = BitOperations.Crc32C(crc, *(ulong*)(bytes + i));
        }

        for (long i = whole; i < length; i++)
        {
            crc = BitOperations.Crc32C(crc, bytes[i]);
        }

        return crc;
    }
}
