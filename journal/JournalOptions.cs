using System;
using HftEngine.Core;
using HftEngine.Schemas;

namespace HftEngine.Journal;

/// <summary>Fixed when the journal starts.</summary>
public sealed record JournalOptions
{
    public Durability Durability { get; init; } = Durability.Sync;

    /// <summary>Size of one command segment; a multiple of 64 KiB.</summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Size of one event segment; a multiple of 64 KiB.</summary>
    public long EventSegmentBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Command segments that stand ready, written and mapped, besides the one in use. More than one only where commits
    /// fill a segment faster than the disk makes the next.
    /// </summary>
    public int SegmentsAhead { get; init; } = 1;

    /// <summary>As <see cref="SegmentsAhead"/>, of the event log.</summary>
    public int EventSegmentsAhead { get; init; } = 1;

    /// <summary>
    /// Command segments that are made before the start returns, for a writer that knows how much it will write. They
    /// are used up before the background makes more.
    /// </summary>
    public int SegmentsAtStart { get; init; }

    /// <summary>As <see cref="SegmentsAtStart"/>, of the event log.</summary>
    public int EventSegmentsAtStart { get; init; }

    /// <summary>A longer append is written, and in sync mode flushed, in pieces of at most this.</summary>
    public int MaxWriteBytes { get; init; } = 1 << 20;

    /// <summary>The highest rule level that this program knows; a journal beyond it is refused.</summary>
    public uint KnownRuleLevel { get; init; } = Engine.KnownRuleLevel;

    public ushort SchemaId { get; init; } = SchemaIndex.SchemaId;

    /// <summary>
    /// The newest schema version that this program decodes; a journal beyond it is refused.
    /// </summary>
    public ushort SchemaVersion { get; init; } = SchemaIndex.SchemaVersion;

    /// <summary>
    /// What a simulation sets instead of chance and threads: the id of a new journal. Background work is then the
    /// caller's, by <see cref="CommandJournal.Attend"/> and <see cref="EventLog.Attend"/>.
    /// </summary>
    internal UInt128? Simulated { get; init; }

    internal void Validate()
    {
        // A simulation rolls segments after some dozens of commands.
        long unit = Simulated is null ? DigestChain.BlockBytes : SegmentHeader.Size;
        Invariant.Require(SegmentBytes >= 2 * unit);
        Invariant.Require(SegmentBytes % unit == 0);
        Invariant.Require(EventSegmentBytes >= 2 * unit);
        Invariant.Require(EventSegmentBytes % unit == 0);
        Invariant.Require(MaxWriteBytes >= 4096);
        Invariant.Require(SegmentsAhead > 0);
        Invariant.Require(EventSegmentsAhead > 0);
        Invariant.Require(SegmentsAtStart >= 0);
        Invariant.Require(EventSegmentsAtStart >= 0);
    }

    /// <summary>A piece that is written at once must fit into a fresh segment.</summary>
    internal int PieceBytes =>
        (int)long.Min(MaxWriteBytes, SegmentBytes - SegmentHeader.Size - (2 * ControlRecord.Size));
}
