using System.Runtime.InteropServices;

namespace HftEngine.Core;

/// <summary>
/// The frame around a sequenced command, the same in the sequenced ring and in the journal's segments:
/// this header, then the SBE message, then zeros up to a multiple of 8 bytes.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct CommandRecord
{
    public const int Size = 8;
    public const int Alignment = 8;

    /// <summary>Bytes of the SBE message, header included, padding left out. Zero: nothing was written here yet.</summary>
    [FieldOffset(0)]
    public uint MessageBytes;

    /// <summary>CRC32C over <see cref="MessageBytes"/> and the message, seeded with the previous record's value.</summary>
    [FieldOffset(4)]
    public uint Crc32C;

    /// <summary>Bytes that a record with this message takes.</summary>
    public static int RecordBytes(int messageBytes) => (Size + messageBytes + Alignment - 1) & ~(Alignment - 1);
}
