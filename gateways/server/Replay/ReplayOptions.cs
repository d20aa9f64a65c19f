using System.Collections.Generic;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

internal enum ReplayThrough
{
    Book,
    Core,
    Pipeline,
}

/// <summary>Everything that `hft replay` was told.</summary>
internal sealed record ReplayOptions
{
    public required Tape Tape { get; init; }

    public ReplayThrough Through { get; init; } = ReplayThrough.Core;

    /// <summary>none, os or sync; only the pipeline has a journal.</summary>
    public string Journal { get; init; } = "none";

    /// <summary>Where the pipeline's journal goes; a temporary folder when null.</summary>
    public string? DataFolder { get; init; }

    /// <summary>CPUs of the stage threads in pipeline order; empty leaves them to the system.</summary>
    public IReadOnlyList<int> Pin { get; init; } = [];

    public int Repeat { get; init; } = 1;

    public bool Latency { get; init; }

    /// <summary>Commands a second; null as fast as possible.</summary>
    public long? Rate { get; init; }

    public string? TradesFile { get; init; }

    public string? JsonFile { get; init; }

    public string? BookFile { get; init; }

    /// <summary>Where the latencies go as an HdrHistogram interval log.</summary>
    public string? LogFile { get; init; }

    public long Limit { get; init; } = long.MaxValue;

    public bool SkipBad { get; init; }
}
