using System;
using System.Runtime.CompilerServices;
using HftEngine.Schemas;

namespace HftEngine.Core.State;

/// <summary>What can be said of a state stream without an engine.</summary>
public static unsafe class StateStream
{
    private const int SectionFrameBytes = 24;
    private const int LimitsBytes = SectionFrameBytes + ((GenesisBlock.BlockLength + 7) & ~7);

    /// <summary>State hash, the event digest's five words, its value.</summary>
    internal const int SealWords = 7;

    private const int SealBytes = SectionFrameBytes + (SealWords * sizeof(ulong));

    /// <summary>The state hash of a stream, from its bytes alone; false when it is none.</summary>
    /// <param name="source">Gives the stream, and no more than <paramref name="streamBytes"/>.</param>
    /// <param name="streamBytes">Its length.</param>
    /// <param name="stateHash">What <see cref="Engine.ComputeStateHash"/> gave where it was saved.</param>
    public static bool TryHash(StateSource source, long streamBytes, out ulong stateHash)
    {
        stateHash = 0;
        long hashed = streamBytes - LimitsBytes - SealBytes;
        if (hashed < 0 || hashed % sizeof(ulong) != 0)
        {
            return false;
        }

        byte[] buffer = new byte[StateWriter.BufferBytes];
        if (!TryFill(source, buffer.AsSpan(0, LimitsBytes)))
        {
            return false;
        }

        EventDigest hash = EventDigest.Start();
        while (hashed > 0)
        {
            int bytes = (int)long.Min(hashed, buffer.Length);
            if (!TryFill(source, buffer.AsSpan(0, bytes)))
            {
                return false;
            }

            int padded = (bytes + EventDigest.StripeBytes - 1) & -EventDigest.StripeBytes;
            buffer.AsSpan(bytes, padded - bytes).Clear();
            fixed (byte* first = buffer)
            {
                hash.Update(first, padded);
            }

            hashed -= bytes;
        }

        stateHash = hash.Value;
        return TryFill(source, buffer.AsSpan(0, SealBytes))
            && Unsafe.ReadUnaligned<ulong>(ref buffer[sizeof(ulong)]) == stateHash;
    }

    private static bool TryFill(StateSource source, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int read = source(buffer);
            if (read <= 0)
            {
                return false;
            }

            buffer = buffer[read..];
        }

        return true;
    }
}
