using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Composites and root blocks as structs laid out exactly as on the wire, for code that owns its memory and
/// wants plain loads and stores. Only little-endian schemas have them: a struct field cannot swap its bytes.
/// </summary>
internal sealed class WireStructEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public WireStructEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public static bool Has(MessageSchema schema, CompositeType composite) =>
        !schema.BigEndian && !composite.IsVariable && composite.Size > 0;

    public static bool Has(MessageSchema schema, SchemaMessage message) =>
        !schema.BigEndian && message.BlockLength > 0;

    public void Composite(CompositeType composite)
    {
        _w.Summary(composite);
        Open(composite.Stem, composite.Size);
        _w.Summary("Bytes on the wire.");
        _w.Line($"public const int Size = {composite.Size};");
        Members(composite.Members);
        _w.Close();
    }

    public void Block(SchemaMessage message)
    {
        string name = message.Stem + "Block";
        _w.Summary(message, $"Root block of {message.Name}.");
        Open(name, message.BlockLength);
        Constants(_w, _schema, message);
        Header(message);
        Members(message.Fields);
        _w.Close();
    }

    /// <summary>What identifies a message, for its wire struct and its codecs.</summary>
    public static void Constants(CodeWriter w, MessageSchema schema, SchemaMessage message)
    {
        foreach (string field in (string[])["templateId", "blockLength", "schemaId", "version"])
        {
            // Of the type that the header gives it, so that it compares with a header's field without a cast.
            string type = ((EncodedType)schema.Header.Find(field)!.Type).Primitive.CSharp;
            string constant = field == "version" ? "SchemaVersion" : CSharpNames.Pascal(field);
            w.Line($"public const {type} {constant} = {HeaderValue(schema, message, field)};");
        }

        w.Line();
        w.Summary("Bytes of the message header.");
        w.Line($"public const int HeaderLength = {schema.Header.Size};");
        w.Line();
        w.Summary("Bytes of the message header and the root block.");
        w.Line($"public const int MessageLength = {schema.Header.Size + message.BlockLength};");
    }

    private void Open(string name, int size)
    {
        _w.Line("[global::System.Runtime.InteropServices.StructLayout("
            + $"global::System.Runtime.InteropServices.LayoutKind.Explicit, Pack = 1, Size = {size})]");
        _w.Open($"public struct {name}");
    }

    private void Header(SchemaMessage message)
    {
        string type = _w.Global + _schema.Header.Stem;
        _w.Line();
        _w.Summary("The header that precedes this block.");
        _w.Open($"public static {type} Header => new()");
        foreach (SchemaMember member in _schema.Header.Members)
        {
            int? value = HeaderValue(_schema, message, member.Name);
            if (value is { } number && !member.IsConstant && member.Type is EncodedType { Length: 1 })
            {
                _w.Line($"{member.CSharpName} = {number},");
            }
        }

        _w.Close("};");
    }

    /// <summary>
    /// What the standard header fields of a message hold; null for a schema's own additions.
    /// </summary>
    public static int? HeaderValue(MessageSchema schema, SchemaMessage message, string field) => field switch
    {
        "blockLength" => message.BlockLength,
        "templateId" => message.Id,
        "schemaId" => schema.Id,
        "version" => schema.Version,
        "numGroups" => message.Groups.Count,
        "numVarDataFields" => message.Data.Count,
        _ => null,
    };

    private void Members(IEnumerable<SchemaMember> members)
    {
        foreach (SchemaMember member in members)
        {
            if (member.IsConstant)
            {
                if (ConstantEmitter.Declaration(_w, member) is { } constant)
                {
                    _w.Line();
                    _w.Summary(member);
                    _w.Line(constant);
                }

                continue;
            }

            if (member.Type.Size == 0)
            {
                continue;
            }

            _w.Line();
            _w.Summary(member);
            _w.Line($"[global::System.Runtime.InteropServices.FieldOffset({member.Offset})]");
            _w.Line($"public {TypeOf(member.Type)} {member.CSharpName};");
        }
    }

    private string TypeOf(SchemaType type) =>
        type.Stem.Length > 0 ? _w.Global + type.Stem : ((EncodedType)type).Primitive.CSharp;
}
