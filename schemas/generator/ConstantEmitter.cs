using System.Globalization;
using System.Linq;
using System.Text;

namespace HftEngine.Schemas.Generator;

/// <summary>Members that have a value but no bytes.</summary>
internal static class ConstantEmitter
{
    /// <summary>Declares the member; null when there is nothing to declare.</summary>
    public static string? Declaration(CodeWriter w, SchemaMember member)
    {
        string name = member.CSharpName;
        if (member.ConstantSymbol is { } symbol)
        {
            return member.Type is EncodedType plain
                ? $"public const {plain.Primitive.CSharp} {name} = "
                    + $"{plain.Primitive.Literal(SchemaValue.Of(symbol.Value))};"
                : $"public const {w.Global}{member.ConstantEnum!.Stem} {name} = "
                    + $"{w.Global}{member.ConstantEnum.Stem}.{symbol.CSharpName};";
        }

        if (member.Type is not EncodedType { Constant: { } value } type)
        {
            return null;
        }

        return value.Text is null
            ? $"public const {type.Primitive.CSharp} {name} = {type.Primitive.Literal(value)};"
            : $"public static global::System.ReadOnlySpan<byte> {name} => {Bytes(type, value.Text)};";
    }

    /// <summary>The bytes of a constant string, padded to its length, as data of the assembly.</summary>
    private static string Bytes(EncodedType type, string text)
    {
        byte[] bytes = new byte[type.Length];
        Encoding.UTF8.GetBytes(text).CopyTo(bytes, 0);
        return "[" + string.Join(", ", bytes.Select(b => b.ToString(CultureInfo.InvariantCulture))) + "]";
    }
}
