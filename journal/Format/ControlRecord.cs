using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Pipeline;

namespace HftEngine.Journal;

internal enum ControlKind : ushort
{
    /// <summary>Stands before the records of one write.</summary>
    Batch = 1,

    /// <summary>An orderly stop: everything before it was flushed.</summary>
    End = 2,
}

/// <summary>
/// The journal's own record between the commands. It proves itself without its neighbours: a valid one behind
/// a bad place shows that the bad place was once whole.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct ControlRecord
{
    public const int Size = 32;

    /// <summary>Set in the length word; a command's length is far below it.</summary>
    public const uint ControlBit = 0x8000_0000;

    /// <summary>The first word of every control record.</summary>
    public const uint Word = ControlBit | (Size - 8);

    [FieldOffset(0)]
    public uint Length;

    /// <summary>
    /// CRC32C over the record's place and all its other bytes, seeded with the CRC32C of the journal's id.
    /// </summary>
    [FieldOffset(4)]
    public uint Crc;

    [FieldOffset(8)]
    public ControlKind Kind;

    [FieldOffset(10)]
    public ushort Reserved;

    [FieldOffset(12)]
    public uint Epoch;

    /// <summary>Batch: sequence of its first record. End: last sequence.</summary>
    [FieldOffset(16)]
    public ulong Sequence;

    /// <summary>CRC of the last command record before this place.</summary>
    [FieldOffset(24)]
    public uint PreviousCrc;

    /// <summary>Batch: bytes of the records that follow.</summary>
    [FieldOffset(28)]
    public uint BatchBytes;

    /// <summary>
    /// The place is covered first, so that a record copied elsewhere does not pass for one.
    /// </summary>
    public readonly uint Checksum(uint journalSeed, ulong segment, long offset)
    {
        const int coveredBytes = 16 + Size - 4;
        byte* covered = stackalloc byte[coveredBytes];
        *(ulong*)covered = segment;
        *(long*)(covered + 8) = offset;
        *(uint*)(covered + 16) = Length;
        fixed (ControlKind* body = &Kind)
        {
            Unsafe.CopyBlockUnaligned(covered + 20, body, Size - 8);
        }

        return Crc32C.Append(journalSeed, new ReadOnlySpan<byte>(covered, coveredBytes));
    }

    public readonly bool IsValid(uint journalSeed, ulong segment, long offset) =>
        Length == Word && Reserved == 0 && Crc == Checksum(journalSeed, segment, offset);

    public static ControlRecord Make(
        in SegmentPlace place,
        long offset,
        ControlKind kind,
        ulong sequence,
        uint previousCrc,
        uint batchBytes)
    {
        ControlRecord record = default;
        record.Length = Word;
        record.Kind = kind;
        record.Epoch = place.Epoch;
        record.Sequence = sequence;
        record.PreviousCrc = previousCrc;
        record.BatchBytes = batchBytes;
        record.Crc = record.Checksum(place.JournalSeed, place.FirstSequence, offset);
        return record;
    }
}

/// <summary>What is the same for all control records of a segment.</summary>
internal readonly record struct SegmentPlace(uint JournalSeed, ulong FirstSequence, uint Epoch);
