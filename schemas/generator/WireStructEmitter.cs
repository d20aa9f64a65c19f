using System.Collections.Generic;
using System.Linq;

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
        Members(composite.Members, new CSharpNames(composite.Stem, "Size"));
        _w.Close();
    }

    public void Block(SchemaMessage message)
    {
        string name = message.Stem + "Block";
        _w.Summary(message, $"Root block of {message.Name}.");
        Open(name, message.BlockLength);
        foreach (string field in (string[])["templateId", "blockLength", "schemaId", "version"])
        {
            // Of the type that the header gives it, so that it compares with a header's field without a cast.
            string type = ((EncodedType)_schema.Header.Find(field)!.Type).Primitive.CSharp;
            string constant = field == "version" ? "SchemaVersion" : CSharpNames.Pascal(field);
            _w.Line($"public const {type} {constant} = {HeaderValue(_schema, message, field)};");
        }

        _w.Line();
        _w.Summary("Bytes of the message header and this block.");
        _w.Line($"public const int MessageLength = {_schema.Header.Size + message.BlockLength};");
        Header(message);
        Members(
            message.Fields,
            new CSharpNames(name, "TemplateId", "BlockLength", "SchemaId", "SchemaVersion", "MessageLength", "Header"));
        _w.Close();
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
            if (value is { } number && member.Type is EncodedType { Length: 1, Presence: not Presence.Constant })
            {
                _w.Line($"{CSharpNames.Pascal(member.Name)} = {number},");
            }
        }

        _w.Close("};");
    }

    /// <summary>What the standard header fields of a message hold; null for a schema's own additions.</summary>
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

    private void Members(IEnumerable<SchemaMember> members, CSharpNames names)
    {
        foreach (SchemaMember member in members)
        {
            string name = names.Take(CSharpNames.Pascal(member.Name), "Field", "");
            if (member.IsConstant)
            {
                if (ConstantEmitter.Declaration(_w, member, name) is { } constant)
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
            _w.Line($"public {TypeOf(member.Type)} {name};");
        }
    }

    private string TypeOf(SchemaType type) =>
        type.Stem.Length > 0 ? _w.Global + type.Stem : ((EncodedType)type).Primitive.CSharp;
}
