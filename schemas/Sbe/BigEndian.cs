using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace HftEngine.Schemas.Sbe;

/// <summary>
/// Loads and stores of big-endian values at an offset that the caller has checked. Each compiles to one
/// instruction, or two where the host's order differs.
/// </summary>
public static class BigEndian
{
    public static byte UInt8(ref byte at, int offset) => Unsafe.Add(ref at, offset);

    public static sbyte Int8(ref byte at, int offset) => (sbyte)Unsafe.Add(ref at, offset);

    public static short Int16(ref byte at, int offset)
    {
        short value = Unsafe.ReadUnaligned<short>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static ushort UInt16(ref byte at, int offset)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static int Int32(ref byte at, int offset)
    {
        int value = Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static uint UInt32(ref byte at, int offset)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static long Int64(ref byte at, int offset)
    {
        long value = Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static ulong UInt64(ref byte at, int offset)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, offset));
        return !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    public static float Float(ref byte at, int offset) =>
        BitConverter.Int32BitsToSingle(Int32(ref at, offset));

    public static double Double(ref byte at, int offset) =>
        BitConverter.Int64BitsToDouble(Int64(ref at, offset));

    public static void Set(ref byte at, int offset, byte value) => Unsafe.Add(ref at, offset) = value;

    public static void Set(ref byte at, int offset, sbyte value) => Unsafe.Add(ref at, offset) = (byte)value;

    public static void Set(ref byte at, int offset, short value)
    {
        short wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, ushort value)
    {
        ushort wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, int value)
    {
        int wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, uint value)
    {
        uint wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, long value)
    {
        long wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, ulong value)
    {
        ulong wire = !BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, offset), wire);
    }

    public static void Set(ref byte at, int offset, float value) =>
        Set(ref at, offset, BitConverter.SingleToInt32Bits(value));

    public static void Set(ref byte at, int offset, double value) =>
        Set(ref at, offset, BitConverter.DoubleToInt64Bits(value));
}
