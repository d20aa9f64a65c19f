using System;

namespace HftEngine.Simulation;

/// <summary>SplitMix64: the same numbers for a seed on every machine and runtime version.</summary>
internal sealed class SimulationRandom(ulong seed) : Random
{
    private readonly ulong _seed = seed;
    private ulong _state = seed;

    public ulong Next64()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Numbers of its own that do not depend on how many this one has given.</summary>
    public SimulationRandom Fork(ulong name) => new(_seed ^ (name * 0xD1342543DE82EF95));

    public bool OneIn(int n) => Next(n) == 0;

    public override int Next(int maxValue) => (int)(Next64() % (ulong)maxValue);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    public override long NextInt64(long maxValue) => maxValue == 0 ? 0 : (long)(Next64() % (ulong)maxValue);

    public override void NextBytes(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)Next64();
        }
    }

    protected override double Sample() => throw new NotSupportedException("Whole numbers only.");
}
