namespace HftEngine.Core.Pipeline;

/// <summary>
/// A clock that stands at zero, so that every timestamp is the previous one plus 1: for tapes and tests.
/// </summary>
public readonly struct FixedClock : IClock
{
    public long UtcNowNs() => 0;

    public long MonotonicNs() => Kernel.MonotonicNs();
}
