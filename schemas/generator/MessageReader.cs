using System;
using System.Collections.Generic;
using System.Linq;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Reads messages and the groups within them.</summary>
internal sealed class MessageReader
{
    private readonly ElementReader _read;
    private readonly FieldReader _fields;
    private readonly CompositeType? _header;

    public MessageReader(ElementReader read, TypeReader types, CompositeType? header)
    {
        _read = read;
        _fields = new FieldReader(read, types);
        _header = header;
    }

    public List<SchemaMessage> Read(IEnumerable<XElement> elements)
    {
        List<SchemaMessage> messages = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<int> ids = [];
        foreach (XElement element in elements)
        {
            string kind = element.Name.LocalName;
            if (kind == "types")
            {
                continue;
            }

            if (kind != "message")
            {
                _read.Errors.Add(
                    element, SchemaErrorCode.UnexpectedElement, $"<{kind}> cannot stand in a messageSchema");
                continue;
            }

            SchemaMessage message = ReadMessage(element);
            if (message.Name.Length > 0 && !names.Add(message.Name))
            {
                _read.Errors.Add(
                    element, SchemaErrorCode.DuplicateMessage, $"message '{message.Name}' is declared twice");
            }

            if (element.Attribute("id") is not null && !ids.Add(message.Id))
            {
                _read.Errors.Add(
                    element,
                    SchemaErrorCode.DuplicateTemplateId,
                    $"template id {message.Id} is taken already");
            }

            messages.Add(message);
        }

        return messages;
    }

    private SchemaMessage ReadMessage(XElement element)
    {
        Parts parts = ReadParts(element);
        int id = _read.Required(element, "id");
        Fits(element, "templateId", id);
        int blockLength = BlockLength(element, parts.End);
        Fits(element, "blockLength", blockLength);
        return new SchemaMessage
        {
            Name = _read.Name(element),
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Id = id,
            BlockLength = blockLength,
            Fields = parts.Fields,
            Groups = parts.Groups,
            Data = parts.Data,
        };
    }

    private void Fits(XElement element, string headerField, int value)
    {
        if (_header?.Find(headerField)?.Type is EncodedType type && value > type.Primitive.Highest)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.ValueOutOfRange,
                $"{value} does not fit {headerField} of '{_header.Name}'");
        }
    }

    private Parts ReadParts(XElement element)
    {
        Parts parts = new();
        HashSet<string> names = new(StringComparer.Ordinal);
        HashSet<int> ids = [];
        string where = $"'{ElementReader.Text(element, "name")}'";
        foreach (XElement child in element.Elements())
        {
            string kind = child.Name.LocalName;
            if (kind is not ("field" or "group" or "data"))
            {
                _read.Errors.Add(
                    child, SchemaErrorCode.UnexpectedElement, $"<{kind}> cannot stand in {where}");
                continue;
            }

            string name = _read.Name(child);
            int id = _read.Required(child, "id");
            _read.Unique(names, child, name, where);
            if (child.Attribute("id") is not null && !ids.Add(id))
            {
                _read.Errors.Add(child, SchemaErrorCode.DuplicateMember, $"id {id} appears twice in {where}");
            }

            ReadPart(child, name, id, parts);
        }

        return parts;
    }

    private void ReadPart(XElement child, string name, int id, Parts parts)
    {
        switch (child.Name.LocalName)
        {
            case "field":
                if (parts.Groups.Count + parts.Data.Count > 0)
                {
                    _read.Errors.Add(
                        child, SchemaErrorCode.WrongOrder, $"field '{name}' stands after a group or data");
                }

                parts.Add(_fields.ReadField(child, name, id, parts.End, out int end), end);
                break;
            case "group":
                if (parts.Data.Count > 0)
                {
                    _read.Errors.Add(child, SchemaErrorCode.WrongOrder, $"group '{name}' stands after data");
                }

                parts.Add(ReadGroup(child, name, id));
                break;
            default:
                parts.Add(_fields.ReadData(child, name, id));
                break;
        }
    }

    private SchemaGroup? ReadGroup(XElement element, string name, int id)
    {
        Parts parts = ReadParts(element);
        CompositeType? dimension = _fields.Dimension(element);
        int blockLength = BlockLength(element, parts.End);
        if (dimension is null)
        {
            return null;
        }

        if (blockLength > ((EncodedType)dimension.Find("blockLength")!.Type).Primitive.Highest)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.ValueOutOfRange,
                $"{blockLength} does not fit blockLength of '{dimension.Name}'");
        }

        return new SchemaGroup
        {
            Name = name,
            Location = SourceLocation.Of(element),
            Description = ElementReader.Text(element, "description") ?? "",
            SinceVersion = _read.SinceVersion(element),
            Deprecated = _read.Number(element, "deprecated"),
            Id = id,
            BlockLength = blockLength,
            Dimension = dimension,
            Fields = parts.Fields,
            Groups = parts.Groups,
            Data = parts.Data,
        };
    }

    private int BlockLength(XElement element, int needed)
    {
        int? declared = _read.Number(element, "blockLength");
        if (declared is not { } length)
        {
            return needed;
        }

        if (length < needed)
        {
            _read.Errors.Add(
                element,
                SchemaErrorCode.BlockTooSmall,
                $"blockLength {length} of '{ElementReader.Text(element, "name")}' is less than its fields' "
                    + $"{needed} bytes");
            return needed;
        }

        return _read.End(element, 0, length);
    }

    /// <summary>What has been read of a block so far.</summary>
    private sealed class Parts
    {
        public List<SchemaMember> Fields { get; } = [];

        public List<SchemaGroup> Groups { get; } = [];

        public List<SchemaData> Data { get; } = [];

        public int End { get; private set; }

        public void Add(SchemaMember? field, int end)
        {
            if (field is not null)
            {
                Fields.Add(field);
            }

            End = end;
        }

        public void Add(SchemaGroup? group)
        {
            if (group is not null)
            {
                Groups.Add(group);
            }
        }

        public void Add(SchemaData? data)
        {
            if (data is not null)
            {
                Data.Add(data);
            }
        }
    }
}
