using System;
using System.Buffers.Binary;
using HftEngine.Core.Pipeline;

namespace HftEngine.Fix.Store;

/// <summary>
/// One record of a store's file: length of all of it, type, CRC-32C seeded with the record's before, body.
/// </summary>
internal static class StoreRecord
{
    public const byte Start = 1;
    public const byte Message = 2;
    public const byte Reserved = 3;
    public const byte Numbers = 4;
    public const byte Closed = 5;

    public const int HeadBytes = 12;
    public const int StartBytes = 16;
    public const int NumbersBytes = 16;
    public const int MessageHeadBytes = 24;

    /// <summary>"FIXSTOR1" as the bytes stand in the file.</summary>
    public const ulong Magic = 0x3152_4F54_5358_4946;

    private const int TypeAt = 4;
    private const int CheckAt = 8;

    public static void WriteHead(Span<byte> record, byte type, int bodyBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, HeadBytes + bodyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(record[TypeAt..], type);
        BinaryPrimitives.WriteUInt32LittleEndian(record[CheckAt..], 0);
    }

    public static int BytesOf(ReadOnlySpan<byte> record) =>
        int.Max(HeadBytes, BinaryPrimitives.ReadInt32LittleEndian(record));

    public static byte TypeOf(ReadOnlySpan<byte> record) => record[TypeAt];

    public static uint CheckOf(ReadOnlySpan<byte> record) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record[CheckAt..]);

    /// <summary>Writes the check into a record and gives it: the seed of the next one.</summary>
    public static uint Seal(Span<byte> record, uint seed)
    {
        uint check = Compute(record, seed);
        BinaryPrimitives.WriteUInt32LittleEndian(record[CheckAt..], check);
        return check;
    }

    public static bool IsWhole(ReadOnlySpan<byte> record, uint seed) =>
        record.Length >= HeadBytes
        && BinaryPrimitives.ReadInt32LittleEndian(record) == record.Length
        && CheckOf(record) == Compute(record, seed)
        && record.Length >= HeadBytes + LeastBody(TypeOf(record));

    private static uint Compute(ReadOnlySpan<byte> record, uint seed) =>
        Crc32C.Append(Crc32C.Append(seed, record[..CheckAt]), record[HeadBytes..]);

    private static int LeastBody(byte type) => type switch
    {
        Start => StartBytes,
        Message => MessageHeadBytes,
        Reserved => sizeof(long),
        Numbers or Closed => NumbersBytes,
        _ => 0,
    };
}
