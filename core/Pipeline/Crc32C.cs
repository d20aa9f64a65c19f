using System;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of sequenced records, each seeded with its predecessor's.
/// </summary>
/// <remarks>
/// Chaining follows the usual convention: <c>Append(Append(0, a), b) == Append(0, a + b)</c>, and
/// <c>Append(0, "123456789") == 0xE3069283</c>. <see cref="BitOperations.Crc32C(uint, ulong)"/> is one
/// instruction where the processor has it and a table otherwise, so there is one code path to test.
/// </remarks>
public static unsafe class Crc32C
{
    /// <summary>CRC of <paramref name="data"/>, continuing from <paramref name="seed"/>.</summary>
    public static uint Append(uint seed, ReadOnlySpan<byte> data)
    {
        fixed (byte* pointer = data)
        {
            return ~Update(~seed, pointer, data.Length);
        }
    }

    /// <summary>
    /// CRC of a record: its length word, then its message. The padding behind the message is left out.
    /// </summary>
    /// <param name="seed">CRC of the record before; for the first record, what the journal gives.</param>
    /// <param name="messageBytes">Length of the message.</param>
    /// <param name="message">First byte of the message.</param>
    public static uint OfRecord(uint seed, int messageBytes, byte* message) =>
        ~Update(BitOperations.Crc32C(~seed, (uint)messageBytes), message, messageBytes);

    /// <summary>As <see cref="OfRecord(uint, int, byte*)"/>, for a reader of files.</summary>
    public static uint OfRecord(uint seed, ReadOnlySpan<byte> message)
    {
        fixed (byte* pointer = message)
        {
            return OfRecord(seed, message.Length, pointer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One call less per command; the loop is the sequencer's longest.
    private static uint Update(uint crc, byte* data, int length)
    {
        byte* end = data + length;
        for (; data + sizeof(ulong) <= end; data += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, *(ulong*)data);
        }

        for (; data < end; data++)
        {
            crc = BitOperations.Crc32C(crc, *data);
        }

        return crc;
    }
}
