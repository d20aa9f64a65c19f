using System;
using System.Linq;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Resolves <c>Enum.Value</c>.</summary>
internal static class ValueReference
{
    public static SchemaSymbol? Resolve(
        string reference, XElement at, TypeReader types, SchemaErrors errors, out EnumType? owner)
    {
        string[] parts = reference.Split('.');
        owner = parts.Length == 2 ? types.Find(parts[0]) as EnumType : null;
        SchemaSymbol? symbol = owner?.Values.FirstOrDefault(v => v.Name == parts[1]);
        if (symbol is null)
        {
            errors.Add(
                at, SchemaErrorCode.BadValueRef, $"valueRef '{reference}' names no value of a declared enum");
        }

        return symbol;
    }
}
