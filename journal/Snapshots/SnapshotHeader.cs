using System;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;

namespace HftEngine.Journal;

/// <summary>The first page of a snapshot: a segment's header, continued.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal unsafe struct SnapshotHeader
{
    public const int StructSize = 512;

    /// <summary>"HFTSNAP1", little endian.</summary>
    public const ulong Magic = 0x3150414E53544648;

    /// <summary>
    /// First sequence, previous timestamp and chain seed are those of the snapshot's own last command.
    /// </summary>
    [FieldOffset(0)]
    public SegmentHeader Segment;

    [FieldOffset(160)]
    public ulong EventDigest;

    [FieldOffset(168)]
    public ulong StateHash;

    [FieldOffset(176)]
    public long StateBytes;

    [FieldOffset(184)]
    public uint VoidsCrc;

    /// <summary>The limits; envelope and rule level are zero.</summary>
    [FieldOffset(192)]
    public GenesisBlock Limits;

    public void WriteTo(Span<byte> page)
    {
        page.Clear();
        Segment.Magic = Magic;
        Segment.FormatVersion = SegmentHeader.CurrentFormat;
        Segment.HeaderBytes = SegmentHeader.Size;
        Segment.HeaderCrc32C = 0;
        Segment.SegmentBytes = long.MaxValue;
        MemoryMarshal.Write(page, in this);
        fixed (byte* bytes = page)
        {
            ((SegmentHeader*)bytes)->HeaderCrc32C = Crc32C.Append(0, page);
        }
    }

    public static SnapshotHeader Of(SnapshotPoint point, UInt128 journalId, JournalOptions options)
    {
        SnapshotHeader header = default;
        header.Segment.JournalId = journalId;
        header.Segment.Epoch = point.Epoch;
        header.Segment.RuleLevel = point.RuleLevel;
        header.Segment.FirstSequence = point.Sequence;
        header.Segment.PreviousTimestampNs = point.TimestampNs;
        header.Segment.ChainSeed = point.Crc;
        header.Segment.SchemaId = options.SchemaId;
        header.Segment.SchemaVersion = options.SchemaVersion;
        header.EventDigest = point.EventDigest;
        header.Limits = Engine.GenesisOf(point.Limits);
        header.Limits.RuleLevel = 0;
        return header;
    }

    public readonly SnapshotPoint ToPoint() => new()
    {
        Epoch = Segment.Epoch,
        Sequence = Segment.FirstSequence,
        TimestampNs = Segment.PreviousTimestampNs,
        Crc = Segment.ChainSeedLow,
        RuleLevel = Segment.RuleLevel,
        EventDigest = EventDigest,
        Limits = Engine.LimitsOf(in Limits),
    };
}
