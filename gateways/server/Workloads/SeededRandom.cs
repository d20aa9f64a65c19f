using System;

namespace HftEngine.Server.Workloads;

/// <summary>
/// Random numbers that are the same on every machine and in every version of .NET: xorshift64*, after Vigna,
/// "An experimental exploration of Marsaglia's xorshift generators".
/// </summary>
internal sealed class SeededRandom
{
    private ulong _state;

    public SeededRandom(ulong seed)
    {
        // The generator stands still at zero; the first numbers of small seeds are alike, so they are thrown
        // away.
        _state = seed == 0 ? 0x9E3779B97F4A7C15 : seed;
        for (int i = 0; i < 16; i++)
        {
            Next();
        }
    }

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }

    /// <summary>0 … bound − 1, evenly.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>0 ≤ x &lt; 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Fraction() < probability;
}
