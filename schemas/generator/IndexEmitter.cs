using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>The entry to a schema for readers that do not know which message comes.</summary>
internal sealed class IndexEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public IndexEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Emit()
    {
        _w.Summary("Every message of the schema, by template id.");
        _w.Open("public static class SchemaIndex");
        _w.Line($"public const int SchemaId = {_schema.Id};");
        _w.Line($"public const int SchemaVersion = {_schema.Version};");
        _w.Line();
        _w.Summary("Bytes of the message header.");
        _w.Line($"public const int HeaderLength = {_schema.Header.Size};");
        TryReadHeader();
        NameOf();
        Visit();
        _w.Close();
    }

    private void TryReadHeader()
    {
        Wire wire = new(_schema);
        string[] fields = ["blockLength", "templateId", "schemaId", "version"];
        _w.Line();
        _w.Summary(
            "The standard header fields; false when bytes are missing or a value is out of any sense.");
        _w.Open($"public static bool TryReadHeader({Wire.Bytes} message, out {Wire.Sbe}MessageFrame frame)");
        _w.Open("if (message.Length < HeaderLength)");
        _w.Line("frame = default;");
        _w.Line("return false;");
        _w.Close();
        _w.Line();
        _w.Line($"ref byte at = ref {Wire.Marshal}GetReference(message);");
        foreach (string field in fields)
        {
            SchemaMember member = _schema.Header.Find(field)!;
            EncodedType type = (EncodedType)member.Type;
            string read = type.Constant is { } constant
                ? $"({constant.Integer})"
                : wire.Get(type.Primitive, $"ref at, {member.Offset}");
            // A negative value becomes a huge one and fails the comparison below.
            _w.Line($"ulong {field} = unchecked((ulong){read});");
        }

        _w.Line("frame = new((int)blockLength, (int)templateId, (int)schemaId, (int)version);");
        _w.Line($"return ({string.Join(" | ", fields)}) <= int.MaxValue;");
        _w.Close();
    }

    private void NameOf()
    {
        _w.Line();
        _w.Summary("Name of a message; null when the schema has no such template.");
        _w.Open("public static string? NameOf(int templateId)");
        _w.Open("switch (templateId)");
        foreach (SchemaMessage message in _schema.Messages)
        {
            _w.Line($"case {message.Id}: return {Wire.Quote(message.Name)};");
        }

        _w.Line("default: return null;");
        _w.Close();
        _w.Close();
    }

    private void Visit()
    {
        _w.Line();
        _w.Summary("Hands a message, header first, to the visitor and returns its length, header included.");
        _w.Open($"public static int Visit({Wire.Bytes} message, {Wire.Visitor} visitor)");
        _w.Open($"if (!TryReadHeader(message, out {Wire.Sbe}MessageFrame frame))");
        _w.Line($"{Wire.Error}ThrowMalformed({Wire.Quote(_schema.Header.Name)});");
        _w.Close();
        _w.Line();
        _w.Open("switch (frame.SchemaId == SchemaId ? frame.TemplateId : -1)");
        foreach (SchemaMessage message in _schema.Messages)
        {
            _w.Line($"case {message.Id}: return Visit{message.Stem}(message, visitor);");
        }

        _w.Line("default:");
        _w.Line($"    {Wire.Error}ThrowUnknown(frame.SchemaId, frame.TemplateId);");
        _w.Line("    return 0;");
        _w.Close();
        _w.Close();
        foreach (SchemaMessage message in _schema.Messages)
        {
            _w.Line();
            _w.Open($"private static int Visit{message.Stem}({Wire.Bytes} message, {Wire.Visitor} visitor)");
            _w.Line(
                $"{_w.Global}{message.Stem}Decoder decoder = "
                    + $"{_w.Global}{message.Stem}Decoder.Wrap(message);");
            // Located before the visit: a visitor of a broken message has seen nothing of it.
            _w.Line("int length = HeaderLength + decoder.EncodedLength;");
            _w.Line(
                $"visitor.BeginMessage({Wire.Quote(message.Name)}, {message.Id}, decoder.ActingVersion);");
            if (_schema.OwnHeaderFields.Any())
            {
                _w.Line($"{_w.Global}{_schema.Header.Stem}Decoder.Wrap(message).AcceptOwn(visitor);");
            }

            _w.Line("decoder.AcceptBody(visitor);");
            _w.Line("visitor.EndMessage();");
            _w.Line("return length;");
            _w.Close();
        }
    }
}
