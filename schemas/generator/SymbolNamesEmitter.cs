using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>The schema's names of enum values and set bits, for visitors.</summary>
internal static class SymbolNamesEmitter
{
    public static void Enum(CodeWriter w, EnumType type)
    {
        w.Open($"internal static class {type.Stem}Symbols");
        w.Open($"internal static string? Of({w.Global}{type.Stem} value)");
        w.Open("switch (value)");
        foreach (SchemaSymbol symbol in type.Values)
        {
            w.Line($"case {w.Global}{type.Stem}.{symbol.CSharpName}: return {Wire.Quote(symbol.Name)};");
        }

        w.Line("default: return null;");
        w.Close();
        w.Close();
        w.Close();
    }

    public static void Set(CodeWriter w, SetType type)
    {
        string?[] names = new string?[type.Choices.Count == 0 ? 0 : (int)type.Choices.Max(c => c.Value) + 1];
        foreach (SchemaSymbol choice in type.Choices)
        {
            names[(int)choice.Value] = choice.Name;
        }

        w.Open($"internal static class {type.Stem}Symbols");
        w.Line("internal static readonly string?[] Names =");
        w.Line($"    [{string.Join(", ", names.Select(n => n is null ? "null" : Wire.Quote(n)))}];");
        w.Close();
    }
}
