using System;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>An event whose every word behind the envelope follows from its sequence and index.</summary>
internal static unsafe class TestEvent
{
    private const int ContentOffset = 88;

    public static int FrameBytes(ulong sequence, uint index) => 96 + (32 * (int)((sequence + index) % 3));

    public static ulong SequenceOf(byte* frame) => *(ulong*)(frame + 24);

    public static uint IndexOf(byte* frame) => *(uint*)(frame + 72);

    public static void Write(byte* frame, byte* command, ulong sequence, uint index, bool last)
    {
        int frameBytes = FrameBytes(sequence, index);
        byte* message = frame + 8;
        *(ulong*)message = (ulong)(frameBytes - 16) | (101UL << 16) | (1UL << 32);
        byte* envelope = message + 8;
        Buffer.MemoryCopy(command + 8, envelope, 56, 56);
        *(ushort*)(envelope + 6) = (ushort)(last ? 1 : 0);
        *(uint*)(envelope + 56) = index;
        *(uint*)(envelope + 60) = 0;
        *(ulong*)(envelope + 64) = Word(sequence, index, 0);
        for (int i = ContentOffset; i < frameBytes; i += 8)
        {
            *(ulong*)(frame + i) = Word(sequence, index, i);
        }
    }

    public static bool IsWhole(byte* frame)
    {
        ulong sequence = SequenceOf(frame);
        uint index = IndexOf(frame);
        int frameBytes = FrameBytes(sequence, index);
        bool whole = *(int*)frame == frameBytes && *(ulong*)(frame + 80) == Word(sequence, index, 0);
        for (int i = ContentOffset; whole && i < frameBytes; i += 8)
        {
            whole &= *(ulong*)(frame + i) == Word(sequence, index, i);
        }

        return whole;
    }

    private static ulong Word(ulong sequence, uint index, int place) =>
        TestCommand.Mix((sequence * 64) + index + ((ulong)place << 50));
}
