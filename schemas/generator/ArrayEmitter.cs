namespace HftEngine.Schemas.Generator;

/// <summary>An array type as a struct of exactly its bytes, for use within wire structs.</summary>
internal static class ArrayEmitter
{
    public static void Struct(CodeWriter w, EncodedType type)
    {
        string element = type.Primitive.CSharp;
        w.Summary(type);
        w.Line($"[global::System.Runtime.CompilerServices.InlineArray({type.Length})]");
        w.Open($"public struct {type.Stem} : global::System.IEquatable<{w.Global}{type.Stem}>");
        w.Summary("Elements.");
        w.Line($"public const int Length = {type.Length};");
        w.Line();
        w.Line($"private {element} _element0;");
        w.Line();
        Spans(w, element);
        w.Line();
        From(w, type.Stem, element);
        w.Line();
        Equality(w, type.Stem);
        if (type.Primitive == PrimitiveType.Char)
        {
            w.Line();
            Text(w, type);
        }

        w.Close();
    }

    private static void Spans(CodeWriter w, string element)
    {
        const string Marshal = "global::System.Runtime.InteropServices.MemoryMarshal";
        w.Line("[global::System.Diagnostics.CodeAnalysis.UnscopedRef]");
        w.Line($"public global::System.Span<{element}> AsSpan()");
        w.Body($"{Marshal}.CreateSpan(ref _element0, Length)");
        w.Line();
        w.Line("[global::System.Diagnostics.CodeAnalysis.UnscopedRef]");
        w.Line($"public readonly global::System.ReadOnlySpan<{element}> AsReadOnlySpan()");
        w.Body($"{Marshal}.CreateReadOnlySpan(in _element0, Length)");
    }

    private static void From(CodeWriter w, string name, string element)
    {
        string span = $"global::System.ReadOnlySpan<{element}>";
        w.Summary("The elements, followed by zeros; more than fit are an error.");
        w.Open($"public static {w.Global}{name} From({span} elements)");
        w.Open($"if (!TryFrom(elements, out {w.Global}{name} array))");
        w.Line("global::HftEngine.Schemas.Sbe.SbeException.ThrowTooLong(elements.Length, Length);");
        w.Close();
        w.Line();
        w.Line("return array;");
        w.Close();
        w.Line();
        w.Summary("The elements, followed by zeros; false when there are more than fit.");
        w.Open($"public static bool TryFrom({span} elements, out {w.Global}{name} array)");
        w.Line("array = default;");
        w.Line("return elements.TryCopyTo(array.AsSpan());");
        w.Close();
    }

    private static void Equality(CodeWriter w, string name)
    {
        const string Bytes = "global::System.Runtime.InteropServices.MemoryMarshal.AsBytes";
        string self = w.Global + name;
        w.Summary("Equal means the same bytes.");
        w.Line($"public readonly bool Equals({self} other)");
        w.Body($"global::System.MemoryExtensions.SequenceEqual({Bytes}(AsReadOnlySpan()), "
            + $"{Bytes}(other.AsReadOnlySpan()))");
        w.Line();
        w.Line($"public override readonly bool Equals(object? obj) => obj is {self} other && Equals(other);");
        w.Line();
        w.Summary("The same in every process, so that nothing that depends on it can differ on replay.");
        w.Line("public override readonly int GetHashCode()");
        w.Body($"global::HftEngine.Schemas.Sbe.WireHash.Of({Bytes}(AsReadOnlySpan()))");
        w.Line();
        w.Line($"public static bool operator ==(in {self} left, in {self} right) => left.Equals(right);");
        w.Line();
        w.Line($"public static bool operator !=(in {self} left, in {self} right) => !left.Equals(right);");
    }

    private static void Text(CodeWriter w, EncodedType type)
    {
        w.Summary("The characters before the first zero.");
        w.Line("public override readonly string ToString()");
        w.Body("global::HftEngine.Schemas.Sbe.WireText.Decode(AsReadOnlySpan(), "
            + $"{WireEncoding.Of(type.CharacterEncoding)})");
    }
}
