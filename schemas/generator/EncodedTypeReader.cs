using System;
using System.Linq;
using System.Text;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Reads a simple type: primitive, length, range, null value, constant.</summary>
internal sealed class EncodedTypeReader
{
    private readonly ElementReader _read;
    private readonly TypeReader _types;

    public EncodedTypeReader(ElementReader read, TypeReader types)
    {
        _read = read;
        _types = types;
    }

    public EncodedType? Read(XElement element)
    {
        if (ReadPrimitive(element) is not { } primitive)
        {
            return null;
        }

        Presence presence = _read.PresenceOf(element) ?? Presence.Required;
        int length = ReadLength(element, primitive);
        SchemaValue? constant = null;
        if (presence == Presence.Constant)
        {
            constant = ReadConstant(element, primitive, ref length);
            if (constant is null)
            {
                return null;
            }
        }

        return new EncodedType
        {
            Name = ElementReader.Text(element, "name") ?? "",
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Primitive = primitive,
            Length = length,
            Presence = presence,
            Constant = constant,
            NullValue = Value(element, "nullValue", primitive) ?? EncodedType.DefaultNull(primitive),
            MinValue = Value(element, "minValue", primitive) ?? EncodedType.DefaultMin(primitive),
            MaxValue = Value(element, "maxValue", primitive) ?? EncodedType.DefaultMax(primitive),
            CharacterEncoding = ElementReader.Text(element, "characterEncoding") ?? "",
        };
    }

    private PrimitiveType? ReadPrimitive(XElement element)
    {
        string? name = ElementReader.Text(element, "primitiveType");
        if (name is null)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.MissingAttribute,
                $"type '{ElementReader.Text(element, "name")}' needs the attribute primitiveType");
            return null;
        }

        PrimitiveType? primitive = PrimitiveType.Find(name);
        if (primitive is null)
        {
            _read.Errors.Add(element, SchemaErrorCode.UnknownPrimitive, $"'{name}' is not a primitive type");
        }

        return primitive;
    }

    private int ReadLength(XElement element, PrimitiveType primitive)
    {
        int? declared = _read.Number(element, "length");
        if (declared is not { } length)
        {
            // Schemas in the wild leave length="0" away; the name alone says that the bytes vary.
            bool variable = ElementReader.Text(element, "name") == "varData"
                && element.Parent?.Name.LocalName == "composite"
                && element.Parent.Elements().Any(e => ElementReader.Text(e, "name") == "length");
            return variable ? 0 : 1;
        }

        if ((long)length * primitive.Size > ElementReader.MaxBlockBytes)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.TooLarge,
                $"length {length} takes more than {ElementReader.MaxBlockBytes} bytes");
            return 1;
        }

        return length;
    }

    private SchemaValue? ReadConstant(XElement element, PrimitiveType primitive, ref int length)
    {
        string name = ElementReader.Text(element, "name") ?? "";
        if (ElementReader.Text(element, "valueRef") is { } reference)
        {
            SchemaSymbol? symbol = ValueReference.Resolve(reference, element, _types, _read.Errors, out _);
            return symbol is null ? null : Checked(element, primitive, symbol.Value);
        }

        string text = element.Value;
        string trimmed = text.Trim();
        if (trimmed.Length == 0 && (primitive != PrimitiveType.Char || text.Length == 0))
        {
            _read.Errors.Add(
                element, SchemaErrorCode.ConstantWithoutValue, $"constant '{name}' has no value");
            return null;
        }

        trimmed = trimmed.Length == 0 ? text : trimmed;
        bool declared = element.Attribute("length") is not null;
        if (primitive == PrimitiveType.Char && (trimmed.Length > 1 || length > 1))
        {
            int bytes = Encoding.UTF8.GetByteCount(trimmed);
            if (declared && bytes > length)
            {
                _read.Errors.Add(
                    element,
                    SchemaErrorCode.ValueOutOfRange,
                    $"constant '{name}' is longer than its length {length}");
            }

            length = Math.Max(length, bytes);
            return new SchemaValue(0, 0, trimmed);
        }

        if (length != 1)
        {
            _read.Errors.Add(
                element, SchemaErrorCode.InvalidAttribute, $"constant '{name}' cannot be an array");
            length = 1;
        }

        if (SchemaValue.TryParse(primitive, trimmed, out SchemaValue value))
        {
            return value;
        }

        return OutOfRange(element, primitive, trimmed);
    }

    private SchemaValue? Checked(XElement element, PrimitiveType primitive, Int128 value)
    {
        bool fits = !primitive.IsReal && value >= primitive.Lowest && value <= primitive.Highest;
        return fits ? SchemaValue.Of(value) : OutOfRange(element, primitive, value.ToString());
    }

    private SchemaValue? Value(XElement element, string attribute, PrimitiveType primitive)
    {
        string? text = ElementReader.Text(element, attribute);
        if (text is null)
        {
            return null;
        }

        return SchemaValue.TryParse(primitive, text, out SchemaValue value)
            ? value
            : OutOfRange(element, primitive, text);
    }

    private SchemaValue? OutOfRange(XElement element, PrimitiveType primitive, string text)
    {
        _read.Errors.Add(element, SchemaErrorCode.ValueOutOfRange, $"'{text}' does not fit {primitive.Name}");
        return null;
    }
}
