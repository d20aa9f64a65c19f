using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>What becomes of segments that no start needs any more.</summary>
public enum RetentionMode
{
    /// <summary>They stay: the journal can be replayed from its first command. The default.</summary>
    Keep,

    Delete,

    /// <summary>They are copied elsewhere, compared, and then deleted.</summary>
    Archive,
}

public sealed record RetentionRule
{
    public RetentionMode Mode { get; init; } = RetentionMode.Keep;

    /// <summary>Where <see cref="RetentionMode.Archive"/> puts them.</summary>
    public IStorage? Archive { get; init; }

    /// <summary>So many verified snapshots and images stay, and all that is needed to go on from the oldest of them.</summary>
    public int Snapshots { get; init; } = 2;
}

/// <summary>What one application of the rule took away.</summary>
public readonly record struct RetentionResult(int Snapshots, int Images, int CommandSegments, int EventSegments)
{
    public bool IsNothing => this == default;
}
