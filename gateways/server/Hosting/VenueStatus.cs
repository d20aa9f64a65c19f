using System;
using HftEngine.Core.Pipeline;
using HftEngine.Server.Demo;

namespace HftEngine.Server.Hosting;

/// <summary>What the health pages say; read by the web server's threads.</summary>
internal sealed class VenueStatus(Func<VenueLine?> line, Func<DemoMarket?> market)
{
    private volatile bool _ready;

    public required bool Simulated { get; init; }

    /// <summary>Recovered, warmed up, taking commands.</summary>
    public bool Ready
    {
        get => _ready && line()?.Pipeline.State == PipelineState.Running;
        set => _ready = value;
    }

    public VenueStatusPage ToPage()
    {
        PipelineStatus? pipeline = line()?.Pipeline.Status;
        return new VenueStatusPage(
            Ready ? "ready" : "not ready",
            Simulated,
            pipeline?.State.ToString().ToLowerInvariant() ?? "starting",
            line()?.Epoch ?? 0,
            pipeline?.SequencedSequence ?? 0,
            pipeline?.ReleasedSequence ?? 0,
            market()?.Orders ?? 0,
            market()?.Trades ?? 0,
            market()?.Rejects ?? 0);
    }
}

/// <summary>The JSON of /health/ready.</summary>
internal sealed record VenueStatusPage(
    string Status,
    bool Simulated,
    string Pipeline,
    uint Epoch,
    ulong SequencedSequence,
    ulong ReleasedSequence,
    long SimulatedOrders,
    long SimulatedTrades,
    long SimulatedRejects);
