using System;
using System.Buffers.Binary;

namespace HftEngine.Schemas.Sbe;

/// <summary>A hash of bytes that is the same in every process and on every machine.</summary>
public static class WireHash
{
    // The odd 64-bit number nearest to 2^64 divided by the golden ratio spreads neighbouring values.
    private const ulong Spread = 0x9E3779B97F4A7C15;

    public static int Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length * Spread;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            rest |= (ulong)bytes[i] << (8 * i);
        }

        return (int)(Mix(hash ^ rest) >> 32);
    }

    private static ulong Mix(ulong value)
    {
        value *= Spread;
        return value ^ (value >> 32);
    }
}
