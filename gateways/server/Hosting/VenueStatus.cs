using System;
using HftEngine.Core.Pipeline;
using HftEngine.Server.Demo;
using HftEngine.Server.Shadow;

namespace HftEngine.Server.Hosting;

/// <summary>What the health pages say; read by the web server's threads.</summary>
internal sealed class VenueStatus(
    Func<VenueLine?> line, Func<DemoMarket?> market, Func<ShadowKeeper?> shadow)
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
        ShadowStatus? follower = ShadowStatus.Of(shadow(), pipeline?.ReleasedSequence ?? 0);
        string ready = follower?.State == ShadowReport.Diverged ? "degraded" : "ready";
        return new VenueStatusPage(
            Ready ? ready : "not ready",
            Simulated,
            pipeline?.State.ToString().ToLowerInvariant() ?? "starting",
            line()?.Epoch ?? 0,
            pipeline?.SequencedSequence ?? 0,
            pipeline?.ReleasedSequence ?? 0,
            market()?.Orders ?? 0,
            market()?.Trades ?? 0,
            market()?.Rejects ?? 0,
            follower);
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
    long SimulatedRejects,
    ShadowStatus? Shadow);

/// <summary>The shadow as the health page shows it.</summary>
internal sealed record ShadowStatus(
    string State,
    ulong Sequence,
    ulong LagCommands,
    ulong SnapshotSequence,
    int Snapshots,
    ulong ComparedDigests,
    int Restarts,
    string? Trouble)
{
    public static ShadowStatus? Of(ShadowKeeper? keeper, ulong released)
    {
        if (keeper is null)
        {
            return null;
        }

        ShadowReport? last = keeper.Last;
        ulong sequence = last?.Sequence ?? 0;
        return new ShadowStatus(
            last?.State ?? "starting",
            sequence,
            released > sequence ? released - sequence : 0,
            last?.SnapshotSequence ?? 0,
            last?.Snapshots ?? 0,
            last?.ComparedDigests ?? 0,
            keeper.Restarts,
            last?.State == ShadowReport.Diverged ? last.Message : keeper.Trouble);
    }
}
