using System;
using System.Buffers.Binary;

namespace HftEngine.Server.Tapes;

/// <summary>The header of the neutral workload.</summary>
internal record struct WorkloadHeader(ulong WarmRecords, ulong TimedRecords, uint Symbols, uint MaxOrderId)
{
    public const int Size = 32;

    // The bound keeps the file's length within 63 bits, so that no later sum overflows.
    private const ulong MaxRecords = 1UL << 40;

    private static ReadOnlySpan<byte> Magic => "LOBWKLD1"u8;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out WorkloadHeader header, out string problem)
    {
        header = default;
        problem = string.Empty;
        if (bytes.Length < Size)
        {
            problem = $"the header has {bytes.Length} of {Size} bytes";
            return false;
        }

        if (!bytes.StartsWith(Magic))
        {
            problem = "this is not a workload: it does not begin with LOBWKLD1";
            return false;
        }

        header = new WorkloadHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]));
        if (header.WarmRecords > MaxRecords || header.TimedRecords > MaxRecords)
        {
            problem = $"the header is corrupt: {header.WarmRecords} + {header.TimedRecords} records";
        }
        else if (header.Symbols is 0 or > 65536)
        {
            problem = $"the header is corrupt: {header.Symbols} instruments";
        }

        return problem.Length == 0;
    }

    public readonly void Write(Span<byte> bytes)
    {
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], WarmRecords);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], TimedRecords);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Symbols);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], MaxOrderId);
    }
}

/// <summary>A record of the neutral workload.</summary>
internal struct WorkloadRecord
{
    public const int Size = 32;
    public const byte Add = 1;
    public const byte Cancel = 2;
    public const byte ImmediateOrCancel = 3;
    public const uint WarmUpFlag = 1;

    public byte Operation;
    public byte Side;
    public ushort Symbol;
    public uint Quantity;
    public ulong Id;
    public long Price;
    public uint Owner;
    public uint Flags;

    public static WorkloadRecord Read(ReadOnlySpan<byte> bytes) => new()
    {
        Operation = bytes[0],
        Side = bytes[1],
        Symbol = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
        Quantity = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
        Id = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        Price = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
        Owner = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]),
    };

    public readonly void Write(Span<byte> bytes)
    {
        bytes[0] = Operation;
        bytes[1] = Side;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], Symbol);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Quantity);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Id);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Price);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Owner);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[28..], Flags);
    }
}
