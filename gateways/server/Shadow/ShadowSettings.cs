using HftEngine.Journal;

namespace HftEngine.Server.Shadow;

/// <summary>When the shadow writes snapshots, how much it may work, and what becomes of old files.</summary>
internal sealed record ShadowSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>A snapshot after so many commands.</summary>
    public long EveryCommands { get; init; } = 5_000_000;

    /// <summary>A snapshot after so long, if anything happened.</summary>
    public int EverySeconds { get; init; } = 300;

    /// <summary>Of one CPU, at the lowest priority.</summary>
    public int BudgetPercent { get; init; } = 30;

    public RetentionMode Retention { get; init; } = RetentionMode.Keep;

    /// <summary>Where <see cref="RetentionMode.Archive"/> puts segments.</summary>
    public string ArchiveFolder { get; init; } = string.Empty;

    public int KeptSnapshots { get; init; } = 2;

    public RetentionRule ToRule() => new()
    {
        Mode = Retention,
        Archive = Retention == RetentionMode.Archive ? new DiskStorage(ArchiveFolder) : null,
        Snapshots = KeptSnapshots,
    };
}
