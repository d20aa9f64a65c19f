using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HftEngine.Fix.Codec;

/// <summary>FIX CheckSum: the sum of all bytes, modulo 256.</summary>
internal static class ByteSum
{
    // Lanes of bytes wrap modulo 256 by themselves, which is the very modulus that the standard asks for:
    // nothing needs to be widened.
    public static byte Of(ReadOnlySpan<byte> bytes)
    {
        Vector256<byte> lanes = Vector256<byte>.Zero;
        ref byte origin = ref MemoryMarshal.GetReference(bytes);
        int at = 0;
        for (; at <= bytes.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            lanes += Vector256.LoadUnsafe(ref origin, (nuint)at);
        }

        byte sum = Vector256.Sum(lanes);
        for (; at < bytes.Length; at++)
        {
            sum += bytes[at];
        }

        return sum;
    }
}
