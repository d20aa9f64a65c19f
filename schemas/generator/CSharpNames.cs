using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace HftEngine.Schemas.Generator;

/// <summary>Names within one C# scope: each is given out once.</summary>
internal sealed class CSharpNames
{
    // What every object has already; a member so named would hide it or clash with it.
    private static readonly string[] ObjectMembers =
        ["Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private readonly HashSet<string> _taken;

    public CSharpNames(params IEnumerable<string> reserved) =>
        _taken = new HashSet<string>(reserved.Concat(ObjectMembers), StringComparer.Ordinal);

    /// <summary>A schema's name in C#'s spelling.</summary>
    public static string Pascal(string name)
    {
        string[] parts = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        StringBuilder text = new(name.Length);
        foreach (string part in parts)
        {
            bool shouted = parts.Length > 1 && !part.Any(char.IsAsciiLetterLower);
            string rest = shouted ? part[1..].ToLowerInvariant() : part[1..];
            text.Append(char.ToUpperInvariant(part[0])).Append(rest);
        }

        bool digitFirst = text.Length == 0 || char.IsAsciiDigit(text[0]);
        return digitFirst ? "_" + text : text.ToString();
    }

    /// <summary>
    /// Gives out the first stem of which every derived name is free: the name itself, then with the word that
    /// says what it is, then numbered.
    /// </summary>
    public string Take(string stem, string kind, params string[] suffixes)
    {
        string candidate = stem;
        for (int number = 1; suffixes.Any(s => _taken.Contains(candidate + s)); number++)
        {
            candidate = number == 1 ? stem + kind : stem + kind + number;
        }

        foreach (string suffix in suffixes)
        {
            _taken.Add(candidate + suffix);
        }

        return candidate;
    }

    /// <summary>Gives every message and type of a schema its C# name; messages choose first.</summary>
    public static void Assign(MessageSchema schema)
    {
        CSharpNames names = new("SchemaIndex");
        foreach (SchemaMessage message in schema.Messages)
        {
            message.Stem = names.Take(Pascal(message.Name), "Message", "Block", "Decoder", "Encoder");
        }

        HashSet<SchemaType> inline = [];
        foreach (CompositeType composite in schema.Types.OfType<CompositeType>())
        {
            inline.UnionWith(composite.Inline);
        }

        foreach (SchemaType type in schema.Types.Where(t => !inline.Contains(t)))
        {
            Assign(names, type, "");
        }
    }

    private static void Assign(CSharpNames names, SchemaType type, string outer)
    {
        string stem = Pascal(type.Name);
        switch (type)
        {
            case CompositeType composite:
                type.Stem = TakeInline(names, stem, outer, "", "Decoder", "Encoder");
                foreach (SchemaType inner in composite.Inline)
                {
                    Assign(names, inner, type.Stem);
                }

                break;
            case EnumType e:
                type.Stem = TakeInline(names, stem, outer, "");
                AssignSymbols(e.Values, "NullValue");
                break;
            case SetType s:
                type.Stem = TakeInline(names, stem, outer, "");
                AssignSymbols(s.Choices);
                break;
            case EncodedType { Length: > 1, Presence: not Presence.Constant }:
                type.Stem = TakeInline(names, stem, outer, "");
                break;
        }
    }

    // A type declared inside a composite is named like a declared one, or after the composite when that is taken.
    private static string TakeInline(CSharpNames names, string stem, string outer, params string[] suffixes)
    {
        bool free = suffixes.All(s => !names._taken.Contains(stem + s));
        return names.Take(free ? stem : outer + stem, "Type", suffixes);
    }

    private static void AssignSymbols(IEnumerable<SchemaSymbol> symbols, params string[] reserved)
    {
        CSharpNames names = new([.. reserved, "value__"]);
        foreach (SchemaSymbol symbol in symbols)
        {
            symbol.CSharpName = names.Take(Pascal(symbol.Name), "Value", "");
        }
    }
}
