using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using HftEngine.Schemas;

namespace HftEngine.Core.Orders;

/// <summary>Work on the 36 bytes of a client order id in place, wherever they stand.</summary>
internal static unsafe class ClientIdKey
{
    public const int Bytes = ClientOrderId.Length;

    /// <summary>
    /// True for 1 … 36 printable ASCII characters (33 … 126) with nothing but zeros behind them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsWellFormed(byte* id)
    {
        // Two overlapping vectors cover the 36 bytes; bit i of the masks is byte i.
        Vector256<byte> low = Vector256.Load(id);
        Vector256<byte> high = Vector256.Load(id + 4);
        ulong printable = Printable(low) | ((ulong)Printable(high) << 4);
        ulong zero = Vector256.Equals(low, Vector256<byte>.Zero).ExtractMostSignificantBits()
            | ((ulong)Vector256.Equals(high, Vector256<byte>.Zero).ExtractMostSignificantBits() << 4);
        return (printable | zero) == (1UL << Bytes) - 1 && (printable & 1) != 0 && (printable & (printable + 1)) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsEmpty(byte* id) =>
        (Vector256.Load(id) | Vector256.Load(id + 4)) == Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(byte* a, byte* b) =>
        ((Vector256.Load(a) ^ Vector256.Load(b)) | (Vector256.Load(a + 4) ^ Vector256.Load(b + 4)))
        == Vector256<byte>.Zero;

    /// <summary>Two overlapping vectors; the compiler would call a copy routine for 36 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* to, byte* from)
    {
        Vector256<byte> low = Vector256.Load(from);
        Vector256<byte> high = Vector256.Load(from + 4);
        low.Store(to);
        high.Store(to + 4);
    }

    /// <summary>Seeded, so that nobody outside can choose ids that fall on one place of the table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Hash(byte* id, uint accountId, ulong seed)
    {
        if (Aes.IsSupported)
        {
            // Four rounds over the three blocks; each round is one instruction.
            Vector128<byte> key = Vector128.Create(seed, ~seed).AsByte();
            Vector128<byte> last = Vector128.Create(*(uint*)(id + 32) | ((ulong)accountId << 32), seed).AsByte();
            Vector128<byte> mixed = Aes.Encrypt(Vector128.Load(id) ^ key, Vector128.Load(id + 16));
            mixed = Aes.Encrypt(mixed ^ last, key);
            mixed = Aes.Encrypt(mixed, last);
            return Aes.Encrypt(mixed, key).AsUInt32().ToScalar();
        }

        ulong a = Fold(*(ulong*)id ^ seed, *(ulong*)(id + 8) ^ 0xA0761D6478BD642FUL);
        ulong b = Fold(*(ulong*)(id + 16) ^ seed, *(ulong*)(id + 24) ^ 0xE7037ED1A0B428DBUL);
        ulong c = *(uint*)(id + 32) | ((ulong)accountId << 32);
        return (uint)(Fold(a ^ c ^ 0x8EBC6AF09C88C6E3UL, b ^ seed) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Printable(Vector256<byte> bytes) =>
        Vector256.LessThan(bytes - Vector256.Create((byte)33), Vector256.Create((byte)94)).ExtractMostSignificantBits();
}
