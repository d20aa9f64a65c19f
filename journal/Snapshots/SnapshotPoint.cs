using HftEngine.Core;
using HftEngine.Core.Readers;

namespace HftEngine.Journal;

/// <summary>Where in a journal's history a snapshot belongs, and what it is of.</summary>
public sealed record SnapshotPoint
{
    public required uint Epoch { get; init; }

    /// <summary>The last command that it contains.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Of that command.</summary>
    public required long TimestampNs { get; init; }

    /// <summary>CRC of that command's record: the journal's next record is seeded with it.</summary>
    public required uint Crc { get; init; }

    public required uint RuleLevel { get; init; }

    /// <summary>Over all events up to that command.</summary>
    public required ulong EventDigest { get; init; }

    /// <summary>What the engine was made with: a journal whose beginning is gone has no Genesis to tell.</summary>
    public required EngineLimits Limits { get; init; }

    public EventPosition Position => new(Epoch, Sequence, uint.MaxValue);
}

/// <summary>A snapshot in the folder.</summary>
public sealed record SnapshotEntry
{
    public required string Name { get; init; }

    public required SnapshotPoint Point { get; init; }

    public required ulong StateHash { get; init; }

    public required long StateBytes { get; init; }

    public required long FileBytes { get; init; }

    /// <summary>Over the sequences that were voided up to this point.</summary>
    internal uint VoidsCrc { get; init; }
}
