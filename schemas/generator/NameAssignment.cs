using System.Collections.Generic;
using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Gives everything in a schema its C# name, the same in wire structs, decoders and encoders.
/// </summary>
internal static class NameAssignment
{
    private static readonly string[] MessageMembers =
    [
        "TemplateId", "BlockLength", "SchemaId", "SchemaVersion", "MessageLength", "HeaderLength", "Header",
        "Wrap", "TryWrap", "WrapBody", "TryWrapBody", "EncodedLength", "ActingVersion", "ActingBlockLength",
        "RequiredBlockLength", "Accept", "AcceptBody", "WriteHeader", "Begin", "ElementAt", "Skip",
    ];

    private static readonly string[] GroupMembers =
    [
        "BlockLength", "Count", "MoveNext", "Current", "GetEnumerator", "Next", "Measure", "Accept",
        "AcceptAll", "DimensionLength", "RequiredBlockLength", "Begin", "ElementAt", "EntryEnd", "Skip",
    ];

    private static readonly string[] CompositeMembers =
        ["Size", "Wrap", "Accept", "AcceptOwn", "Absent", "AbsentImage"];

    public static void Assign(MessageSchema schema)
    {
        // Messages choose first: their names are what people look for.
        CSharpNames names = new("SchemaIndex");
        foreach (SchemaMessage message in schema.Messages)
        {
            string stem = CSharpNames.Pascal(message.Name);
            message.Stem = names.Take(stem, "Message", "*Block", "*Decoder", "*Encoder");
            AssignBlock(
                message,
                [
                    message.Stem + "Block",
                    message.Stem + "Decoder",
                    message.Stem + "Encoder",
                    .. MessageMembers,
                ]);
        }

        HashSet<SchemaType> inline = [];
        foreach (CompositeType composite in schema.Types.OfType<CompositeType>())
        {
            inline.UnionWith(composite.Inline);
        }

        foreach (SchemaType type in schema.Types.Where(t => !inline.Contains(t)))
        {
            AssignType(names, type, "");
        }
    }

    private static void AssignType(CSharpNames names, SchemaType type, string outer)
    {
        string stem = CSharpNames.Pascal(type.Name);
        switch (type)
        {
            case CompositeType composite:
                type.Stem = Take(names, stem, outer, "*", "*Decoder", "*Encoder");
                AssignMembers(composite);
                foreach (SchemaType inner in composite.Inline)
                {
                    AssignType(names, inner, type.Stem);
                }

                break;
            case EnumType e:
                type.Stem = Take(names, stem, outer, "*", "*Symbols");
                AssignSymbols(e.Values, "NullValue");
                break;
            case SetType s:
                type.Stem = Take(names, stem, outer, "*", "*Symbols");
                AssignSymbols(s.Choices);
                break;
            case EncodedType { Length: > 1, Presence: not Presence.Constant }:
                type.Stem = Take(names, stem, outer, "*");
                break;
        }
    }

    // A type declared inside a composite is named like a declared one, or after the composite when that is
    // taken.
    private static string Take(CSharpNames names, string stem, string outer, params string[] patterns) =>
        names.Take(names.Free(stem, patterns) ? stem : outer + stem, "Type", patterns);

    private static void AssignSymbols(IEnumerable<SchemaSymbol> symbols, params string[] reserved)
    {
        CSharpNames names = new([.. reserved, "value__"]);
        foreach (SchemaSymbol symbol in symbols)
        {
            symbol.CSharpName = names.Take(CSharpNames.Pascal(symbol.Name), "Value", "*");
        }
    }

    private static void AssignMembers(CompositeType composite)
    {
        string stem = composite.Stem;
        CSharpNames names = new([stem, stem + "Decoder", stem + "Encoder", .. CompositeMembers]);
        foreach (SchemaMember member in composite.Members)
        {
            AssignMember(names, member);
        }
    }

    private static void AssignBlock(SchemaBlock block, IEnumerable<string> reserved)
    {
        CSharpNames names = new(reserved);
        foreach (SchemaMember field in block.Fields)
        {
            AssignMember(names, field);
        }

        foreach (SchemaGroup group in block.Groups)
        {
            string stem = CSharpNames.Pascal(group.Name);
            group.CSharpName = names.Take(stem, "Group", "*", "*Decoder", "*Encoder", "Add*");
            AssignBlock(group, [group.CSharpName + "Decoder", group.CSharpName + "Encoder", .. GroupMembers]);
        }

        foreach (SchemaData data in block.Data)
        {
            data.CSharpName = names.Take(CSharpNames.Pascal(data.Name), "Data", "*", "*String", "Set*");
        }
    }

    private static void AssignMember(CSharpNames names, SchemaMember member)
    {
        IEnumerable<string> patterns = member switch
        {
            { IsConstant: true } => ["*"],
            { Type: EncodedType { IsArray: true } } => ["*", "*Length", "*String", "*NullValue", "Set*"],
            { Type: EncodedType or EnumType } =>
                ["*", "*NullValue", "*MinValue", "*MaxValue", "Is*Null", "TryGet*"],
            _ => ["*"],
        };
        member.CSharpName = names.Take(CSharpNames.Pascal(member.Name), "Field", patterns);
    }
}
