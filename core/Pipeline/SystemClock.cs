namespace HftEngine.Core.Pipeline;

/// <summary>
/// The machine's UTC clock. It may be stepped back by its keeper: the sequencer's max(previous + 1, clock) is
/// what makes timestamps rise.
/// </summary>
public readonly struct SystemClock : IClock
{
    public long UtcNowNs() => Kernel.RealtimeNs();

    public long MonotonicNs() => Kernel.MonotonicNs();
}
