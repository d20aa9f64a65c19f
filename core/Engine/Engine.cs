using System;

namespace HftEngine.Core;

/// <summary>
/// The deterministic core: <c>state', events = Apply(state, command)</c>. One thread at a time; no clock, no I/O, no
/// allocation after construction.
/// </summary>
public sealed unsafe partial class Engine : IDisposable
{
    private readonly EventStream _events;

    /// <param name="limits">All memory is taken from these; the first command, Genesis, must agree with them.</param>
    /// <param name="events">Where events are written.</param>
    public Engine(EngineLimits limits, EventStream events)
    {
        Limits = limits;
        _events = events;
        _events.Digest = EventDigest.Start();
    }

    public EngineLimits Limits { get; }

    public EventStream Events => _events;

    /// <summary>Sequence of the last command that was applied whole.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Timestamp of that command.</summary>
    public long LastTimestampNs { get; private set; }

    /// <summary>Epoch of that command.</summary>
    public uint LastEpoch { get; private set; }

    /// <summary>Position in the event stream after the last event of the last command that was applied whole.</summary>
    public long AppliedPosition { get; private set; }

    /// <summary>When the next Tick is due, UTC nanoseconds; long.MaxValue when nothing waits.</summary>
    public long NextDeadlineNs { get; private set; } = long.MaxValue;

    public uint RuleLevel { get; private set; }

    /// <summary>Digest of all events so far.</summary>
    public ulong EventDigestValue => _events.Digest.Value;

    /// <summary>
    /// Applies sequenced records that stand back to back, prefetching along the batch, until <paramref name="end"/> or
    /// until the event stream's <see cref="EventStream.Limit"/> leaves no room for one more command.
    /// </summary>
    /// <param name="records">First <see cref="CommandRecord"/>.</param>
    /// <param name="end">First byte behind the last record.</param>
    /// <returns>First record that was not applied; <paramref name="end"/> when all were.</returns>
    public byte* ApplyRecords(byte* records, byte* end) => throw new NotSupportedException();

    /// <summary>Applies one sequenced SBE message. For embedding and tests; the pipeline uses <see cref="ApplyRecords"/>.</summary>
    public void Apply(ReadOnlySpan<byte> message) => throw new NotSupportedException();

    /// <summary>Answers a command that was voided in the journal: rejected with reason Voided, nothing else.</summary>
    public void ApplyVoided(ReadOnlySpan<byte> message) => throw new NotSupportedException();

    /// <summary>Canonical walk over the whole state. Slow; never called by the live core.</summary>
    public ulong ComputeStateHash() => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
