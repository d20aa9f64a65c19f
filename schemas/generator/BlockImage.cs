using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// The bytes that a block has before any field is set, so that no byte of an earlier message shines through:
/// optional fields null, all else zero. With every field null it is what an absent composite reads as.
/// </summary>
internal static class BlockImage
{
    public static byte[] Of(IEnumerable<SchemaMember> members, int size, bool bigEndian, bool allNull)
    {
        byte[] image = new byte[size];
        Fill(image, members, bigEndian, allNull);
        return image;
    }

    /// <summary>The image without its trailing zeros as a C# expression.</summary>
    public static string Literal(byte[] image)
    {
        int end = Array.FindLastIndex(image, b => b != 0) + 1;
        IEnumerable<string> bytes = image.Take(end).Select(b => b.ToString(CultureInfo.InvariantCulture));
        return "[" + string.Join(", ", bytes) + "]";
    }

    private static void Fill(
        Span<byte> image, IEnumerable<SchemaMember> members, bool bigEndian, bool allNull)
    {
        foreach (SchemaMember member in members.Where(m => !m.IsConstant))
        {
            Span<byte> field = image.Slice(member.Offset, member.Type.Size);
            bool isNull = allNull || member.Presence == Presence.Optional;
            switch (member.Type)
            {
                case CompositeType composite:
                    Fill(field, composite.Members, bigEndian, allNull);
                    break;
                case EnumType e when isNull:
                    Put(field, e.Primitive, SchemaValue.Of(e.NullValue), bigEndian);
                    break;
                // An array of characters has no null value of its own: empty is what it can say.
                case EncodedType t when isNull && !(t.IsArray && t.Primitive == PrimitiveType.Char):
                    for (int i = 0; i < t.Length; i++)
                    {
                        Put(field[(i * t.Primitive.Size)..], t.Primitive, t.NullValue, bigEndian);
                    }

                    break;
            }
        }
    }

    private static void Put(Span<byte> at, PrimitiveType primitive, SchemaValue value, bool bigEndian)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ulong bits = primitive == PrimitiveType.Float ? BitConverter.SingleToUInt32Bits((float)value.Real)
            : primitive == PrimitiveType.Double ? BitConverter.DoubleToUInt64Bits(value.Real)
            : unchecked((ulong)value.Integer);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        bytes = bytes[..primitive.Size];
        if (bigEndian)
        {
            bytes.Reverse();
        }

        bytes.CopyTo(at);
    }
}
