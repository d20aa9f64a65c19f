using System;
using System.Globalization;

namespace HftEngine.Schemas.Generator;

/// <summary>A primitive type of the standard: its width, its C# type and its default range.</summary>
internal sealed class PrimitiveType
{
    public static readonly PrimitiveType Char = new("char", "byte", 1, 0, 0x20, 0x7e);
    public static readonly PrimitiveType Int8 = Signed("int8", "sbyte", 1);
    public static readonly PrimitiveType Int16 = Signed("int16", "short", 2);
    public static readonly PrimitiveType Int32 = Signed("int32", "int", 4);
    public static readonly PrimitiveType Int64 = Signed("int64", "long", 8);
    public static readonly PrimitiveType UInt8 = Unsigned("uint8", "byte", 1);
    public static readonly PrimitiveType UInt16 = Unsigned("uint16", "ushort", 2);
    public static readonly PrimitiveType UInt32 = Unsigned("uint32", "uint", 4);
    public static readonly PrimitiveType UInt64 = Unsigned("uint64", "ulong", 8);
    public static readonly PrimitiveType Float = new("float", "float", 4, 0, 0, 0);
    public static readonly PrimitiveType Double = new("double", "double", 8, 0, 0, 0);

    private static readonly PrimitiveType[] All =
        [Char, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float, Double];

    private PrimitiveType(string name, string csharp, int size, Int128 nullValue, Int128 min, Int128 max)
    {
        Name = name;
        CSharp = csharp;
        Size = size;
        NullValue = nullValue;
        MinValue = min;
        MaxValue = max;
    }

    public string Name { get; }

    public string CSharp { get; }

    public int Size { get; }

    public Int128 NullValue { get; }

    public Int128 MinValue { get; }

    public Int128 MaxValue { get; }

    public bool IsReal => this == Float || this == Double;

    public bool IsSigned => !IsReal && this != Char && MinValue < 0;

    public bool IsUnsigned => !IsReal && this != Char && MinValue == 0;

    /// <summary>Smallest value that the bits can hold, null value included.</summary>
    public Int128 Lowest => IsSigned ? NullValue : 0;

    /// <summary>Largest value that the bits can hold, null value included.</summary>
    public Int128 Highest => IsUnsigned ? NullValue : this == Char ? 255 : MaxValue;

    public static PrimitiveType? Find(string name) => Array.Find(All, p => p.Name == name);

    /// <summary>A value as a C# expression of exactly this type.</summary>
    public string Literal(SchemaValue value)
    {
        if (IsReal)
        {
            return RealLiteral(value.Real);
        }

        string digits = value.Integer.ToString(CultureInfo.InvariantCulture);
        return this switch
        {
            // The lowest long has no literal of its own type.
            _ when this == Int64 && value.Integer == Lowest => "long.MinValue",
            _ when this == Int32 && value.Integer == Lowest => "int.MinValue",
            _ when this == Int64 => digits + "L",
            _ when this == UInt64 => digits + "UL",
            _ when this == UInt32 => digits + "U",
            _ when this == Int32 => digits,
            _ => $"unchecked(({CSharp})({digits}))",
        };
    }

    private string RealLiteral(double value)
    {
        if (double.IsFinite(value))
        {
            return this == Float
                ? ((float)value).ToString("R", CultureInfo.InvariantCulture) + "f"
                : value.ToString("R", CultureInfo.InvariantCulture) + "d";
        }

        string special = double.IsNaN(value) ? "NaN" : value > 0 ? "PositiveInfinity" : "NegativeInfinity";
        return $"{CSharp}.{special}";
    }

    private static PrimitiveType Signed(string name, string csharp, int size)
    {
        Int128 limit = Int128.One << ((8 * size) - 1);
        return new PrimitiveType(name, csharp, size, -limit, 1 - limit, limit - 1);
    }

    private static PrimitiveType Unsigned(string name, string csharp, int size)
    {
        Int128 limit = Int128.One << (8 * size);
        return new PrimitiveType(name, csharp, size, limit - 1, 0, limit - 2);
    }
}

/// <summary>A literal of a schema: an integer, a real number or characters, by its primitive type.</summary>
internal readonly record struct SchemaValue(Int128 Integer, double Real, string? Text)
{
    public static SchemaValue Of(Int128 integer) => new(integer, 0, null);

    public static SchemaValue OfReal(double real) => new(0, real, null);

    /// <summary>Reads a literal; false when it does not fit the type.</summary>
    public static bool TryParse(PrimitiveType type, string text, out SchemaValue value)
    {
        value = default;
        if (type == PrimitiveType.Char && text.Length == 1 && text[0] < 256)
        {
            value = Of(text[0]);
            return true;
        }

        string trimmed = text.Trim();
        if (type.IsReal)
        {
            bool real = TryParseReal(trimmed, out double number)
                && (
                    type == PrimitiveType.Double || !double.IsFinite(number) || float.IsFinite(
                        (float)number));
            value = OfReal(number);
            return real;
        }

        if (
            !Int128.TryParse(
                trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 integer))
        {
            return false;
        }

        value = Of(integer);
        return integer >= type.Lowest && integer <= type.Highest;
    }

    private static bool TryParseReal(string text, out double number)
    {
        switch (text)
        {
            case "INF" or "+INF" or "Infinity":
                number = double.PositiveInfinity;
                return true;
            case "-INF" or "-Infinity":
                number = double.NegativeInfinity;
                return true;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        }
    }
}
