using System.Runtime.InteropServices;
using HftEngine.Core;

namespace HftEngine.Journal;

internal enum EventBlockKind : ushort
{
    /// <summary>Nothing was written here yet.</summary>
    None = 0,

    /// <summary>Event frames of whole commands follow.</summary>
    Events = 2,

    /// <summary>The running digest after a command.</summary>
    Digest = 3,

    /// <summary>The log goes on in the segment of the named sequence.</summary>
    Continued = 4,

    /// <summary>Closes an image; the sequence is the number of payload bytes before it.</summary>
    ImageEnd = 5,

    /// <summary>A piece of a snapshot's state; the sequence is how many bytes of the payload belong to it.</summary>
    State = 6,

    /// <summary>Closes a snapshot; the sequence is the number of the state's bytes.</summary>
    StateEnd = 7,
}

/// <summary>
/// Stands before the frames of one append, as long as the smallest frame step. It proves itself and what
/// follows by a checksum that is seeded with its place.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal unsafe struct EventBlock
{
    public const int Size = 32;

    /// <summary>No command makes that much; a length above is no length.</summary>
    public const uint MostPayloadBytes = 1 << 30;

    /// <summary>Written last: a reader that sees it sees the rest.</summary>
    [FieldOffset(0)]
    public uint Length;

    [FieldOffset(4)]
    public EventBlockKind Kind;

    [FieldOffset(6)]
    public ushort Reserved;

    /// <summary>Bytes of the payload behind this header; of Events, its frames.</summary>
    [FieldOffset(8)]
    public uint PayloadBytes;

    [FieldOffset(12)]
    public uint Epoch;

    /// <summary>Events, Digest: the last command. Continued: the next segment's first.</summary>
    [FieldOffset(16)]
    public ulong Sequence;

    /// <summary>Over header and payload. The payload of Digest is 32 bytes: the value, then zeros.</summary>
    [FieldOffset(24)]
    public ulong Checksum;

    public readonly bool LooksLikeOne =>
        Length == Size
        && Kind is >= EventBlockKind.Events and <= EventBlockKind.StateEnd
        && Reserved == 0
        && PayloadBytes % EventStream.FrameAlignment == 0
        && PayloadBytes <= MostPayloadBytes;

    /// <param name="segmentSeed">Of the journal and the segment.</param>
    /// <param name="offset">Of this header in the segment.</param>
    /// <param name="payload">What follows the header.</param>
    public readonly ulong Compute(ulong segmentSeed, long offset, byte* payload)
    {
        EventBlock header = this;
        header.Checksum = segmentSeed ^ ((ulong)offset * 0x9E37_79B9_7F4A_7C15);
        EventDigest digest = EventDigest.Start();
        digest.Update((byte*)&header, Size);
        digest.Update(payload, PayloadBytes);
        return digest.Value;
    }

    public static ulong SeedOf(System.UInt128 journalId, ulong firstSequence) =>
        (ulong)journalId ^ (ulong)(journalId >> 64) ^ (firstSequence * 0xC2B2_AE3D_27D4_EB4F);
}
