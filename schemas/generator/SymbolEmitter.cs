using System;
using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Enums and sets as C# enums.</summary>
internal static class SymbolEmitter
{
    public static void Enum(CodeWriter w, EnumType type)
    {
        w.Summary(type);
        w.Open($"public enum {type.Stem} : {type.Primitive.CSharp}");
        foreach (SchemaSymbol value in type.Values)
        {
            w.Summary(value);
            w.Line($"{value.CSharpName} = {Value(type.Primitive, value.Value)},");
        }

        // A schema that names its null value itself keeps its own name for it.
        if (type.Values.All(v => v.Value != type.NullValue))
        {
            w.Summary("No value.");
            w.Line($"NullValue = {Value(type.Primitive, type.NullValue)},");
        }

        w.Close();
    }

    public static void Set(CodeWriter w, SetType type)
    {
        w.Summary(type);
        w.Line("[global::System.Flags]");
        w.Open($"public enum {type.Stem} : {type.Primitive.CSharp}");
        foreach (SchemaSymbol choice in type.Choices)
        {
            w.Summary(choice);
            w.Line($"{choice.CSharpName} = {UInt128.One << (int)choice.Value},");
        }

        w.Close();
    }

    private static string Value(PrimitiveType primitive, Int128 value) =>
        value == primitive.Lowest && primitive.IsSigned
            ? $"{primitive.CSharp}.MinValue"
            : value.ToString();
}
