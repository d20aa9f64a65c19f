using System;
using System.Buffers.Binary;
using HftEngine.Core;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Journal.Tests;

/// <summary>A small state in the frame that every state stream has: limits before it, its hash behind it.</summary>
internal static unsafe class StubState
{
    private const int LimitsBytes = 24 + GenesisBlock.BlockLength;
    private const int SealBytes = 24 + 56;

    public static ulong Write(ReadOnlySpan<byte> content, StateSink sink)
    {
        ulong hash = HashOf(content);
        sink(new byte[LimitsBytes]);
        sink(content);
        byte[] seal = new byte[SealBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(seal.AsSpan(8), hash);
        sink(seal);
        return hash;
    }

    public static byte[] Read(StateSource source, out ulong hash)
    {
        byte[] all = new byte[1 << 16];
        int length = 0;
        int read;
        while ((read = source(all.AsSpan(length))) > 0)
        {
            length += read;
        }

        byte[] content = all[LimitsBytes..(length - SealBytes)];
        hash = HashOf(content);
        return content;
    }

    private static ulong HashOf(ReadOnlySpan<byte> content)
    {
        byte[] padded = new byte[(content.Length + 31) & ~31];
        content.CopyTo(padded);
        EventDigest digest = EventDigest.Start();
        fixed (byte* first = padded)
        {
            digest.Update(first, padded.Length);
        }

        return digest.Value;
    }
}
