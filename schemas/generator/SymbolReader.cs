using System;
using System.Collections.Generic;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Reads enums and sets.</summary>
internal sealed class SymbolReader
{
    private readonly ElementReader _read;
    private readonly TypeReader _types;

    public SymbolReader(ElementReader read, TypeReader types)
    {
        _read = read;
        _types = types;
    }

    public EnumType? ReadEnum(XElement element)
    {
        if (Encoding(element) is not { } encoding)
        {
            return null;
        }

        PrimitiveType primitive = encoding.Primitive;
        if (primitive.IsReal)
        {
            return Refuse<EnumType>(element, primitive);
        }

        return new EnumType
        {
            Name = ElementReader.Text(element, "name") ?? "",
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Primitive = primitive,
            NullValue = NullValue(element, encoding),
            Values = Symbols(
                element,
                "validValue",
                primitive,
                v => v == encoding.NullValue.Integer || InRange(encoding, v)),
        };
    }

    public SetType? ReadSet(XElement element)
    {
        if (Encoding(element) is not { } encoding)
        {
            return null;
        }

        PrimitiveType primitive = encoding.Primitive;
        if (!primitive.IsUnsigned)
        {
            return Refuse<SetType>(element, primitive);
        }

        return new SetType
        {
            Name = ElementReader.Text(element, "name") ?? "",
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Primitive = primitive,
            Choices = Symbols(element, "choice", primitive, v => v < 8 * primitive.Size),
        };
    }

    private T? Refuse<T>(XElement element, PrimitiveType primitive)
        where T : class
    {
        _read.Errors.Add(
            element,
            SchemaErrorCode.BadEncodingType,
            $"{primitive.Name} cannot encode <{element.Name.LocalName}> "
                + $"'{ElementReader.Text(element, "name")}'");
        return null;
    }

    private EncodedType? Encoding(XElement element)
    {
        string? name = ElementReader.Text(element, "encodingType");
        if (name is null)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.MissingAttribute,
                $"<{element.Name.LocalName}> '{ElementReader.Text(element, "name")}' needs the attribute "
                    + "encodingType");
            return null;
        }

        SchemaType? type = _types.Resolve(name, element);
        if (type is null or EncodedType { Length: 1, Presence: not Presence.Constant })
        {
            return type as EncodedType;
        }

        _read.Errors.Add(
            element,
            SchemaErrorCode.BadEncodingType,
            $"'{name}' cannot encode <{element.Name.LocalName}>: it must be a simple type of one element");
        return null;
    }

    private Int128 NullValue(XElement element, EncodedType encoding)
    {
        string? text = ElementReader.Text(element, "nullValue");
        if (text is null)
        {
            return encoding.NullValue.Integer;
        }

        if (SchemaValue.TryParse(encoding.Primitive, text, out SchemaValue value))
        {
            return value.Integer;
        }

        _read.Errors.Add(
            element, SchemaErrorCode.ValueOutOfRange, $"'{text}' does not fit {encoding.Primitive.Name}");
        return encoding.NullValue.Integer;
    }

    private static bool InRange(EncodedType encoding, Int128 value) =>
        value >= encoding.MinValue.Integer && value <= encoding.MaxValue.Integer;

    private List<SchemaSymbol> Symbols(
        XElement element, string kind, PrimitiveType primitive, Predicate<Int128> allowed)
    {
        List<SchemaSymbol> symbols = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<Int128> values = [];
        string owner = ElementReader.Text(element, "name") ?? "";
        foreach (XElement child in element.Elements())
        {
            if (child.Name.LocalName != kind)
            {
                _read.Errors.Add(
                    child,
                    SchemaErrorCode.UnexpectedElement,
                    $"<{child.Name.LocalName}> cannot stand in '{owner}'");
                continue;
            }

            string name = _read.Name(child);
            _read.Unique(names, child, name, $"'{owner}'");
            PrimitiveType literal = kind == "choice" ? PrimitiveType.UInt8 : primitive;
            if (!SchemaValue.TryParse(literal, child.Value.Trim(), out SchemaValue value)
                || !allowed(value.Integer))
            {
                _read.Errors.Add(
                    child,
                    SchemaErrorCode.ValueOutOfRange,
                    $"'{child.Value.Trim()}' of '{name}' does not fit {primitive.Name}");
                continue;
            }

            if (!values.Add(value.Integer))
            {
                _read.Errors.Add(
                    child,
                    SchemaErrorCode.DuplicateValue,
                    $"value '{child.Value.Trim()}' of '{name}' is taken already in '{owner}'");
            }

            symbols.Add(Symbol(child, name, value.Integer));
        }

        return symbols;
    }

    private SchemaSymbol Symbol(XElement element, string name, Int128 value) => new()
    {
        Name = name,
        Location = SourceLocation.Of(element),
        Description = ElementReader.Text(element, "description") ?? "",
        SinceVersion = _read.SinceVersion(element),
        Deprecated = _read.Number(element, "deprecated"),
        Value = value,
    };
}
