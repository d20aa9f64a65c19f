using System.Collections.Generic;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;
using HftEngine.Server.Shadow;

namespace HftEngine.Server.Configuration;

/// <summary>What `hft serve` runs with, all sources taken together.</summary>
internal sealed record ServeSettings
{
    public required string DataFolder { get; init; }

    public required Durability Durability { get; init; }

    public required string HttpAddress { get; init; }

    public required int HttpPort { get; init; }

    public required PipelineLayout Layout { get; init; }

    public required WaitKind Wait { get; init; }

    /// <summary>Capacities of a venue that begins; a venue that continues keeps its own.</summary>
    public required EngineLimits Limits { get; init; }

    /// <summary>Sizes and numbers of segments.</summary>
    public required JournalOptions Journal { get; init; }

    public required ShadowSettings Shadow { get; init; }

    /// <summary>Gateways in processes of their own.</summary>
    public IReadOnlyList<IsolatedGateway> Gateways { get; init; } = [];

    public bool Demo { get; init; }

    public ulong DemoSeed { get; init; }

    public int DemoOrdersPerSecond { get; init; }
}
