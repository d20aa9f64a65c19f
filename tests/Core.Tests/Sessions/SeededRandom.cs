using System;
using System.Collections.Generic;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>SplitMix64: the same numbers for a seed on every machine and runtime version.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next64()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 … <paramref name="bound"/> − 1.</summary>
    public int Below(int bound) => (int)(Next64() % (ulong)bound);

    public long Between(long low, long high) => low + (long)(Next64() % (ulong)(high - low + 1));

    public bool OneIn(int n) => Below(n) == 0;

    public bool Percent(int percent) => Below(100) < percent;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public void Fill(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Next64();
        }
    }
}
