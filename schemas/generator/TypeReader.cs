using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Reads type declarations; a reference is resolved when it is met, so order does not matter.
/// </summary>
internal sealed class TypeReader
{
    private readonly ElementReader _read;
    private readonly Dictionary<string, XElement> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<XElement, SchemaType?> _resolved = [];
    private readonly HashSet<XElement> _open = [];
    private readonly List<SchemaType> _types = [];
    private readonly EncodedTypeReader _encoded;
    private readonly SymbolReader _symbols;

    public TypeReader(ElementReader read)
    {
        _read = read;
        _encoded = new EncodedTypeReader(read, this);
        _symbols = new SymbolReader(read, this);
    }

    /// <summary>Every type met so far, what a composite declares inside it right after it.</summary>
    public IReadOnlyList<SchemaType> Types => _types;

    public void Declare(IEnumerable<XElement> typesElements)
    {
        foreach (XElement element in typesElements.SelectMany(t => t.Elements()))
        {
            string kind = element.Name.LocalName;
            if (kind is not ("type" or "composite" or "enum" or "set"))
            {
                _read.Errors.Add(
                    element, SchemaErrorCode.UnexpectedElement, $"<{kind}> cannot stand in <types>");
                continue;
            }

            string name = _read.Name(element);
            if (name.Length > 0 && !_declared.TryAdd(name, element))
            {
                _read.Errors.Add(element, SchemaErrorCode.DuplicateType, $"type '{name}' is declared twice");
            }
        }

        foreach (XElement element in _declared.Values)
        {
            ReadTop(element);
        }
    }

    /// <summary>The type of that name; null, and an error at the referrer, when there is none.</summary>
    public SchemaType? Resolve(string name, XElement referrer)
    {
        if (_declared.TryGetValue(name, out XElement? element))
        {
            if (_open.Contains(element))
            {
                _read.Errors.Add(
                    referrer, SchemaErrorCode.CircularComposite, $"type '{name}' contains itself");
                return null;
            }

            return ReadTop(element);
        }

        if (PrimitiveType.Find(name) is { } primitive)
        {
            return EncodedType.BuiltIn(primitive);
        }

        _read.Errors.Add(referrer, SchemaErrorCode.UnknownType, $"type '{name}' is not declared");
        return null;
    }

    public SchemaType? Find(string name) =>
        _declared.TryGetValue(name, out XElement? element) && !_open.Contains(element)
            ? ReadTop(element)
            : null;

    private SchemaType? ReadTop(XElement element)
    {
        if (_resolved.TryGetValue(element, out SchemaType? known))
        {
            return known;
        }

        _open.Add(element);
        SchemaType? type = Read(element);
        _open.Remove(element);
        _resolved[element] = type;
        if (type is not null)
        {
            Collect(type);
        }

        return type;
    }

    private void Collect(SchemaType type)
    {
        _types.Add(type);
        if (type is CompositeType composite)
        {
            foreach (SchemaType inline in composite.Inline)
            {
                Collect(inline);
            }
        }
    }

    private SchemaType? Read(XElement element) => element.Name.LocalName switch
    {
        "type" => _encoded.Read(element),
        "enum" => _symbols.ReadEnum(element),
        "set" => _symbols.ReadSet(element),
        _ => ReadComposite(element),
    };

    private CompositeType ReadComposite(XElement element)
    {
        List<SchemaMember> members = [];
        List<SchemaType> inline = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        int end = 0;
        foreach (XElement child in element.Elements())
        {
            string name = _read.Name(child);
            _read.Unique(names, child, name, $"composite '{ElementReader.Text(element, "name")}'");
            if (ReadMemberType(child, inline) is not { } type)
            {
                continue;
            }

            RefuseAfterVariable(child, members);
            bool optional = _read.PresenceOf(child) == Presence.Optional;
            Presence presence = (type as EncodedType)?.Presence ?? Presence.Required;
            presence = presence == Presence.Required && optional ? Presence.Optional : presence;
            int size = presence == Presence.Constant ? 0 : type.Size;
            int offset = size == 0 && type is EncodedType { Length: not 0 } ? end : _read.Offset(
                child, end, "member");
            end = _read.End(child, offset, size);
            members.Add(Member(child, name, type, offset, presence));
        }

        return new CompositeType
        {
            Name = ElementReader.Text(element, "name") ?? "",
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Members = members,
            ByteSize = end,
            Inline = inline,
        };
    }

    private SchemaMember Member(
        XElement element, string name, SchemaType type, int offset, Presence presence) => new()
    {
        Name = name,
        Location = SourceLocation.Of(element),
        Description = ElementReader.Text(element, "description") ?? "",
        SinceVersion = _read.SinceVersion(element),
        Deprecated = _read.Number(element, "deprecated"),
        Id = 0,
        Type = type,
        Offset = offset,
        Presence = presence,
    };

    private SchemaType? ReadMemberType(XElement child, List<SchemaType> inline)
    {
        switch (child.Name.LocalName)
        {
            case "ref":
                string? target = ElementReader.Text(child, "type");
                if (target is null)
                {
                    _read.Errors.Add(
                        child, SchemaErrorCode.MissingAttribute, "<ref> needs the attribute type");
                    return null;
                }

                return Resolve(target, child);
            case "type" or "enum" or "set" or "composite":
                SchemaType? type = Read(child);
                if (type is not null)
                {
                    inline.Add(type);
                }

                return type;
            default:
                _read.Errors.Add(
                    child,
                    SchemaErrorCode.UnexpectedElement,
                    $"<{child.Name.LocalName}> cannot stand in a composite");
                return null;
        }
    }

    private void RefuseAfterVariable(XElement child, List<SchemaMember> members)
    {
        if (members.Count == 0)
        {
            return;
        }

        bool variable = members[^1].Type is EncodedType { Length: 0 } or CompositeType { IsVariable: true };
        if (variable)
        {
            _read.Errors.Add(
                child, SchemaErrorCode.WrongOrder, "nothing may follow variable-length data in a composite");
        }
    }
}
