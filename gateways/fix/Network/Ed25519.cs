using System;
using System.Numerics;
using System.Security.Cryptography;

namespace HftEngine.Fix.Network;

/// <summary>
/// Verifies Ed25519 signatures (RFC 8032), by which some counterparties sign their Logon; the class library
/// has no such algorithm. It only verifies: everything that it computes with is public, so its time may
/// depend on it.
/// </summary>
public static class Ed25519
{
    public const int PublicKeyBytes = 32;
    public const int SignatureBytes = 64;

    // The field, the order of the base point, and the constant of the curve -x² + y² = 1 + d x² y².
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger L =
        BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    private static readonly BigInteger D = Mod(-121_665 * Inverse(121_666));
    private static readonly BigInteger RootOfMinusOne = BigInteger.ModPow(2, (P - 1) / 4, P);
    private static readonly Point Base = MakeBase();

    public static bool Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeyBytes || signature.Length != SignatureBytes
            || !TryDecode(publicKey, out Point key) || !TryDecode(signature[..32], out Point commitment))
        {
            return false;
        }

        // A scalar that is not reduced would let one signature be written in several ways.
        BigInteger scalar = Number(signature[32..]);
        if (scalar >= L)
        {
            return false;
        }

        byte[] hashed = [.. signature[..32], .. publicKey, .. message];
        BigInteger challenge = Number(SHA512.HashData(hashed)) % L;
        Point left = Multiply(Base, scalar);
        Point right = Add(commitment, Multiply(key, challenge));
        return Mod((left.X * right.Z) - (right.X * left.Z)).IsZero
            && Mod((left.Y * right.Z) - (right.Y * left.Z)).IsZero;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, out Point point)
    {
        Span<byte> copy = stackalloc byte[32];
        bytes.CopyTo(copy);
        bool isOdd = (copy[31] & 0x80) != 0;
        copy[31] &= 0x7F;
        BigInteger y = Number(copy);
        point = default;
        return y < P && TryRecoverX(y, isOdd, out BigInteger x) && MakePoint(x, y, out point);
    }

    private static bool TryRecoverX(BigInteger y, bool isOdd, out BigInteger x)
    {
        BigInteger square = Mod(((y * y) - 1) * Inverse((D * y * y) + 1));
        x = BigInteger.ModPow(square, (P + 3) / 8, P);
        if (!Mod((x * x) - square).IsZero)
        {
            x = Mod(x * RootOfMinusOne);
        }

        if (!Mod((x * x) - square).IsZero || (x.IsZero && isOdd))
        {
            return false;
        }

        x = x.IsEven == isOdd ? P - x : x;
        return true;
    }

    private static Point Multiply(Point point, BigInteger scalar)
    {
        Point sum = new(0, 1, 1, 0);
        for (long bit = (long)scalar.GetBitLength() - 1; bit >= 0; bit--)
        {
            sum = Add(sum, sum);
            if (!((scalar >> (int)bit) & 1).IsZero)
            {
                sum = Add(sum, point);
            }
        }

        return sum;
    }

    // The complete addition of extended coordinates: it has no exceptions, doubling included.
    private static Point Add(Point p, Point q)
    {
        BigInteger a = Mod((p.Y - p.X) * (q.Y - q.X));
        BigInteger b = Mod((p.Y + p.X) * (q.Y + q.X));
        BigInteger c = Mod(2 * p.T * q.T * D);
        BigInteger d = Mod(2 * p.Z * q.Z);
        (BigInteger e, BigInteger f, BigInteger g, BigInteger h) = (b - a, d - c, d + c, b + a);
        return new Point(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
    }

    private static Point MakeBase()
    {
        BigInteger y = Mod(4 * Inverse(5));
        TryRecoverX(y, false, out BigInteger x);
        MakePoint(x, y, out Point point);
        return point;
    }

    private static bool MakePoint(BigInteger x, BigInteger y, out Point point)
    {
        point = new Point(x, y, 1, Mod(x * y));
        return true;
    }

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static BigInteger Inverse(BigInteger number) => BigInteger.ModPow(Mod(number), P - 2, P);

    private static BigInteger Mod(BigInteger number)
    {
        BigInteger rest = number % P;
        return rest.Sign < 0 ? rest + P : rest;
    }

    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);
}
