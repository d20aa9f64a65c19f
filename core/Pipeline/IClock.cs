namespace HftEngine.Core.Pipeline;

/// <summary>The only source of time in the pipeline. The sequencer stamps max(previous + 1, clock); replay uses no clock.</summary>
public interface IClock
{
    /// <summary>UTC nanoseconds since 1970-01-01.</summary>
    long UtcNowNs();

    /// <summary>Rises whatever is done to the other clock. For liveness only: it never reaches a command.</summary>
    long MonotonicNs();
}
