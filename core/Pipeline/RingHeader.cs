using System.Runtime.InteropServices;

namespace HftEngine.Core.Pipeline;

/// <summary>What a mapping process checks before it believes anything else in a ring's memory.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct RingHeader
{
    public const int Size = 64;

    /// <summary>
    /// "HFTRING" and a zero, read as a little-endian number: also tells a foreign byte order.
    /// </summary>
    public const ulong ExpectedMagic = 0x00474E4952544648;

    /// <summary>Rises with every change of a control page's layout.</summary>
    public const int CurrentVersion = 1;

    [FieldOffset(0)]
    public ulong Magic;

    [FieldOffset(8)]
    public int Version;

    [FieldOffset(12)]
    public int Kind;

    /// <summary>Bytes behind the control page; a power of two.</summary>
    [FieldOffset(16)]
    public long CapacityBytes;

    /// <summary>
    /// Of a command ring: which gateway it serves. For people who look at it; the engine never reads it back.
    /// </summary>
    [FieldOffset(24)]
    public int GatewayId;
}

/// <summary>Which ring a piece of memory holds.</summary>
internal enum RingKind
{
    Commands = 1,
    Events = 2,
    Sequenced = 3,
}
