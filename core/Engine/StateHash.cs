using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core;

/// <summary>Order-sensitive 64-bit hash of a walk over the state: each word is mixed in with one multiplication.</summary>
internal struct StateHash
{
    private ulong _value;

    public static StateHash Start() => new() { _value = 0xCBF29CE484222325 };

    public readonly ulong Value => _value;

    public void Add(ulong word)
    {
        _value = (_value ^ word) * 0x9E3779B97F4A7C15;
        _value ^= _value >> 32;
    }

    public void Add(long word) => Add((ulong)word);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add((ulong)bytes.Length);
        while (bytes.Length >= 8)
        {
            Add(MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[8..];
        }

        foreach (byte last in bytes)
        {
            Add((ulong)last);
        }
    }
}
