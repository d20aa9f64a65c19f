using System;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Reads fields, data fields and the dimension types of groups.</summary>
internal sealed class FieldReader
{
    private readonly ElementReader _read;
    private readonly TypeReader _types;

    public FieldReader(ElementReader read, TypeReader types)
    {
        _read = read;
        _types = types;
    }

    public SchemaMember? ReadField(XElement element, string name, int id, int start, out int end)
    {
        end = start;
        if (TypeOf(element) is not { } type)
        {
            return null;
        }

        if (type is EncodedType { Length: 0 } or CompositeType { IsVariable: true })
        {
            _read.Errors.Add(
                element, SchemaErrorCode.BadDataType, $"'{type.Name}' varies in length: use <data>");
            return null;
        }

        Presence presence = _read.PresenceOf(element)
            ?? (type as EncodedType)?.Presence
            ?? Presence.Required;
        if (type is EncodedType { Presence: Presence.Constant })
        {
            // What the type declares constant is not on the wire, whatever the field says.
            presence = Presence.Constant;
        }

        EnumType? constantEnum = null;
        SchemaSymbol? symbol = null;
        if (presence == Presence.Constant && !ReadConstant(element, name, type, out symbol, out constantEnum))
        {
            return null;
        }

        int offset = start;
        if (presence != Presence.Constant)
        {
            offset = _read.Offset(element, start, "field");
            end = _read.End(element, offset, type.Size);
        }

        return new SchemaMember
        {
            Name = name,
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Id = id,
            Type = type,
            Offset = offset,
            Presence = presence,
            ConstantSymbol = symbol,
            ConstantEnum = constantEnum,
        };
    }

    public SchemaData? ReadData(XElement element, string name, int id)
    {
        if (TypeOf(element) is not { } type)
        {
            return null;
        }

        if (type is not CompositeType { IsData: true })
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.BadDataType,
                $"'{type.Name}' is not a composite of an unsigned length and a varData of bytes or "
                    + "characters");
            return null;
        }

        return new SchemaData
        {
            Name = name,
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Id = id,
            Type = (CompositeType)type,
        };
    }

    public CompositeType? Dimension(XElement group)
    {
        string name = ElementReader.Text(group, "dimensionType") ?? "groupSizeEncoding";
        SchemaType? type = _types.Resolve(name, group);
        if (type is null)
        {
            return null;
        }

        if (type is CompositeType { IsVariable: false } composite
            && composite.IsCount("blockLength")
            && composite.IsCount("numInGroup"))
        {
            return composite;
        }

        _read.Errors.Add(
            group,
            SchemaErrorCode.BadDimensionType,
            $"'{name}' is not a composite with unsigned fields blockLength and numInGroup");
        return null;
    }

    private SchemaType? TypeOf(XElement element)
    {
        string? name = ElementReader.Text(element, "type");
        if (name is not null)
        {
            return _types.Resolve(name, element);
        }

        _read.Errors.Add(
            element,
            SchemaErrorCode.MissingAttribute,
            $"<{element.Name.LocalName}> '{ElementReader.Text(element, "name")}' needs the attribute type");
        return null;
    }

    private bool ReadConstant(
        XElement element, string name, SchemaType type, out SchemaSymbol? symbol, out EnumType? owner)
    {
        symbol = null;
        owner = null;
        if (ElementReader.Text(element, "valueRef") is { } reference)
        {
            symbol = ValueReference.Resolve(reference, element, _types, _read.Errors, out owner);
            return symbol is not null && Matches(element, reference, type, owner!, symbol);
        }

        if (type is EncodedType { Constant: not null })
        {
            return true;
        }

        _read.Errors.Add(element, SchemaErrorCode.ConstantWithoutValue, $"constant '{name}' has no value");
        return false;
    }

    private bool Matches(
        XElement element, string reference, SchemaType type, EnumType owner, SchemaSymbol symbol)
    {
        bool fits = type switch
        {
            EnumType e => e == owner,
            EncodedType { Length: 1 } t => !t.Primitive.IsReal
                && symbol.Value >= t.Primitive.Lowest
                && symbol.Value <= t.Primitive.Highest,
            _ => false,
        };
        if (!fits)
        {
            _read.Errors.Add(
                element, SchemaErrorCode.BadValueRef, $"valueRef '{reference}' does not fit '{type.Name}'");
        }

        return fits;
    }
}
