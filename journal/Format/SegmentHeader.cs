using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Pipeline;

namespace HftEngine.Journal;

/// <summary>
/// The first page of a segment, for commands, events and images alike. Zeros behind the struct.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal unsafe struct SegmentHeader
{
    /// <summary>A page: what follows starts aligned to pages and sectors.</summary>
    public const int Size = 4096;
    public const int StructSize = 160;
    public const uint CurrentFormat = 1;

    /// <summary>"HFTJRNL1", "HFTEVNT1" and "HFTIMGE1", little endian.</summary>
    public const ulong JournalMagic = 0x314C4E524A544648;
    public const ulong EventMagic = 0x31544E5645544648;
    public const ulong ImageMagic = 0x3145474D49544648;

    [FieldOffset(0)]
    public ulong Magic;

    [FieldOffset(8)]
    public uint FormatVersion;

    [FieldOffset(12)]
    public uint HeaderBytes;

    /// <summary>Random, made once outside the core; joins the files of one venue.</summary>
    [FieldOffset(16)]
    public UInt128 JournalId;

    [FieldOffset(32)]
    public uint Epoch;

    [FieldOffset(36)]
    public uint RuleLevel;

    /// <summary>Sequence of the first command that this segment holds, or will hold.</summary>
    [FieldOffset(40)]
    public ulong FirstSequence;

    /// <summary>Of the command before; time goes on from there.</summary>
    [FieldOffset(48)]
    public long PreviousTimestampNs;

    /// <summary>
    /// Journal: CRC of the command record before. Events: low half of the block chain's value.
    /// </summary>
    [FieldOffset(56)]
    public uint ChainSeedLow;

    [FieldOffset(60)]
    public uint ChainSeedHigh;

    [FieldOffset(64)]
    public ushort SchemaId;

    [FieldOffset(66)]
    public ushort SchemaVersion;

    [FieldOffset(68)]
    public uint Reserved;

    [FieldOffset(72)]
    public long SegmentBytes;

    /// <summary>
    /// How far the SHA-256 chain had come when this header was written: segment, offset, value.
    /// </summary>
    [FieldOffset(80)]
    public ulong DigestSegment;

    [FieldOffset(88)]
    public long DigestOffset;

    [FieldOffset(96)]
    public fixed byte Digest[32];

    /// <summary>CRC32C over the whole page with this field zero.</summary>
    [FieldOffset(128)]
    public uint HeaderCrc32C;

    public ulong ChainSeed
    {
        readonly get => ((ulong)ChainSeedHigh << 32) | ChainSeedLow;
        set
        {
            ChainSeedLow = (uint)value;
            ChainSeedHigh = (uint)(value >> 32);
        }
    }

    /// <summary>Seeds the control records: two journals never take each other's for their own.</summary>
    public static uint SeedOf(UInt128 journalId) =>
        Crc32C.Append(0, new ReadOnlySpan<byte>(&journalId, sizeof(UInt128)));

    /// <summary>Writes the page, checksum included.</summary>
    public void WriteTo(Span<byte> page)
    {
        Invariant.Require(page.Length == Size);
        page.Clear();
        FormatVersion = CurrentFormat;
        HeaderBytes = Size;
        HeaderCrc32C = 0;
        MemoryMarshal.Write(page, in this);
        fixed (byte* bytes = page)
        {
            ((SegmentHeader*)bytes)->HeaderCrc32C = Crc32C.Append(0, new ReadOnlySpan<byte>(bytes, Size));
        }
    }

    /// <summary>Reads a page whose checksum holds.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, out SegmentHeader header)
    {
        header = default;
        if (page.Length < Size)
        {
            return false;
        }

        header = MemoryMarshal.Read<SegmentHeader>(page);
        byte* copy = stackalloc byte[Size];
        page[..Size].CopyTo(new Span<byte>(copy, Size));
        ((SegmentHeader*)copy)->HeaderCrc32C = 0;
        return header.HeaderBytes == Size && header.HeaderCrc32C == Crc32C.Append(
            0, new ReadOnlySpan<byte>(copy, Size));
    }
}
