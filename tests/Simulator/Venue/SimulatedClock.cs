using HftEngine.Core.Pipeline;

namespace HftEngine.Simulation;

/// <summary>Time goes on when the simulation says so; the UTC clock is stepped back now and then.</summary>
internal sealed class SimulatedTime
{
    public long UtcNs { get; set; } = 1_700_000_000_000_000_000;

    public long MonotonicNs { get; private set; } = 1;

    public void Advance(long ns)
    {
        UtcNs += ns;
        MonotonicNs += ns;
    }
}

internal readonly struct SimulatedClock(SimulatedTime time) : IClock
{
    public long UtcNowNs() => time.UtcNs;

    public long MonotonicNs() => time.MonotonicNs;
}
