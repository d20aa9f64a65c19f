using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HftEngine.Journal;

/// <summary>Copies into memory that this core will not read again soon.</summary>
internal static unsafe class StreamingCopy
{
    /// <summary>Below this the stores' set-up costs more than the cache lines that they save.</summary>
    private const int LeastBytes = 2048;
    private const int Line = 64;

    /// <summary>
    /// Long copies bypass the cache: a line that is overwritten whole need not be fetched first, which makes
    /// the copy nearly twice as fast and leaves the engine's tables where they are.
    /// </summary>
    public static void Copy(byte* target, byte* source, long bytes)
    {
        if (bytes < LeastBytes || !Avx.IsSupported)
        {
            Buffer.MemoryCopy(source, target, bytes, bytes);
            return;
        }

        long head = -(long)target & (Line - 1);
        Buffer.MemoryCopy(source, target, head, head);
        byte* from = source + head;
        byte* to = target + head;
        byte* end = to + ((bytes - head) & ~(Line - 1L));
        if (Avx512F.IsSupported)
        {
            for (; to < end; to += Line, from += Line)
            {
                Avx512F.StoreAlignedNonTemporal(to, Vector512.Load(from));
            }
        }
        else
        {
            for (; to < end; to += Line, from += Line)
            {
                Avx.StoreAlignedNonTemporal(to, Vector256.Load(from));
                Avx.StoreAlignedNonTemporal(to + 32, Vector256.Load(from + 32));
            }
        }

        long rest = target + bytes - to;
        Buffer.MemoryCopy(from, to, rest, rest);

        // Streaming stores are not ordered with later ones: the next header must not be seen before these
        // bytes.
        Sse.StoreFence();
    }
}
