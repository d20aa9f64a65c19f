using System.Runtime.InteropServices;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// The memory format of a command ring: one gateway writes, the sequencer reads, frames of any length
/// between.
/// </summary>
/// <remarks>
/// A frame is 8 bytes of header (message length as int32, kind as int32), then the message, then a gap up to
/// a multiple of 8 bytes. A frame never wraps: a padding frame fills the rest of the memory instead. Frames
/// become visible by the tail alone, so a producer that dies at any instruction leaves either whole frames or
/// nothing. The tail is one word of (generation, position): whatever a producer of an earlier generation
/// still writes there is told from the present one's.
/// </remarks>
public static class CommandRing
{
    public const int FrameHeaderBytes = 8;
    public const int FrameAlignment = 8;

    /// <summary>
    /// Longer than any command; short against the smallest ring, so that a claim can always succeed some
    /// time.
    /// </summary>
    public const int MaxMessageBytes = 1024;

    internal const int MessageKind = 0;
    internal const int PaddingKind = 1;

    // 12 bits of generation above 52 bits of position in units of 8 bytes: 36 PB through one ring in one
    // generation.
    private const int GenerationShift = 52;
    private const ulong PositionMask = (1UL << GenerationShift) - 1;
    private const int PositionUnitShift = 3;
    private const int StatusBits = 8;

    internal static int FrameBytes(int messageBytes) =>
        (FrameHeaderBytes + messageBytes + FrameAlignment - 1) & ~(FrameAlignment - 1);

    /// <summary>What distinguishes the tails of one generation; wraps after 4096 of them.</summary>
    internal static ulong TailTag(long generation) => (ulong)generation << GenerationShift;

    internal static ulong TailWord(ulong tag, long position) => tag | ((ulong)position >> PositionUnitShift);

    internal static bool HasTag(ulong tailWord, ulong tag) => (tailWord & ~PositionMask) == tag;

    internal static long PositionOf(ulong tailWord) => (long)((tailWord & PositionMask) << PositionUnitShift);

    internal static long AdmissionWord(long generation, RingStatus status) => (generation << StatusBits) | (long)status;

    internal static RingStatus StatusOf(long admission) => (RingStatus)(admission & ((1 << StatusBits) - 1));

    internal static long GenerationOf(long admission) => admission >> StatusBits;
}

/// <summary>What a producer is told about its ring.</summary>
public enum RingStatus
{
    /// <summary>The pipeline does not take commands yet.</summary>
    Starting = 0,

    /// <summary>Commands are taken; a refused claim means that the ring is full.</summary>
    Open = 1,

    /// <summary>The engine treats this producer as lost: attach again.</summary>
    Lost = 2,

    /// <summary>The engine has halted and takes nothing more.</summary>
    Halted = 3,

    /// <summary>The pipeline is stopping or has stopped.</summary>
    Closed = 4,
}

/// <summary>Why the engine gave a producer up.</summary>
public enum RingFault
{
    None,
    TailWentBack,
    TailBeyondCapacity,
    FrameKindUnknown,
    FrameLengthInvalid,
    FrameBeyondTail,
    PaddingInvalid,

    /// <summary>Shorter than a message header and a command envelope: it cannot be sequenced.</summary>
    MessageTooShort,
    HeartbeatStopped,
    Detached,
    DeclaredLost,
}

/// <summary>
/// The control page of a command ring. Each word has at least 128 empty bytes on both sides. The gateway can
/// write all of it: the engine keeps its own copies and reads back only what is marked as the producer's,
/// without trust.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = RingMemory.ControlBytes)]
internal struct CommandRingControl
{
    [FieldOffset(0)]
    public RingHeader Header;

    /// <summary>Engine: generation and <see cref="RingStatus"/> in one word.</summary>
    [FieldOffset(256)]
    public long Admission;

    /// <summary>Engine: position up to which memory may be written again.</summary>
    [FieldOffset(512)]
    public long Head;

    /// <summary>Producer: generation and position up to which frames are whole.</summary>
    [FieldOffset(768)]
    public ulong Tail;

    /// <summary>Producer: changes as long as it lives.</summary>
    [FieldOffset(1024)]
    public long Heartbeat;

    /// <summary>Producer: the generation that it took.</summary>
    [FieldOffset(1280)]
    public long Attached;

    /// <summary>Producer: the generation that it gave back in order.</summary>
    [FieldOffset(1536)]
    public long Detached;

    /// <summary>1 while the sequencer sleeps; the producer clears it and wakes.</summary>
    [FieldOffset(1792)]
    public int SequencerDoorbell;

    /// <summary>
    /// 1 while the gateway sleeps until events are released; the publisher clears it and wakes.
    /// </summary>
    [FieldOffset(2048)]
    public int EventDoorbell;
}
