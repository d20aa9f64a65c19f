using HftEngine.Core;
using HftEngine.Core.State;

namespace HftEngine.Journal;

/// <summary>A replay's target that can tell its whole state: what the shadow drives.</summary>
public interface IShadowTarget : IReplayTarget
{
    uint LastEpoch { get; }

    long LastTimestampNs { get; }

    uint RuleLevel { get; }

    EngineLimits Limits { get; }

    /// <returns>The state hash.</returns>
    ulong SaveState(StateSink sink);

    void WriteImage(ImageSink sink);
}
