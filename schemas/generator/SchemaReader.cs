using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>From a schema file to a checked model, or to a list of what is wrong with it.</summary>
internal sealed class SchemaReader
{
    private readonly SchemaErrors _errors;

    public SchemaReader(SchemaErrors errors) => _errors = errors;

    public IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>The model; null when anything is wrong.</summary>
    public MessageSchema? Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    public MessageSchema? Read(Stream stream, string path)
    {
        SchemaDocument document = new(_errors);
        XElement? root = document.Load(stream, path);
        Files = document.Files;
        if (root is null)
        {
            return null;
        }

        if (root.Name.LocalName != "messageSchema")
        {
            _errors.Add(
                root, SchemaErrorCode.UnexpectedElement, $"<{root.Name.LocalName}> is not a messageSchema");
            return null;
        }

        MessageSchema? schema = ReadRoot(root);
        return _errors.Any ? null : schema;
    }

    private MessageSchema? ReadRoot(XElement root)
    {
        int version = new ElementReader(_errors, int.MaxValue).Number(root, "version") ?? 0;
        ElementReader read = new(_errors, version);
        int id = read.Required(root, "id");
        bool bigEndian = ByteOrder(root);
        TypeReader types = new(read);
        types.Declare(root.Elements().Where(e => e.Name.LocalName == "types"));
        string headerName = ElementReader.Text(root, "headerType") ?? "messageHeader";
        CompositeType? header = Header(root, types, headerName, id, version);
        MessageReader messages = new(read, types, header);
        List<SchemaMessage> declared = messages.Read(root.Elements());
        if (header is null)
        {
            return null;
        }

        return new MessageSchema
        {
            Package = ElementReader.Text(root, "package") ?? "",
            Id = id,
            Version = version,
            SemanticVersion = ElementReader.Text(root, "semanticVersion") ?? "",
            Description = ElementReader.Text(root, "description") ?? "",
            BigEndian = bigEndian,
            Header = header,
            Types = types.Types,
            Messages = declared,
        };
    }

    private bool ByteOrder(XElement root)
    {
        string order = ElementReader.Text(root, "byteOrder") ?? "littleEndian";
        if (order is not ("littleEndian" or "bigEndian"))
        {
            _errors.Add(
                root,
                SchemaErrorCode.InvalidAttribute,
                $"byteOrder='{order}' is neither littleEndian nor bigEndian");
        }

        return order == "bigEndian";
    }

    private CompositeType? Header(XElement root, TypeReader types, string name, int id, int version)
    {
        if (types.Find(name) is not CompositeType header)
        {
            _errors.Add(
                root,
                SchemaErrorCode.BadMessageHeader,
                $"the message header composite '{name}' is not declared");
            return null;
        }

        bool sound = true;
        foreach (string field in (string[])["blockLength", "templateId", "schemaId", "version"])
        {
            sound &= HeaderField(
                root, header, field, field switch { "schemaId" => id, "version" => version, _ => null });
        }

        if (header.IsVariable)
        {
            _errors.Add(
                header.Location, SchemaErrorCode.BadMessageHeader, $"'{name}' cannot hold variable data");
            sound = false;
        }

        return sound ? header : null;
    }

    /// <summary>Checks one field; what all messages share may be a constant that takes no bytes.</summary>
    private bool HeaderField(XElement root, CompositeType header, string field, int? shared)
    {
        if (header.Find(field)?.Type is not EncodedType { Length: 1, Primitive.IsReal: false } type
            || (type.Presence == Presence.Constant && shared is null))
        {
            _errors.Add(
                header.Location,
                SchemaErrorCode.BadMessageHeader,
                $"'{header.Name}' needs the integer field {field}");
            return false;
        }

        if (type.Constant is { } constant && (constant.Text is not null || constant.Integer != shared))
        {
            _errors.Add(
                header.Location,
                SchemaErrorCode.BadMessageHeader,
                $"the constant {field} of '{header.Name}' is not the schema's {shared}");
            return false;
        }

        if (shared > type.Primitive.Highest)
        {
            _errors.Add(
                root, SchemaErrorCode.ValueOutOfRange, $"{shared} does not fit {field} of '{header.Name}'");
        }

        return true;
    }
}
