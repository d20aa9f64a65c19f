using System.Collections.Generic;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// What a composer decides about a pipeline. Nothing here can change an answer of the engine.
/// </summary>
public sealed record PipelineOptions
{
    public PipelineLayout Layout { get; init; } = PipelineLayout.Automatic();

    public WaitKind Wait { get; init; } = WaitKind.Backoff;

    public CoreOrder Order { get; init; } = CoreOrder.BesideJournal;

    /// <summary>One command ring each. The venue's own ring is always there besides.</summary>
    public IReadOnlyList<GatewayOptions> Gateways { get; init; } = [];

    public long VenueRingBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Between sequencer, journal and core; a power of two. Holds what arrives during a flush.
    /// </summary>
    public long SequencedRingBytes { get; init; } = 16 << 20;

    /// <summary>Of this start of the journal.</summary>
    public uint Epoch { get; init; } = 1;

    /// <summary>CRC of the last recovered record; on a fresh journal what its header says.</summary>
    public uint CrcSeed { get; init; }

    /// <summary>
    /// True: the sequencer begins with Genesis on a fresh engine and with VenueRestarted on a recovered one.
    /// False: the composer sends them through <see cref="VenuePipeline.Venue"/>.
    /// </summary>
    public bool Announce { get; init; } = true;

    public ICommandLog CommandLog { get; init; } = new NullCommandLog();

    public IEventSink EventSink { get; init; } = new NullEventSink();
}

/// <summary>Where a pipeline stands; read at any time from any thread, each value for itself.</summary>
public sealed record PipelineStatus
{
    public required PipelineState State { get; init; }

    public required ulong SequencedSequence { get; init; }

    public required ulong CommittedSequence { get; init; }

    public required ulong AppliedSequence { get; init; }

    public required ulong ReleasedSequence { get; init; }

    public required long AppliedPosition { get; init; }

    public required long ReleasedPosition { get; init; }

    public required long LoggedPosition { get; init; }

    /// <summary>Sequenced bytes that journal or core have not taken yet.</summary>
    public required long SequencedBytesWaiting { get; init; }

    public required IReadOnlyList<GatewayStatus> Gateways { get; init; }
}

/// <param name="GatewayId">Whose ring.</param>
/// <param name="WaitingBytes">
/// Committed by the gateway and not sequenced; its own word for it, so only for display.
/// </param>
/// <param name="Losses">How often its producer was given up.</param>
/// <param name="LastFault">Why, the last time.</param>
public readonly record struct GatewayStatus(ushort GatewayId, long WaitingBytes, long Losses, RingFault LastFault);

public enum PipelineState
{
    Created,
    Running,
    Halted,
    Stopping,
    Stopped,
}
