using System.Globalization;

namespace HftEngine.Schemas.Generator;

/// <summary>Spellings that all emitters share.</summary>
internal sealed class Wire
{
    public const string Sbe = "global::HftEngine.Schemas.Sbe.";
    public const string Error = Sbe + "SbeException.";
    public const string Visitor = Sbe + "IFieldVisitor";
    public const string Bytes = "global::System.ReadOnlySpan<byte>";
    public const string Add = "global::System.Runtime.CompilerServices.Unsafe.Add";
    public const string Marshal = "global::System.Runtime.InteropServices.MemoryMarshal.";
    public const string Unscoped = "[global::System.Diagnostics.CodeAnalysis.UnscopedRef]";

    private readonly string _order;

    public Wire(MessageSchema schema) => _order = Sbe + (schema.BigEndian ? "BigEndian" : "LittleEndian");

    /// <summary>Loads a primitive; <paramref name="at"/> is "reference, offset".</summary>
    public string Get(PrimitiveType type, string at) => $"{_order}.{Method(type)}({at})";

    public string Set(string at, string value) => $"{_order}.Set({at}, {value})";

    public static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// A string of the schema as a C# literal; names hold letters, digits and underscores only.
    /// </summary>
    public static string Quote(string name) => "\"" + name + "\"";

    private static string Method(PrimitiveType type) => type.Name switch
    {
        "char" or "uint8" => "UInt8",
        "int8" => "Int8",
        "int16" => "Int16",
        "uint16" => "UInt16",
        "int32" => "Int32",
        "uint32" => "UInt32",
        "int64" => "Int64",
        "uint64" => "UInt64",
        "float" => "Float",
        _ => "Double",
    };
}

/// <summary>Where the bytes of a block are, seen from the members of its codec.</summary>
/// <param name="Reference">The reference field that offsets count from.</param>
/// <param name="Origin">What to add to an offset within the block; empty for nothing.</param>
internal readonly record struct BlockBase(string Reference, string Origin)
{
    /// <summary>"reference, offset" of a byte of the block.</summary>
    public string At(int offset) => $"ref {Reference}, {Offset(offset)}";

    public string Ref(int offset) => $"ref {Wire.Add}({At(offset)})";

    public string Indexed(int offset, int size) =>
        $"ref {Reference}, {Offset(offset)} + (index * {Wire.Number(size)})";

    private string Offset(int offset) =>
        Origin.Length == 0 ? Wire.Number(offset) : $"{Origin} + {Wire.Number(offset)}";
}
