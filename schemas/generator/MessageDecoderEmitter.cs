namespace HftEngine.Schemas.Generator;

/// <summary>The decoder of a message.</summary>
internal sealed class MessageDecoderEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public MessageDecoderEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Emit(SchemaMessage message)
    {
        string name = message.Stem + "Decoder";
        ElementDecoderEmitter elements = new(_w, message, "_block", "ActingBlockLength");
        _w.Summary(message, $"Reads {message.Name}.");
        _w.Open($"public ref struct {name}");
        WireStructEmitter.Constants(_w, _schema, message);
        _w.Line();
        _w.Line("private readonly ref byte _block;");
        _w.Line("private readonly int _length;");
        _w.Line("private readonly int _actingVersion;");
        elements.Fields();
        Constructor(name, !message.IsFlat);
        Wraps(message, name);
        Lengths(message);
        new MemberDecoderEmitter(_w, _schema, new BlockBase("_block", "")).Emit(message.Fields);
        elements.Accessors();
        new VisitorEmitter(_w).Message(message);
        GroupDecoderEmitter groups = new(_w, _schema);
        foreach (SchemaGroup group in message.Groups)
        {
            groups.Emit(group);
        }

        _w.Close();
    }

    private void Constructor(string name, bool hasElements)
    {
        _w.Line();
        _w.Open($"private {name}(ref byte block, int length, int actingBlockLength, int actingVersion)");
        _w.Line("_block = ref block;");
        _w.Line("_length = length;");
        _w.Line("_actingVersion = actingVersion;");
        _w.Line("ActingBlockLength = actingBlockLength;");
        if (hasElements)
        {
            _w.Line("_position = actingBlockLength;");
        }

        _w.Close();
        _w.Line();
        _w.Summary("Version of the schema that the message was written with.");
        _w.Line("public readonly int ActingVersion => _actingVersion;");
        _w.Line();
        _w.Summary("Bytes of the root block as it was written.");
        _w.Line("public readonly int ActingBlockLength { get; }");
    }

    private void Wraps(SchemaMessage message, string name)
    {
        string self = _w.Global + name;
        TryWraps(name, self);
        string throwing = $"{Wire.Error}ThrowMalformed({Wire.Quote(message.Name)});";
        (string Name, string Parameters, string Arguments)[] wraps =
        [
            ("Wrap", $"{Wire.Bytes} message", "message"),
            (
                "WrapBody",
                $"{Wire.Bytes} body, int actingBlockLength, int actingVersion",
                "body, actingBlockLength, actingVersion"),
        ];
        foreach ((string wrap, string parameters, string arguments) in wraps)
        {
            _w.Line();
            _w.Open($"public static {self} {wrap}({parameters})");
            _w.Open($"if (!Try{wrap}({arguments}, out {self} decoder))");
            _w.Line(throwing);
            _w.Close();
            _w.Line();
            _w.Line("return decoder;");
            _w.Close();
        }

        _w.Line();
        _w.Line($"public static {self} Wrap(ref byte message, int length)");
        _w.Body($"Wrap({Wire.Marshal}CreateReadOnlySpan(ref message, length))");
        _w.Line();
        _w.Summary("For memory outside the managed heap.");
        _w.Line($"public static unsafe {self} Wrap(byte* message, int length)");
        _w.Body($"Wrap(new {Wire.Bytes}(message, length))");
    }

    private void TryWraps(string name, string self)
    {
        _w.Line();
        _w.Summary("Header and body; false unless the bytes hold this message.");
        _w.Open($"public static bool TryWrap({Wire.Bytes} message, out {self} decoder)");
        _w.Open($"if ({_w.Global}SchemaIndex.TryReadHeader(message, out {Wire.Sbe}MessageFrame frame)"
            + " && frame.TemplateId == (int)TemplateId && frame.SchemaId == (int)SchemaId)");
        _w.Line(
            "return TryWrapBody(message.Slice(HeaderLength), frame.BlockLength, frame.Version, out "
                + "decoder);");
        _w.Close();
        _w.Line();
        _w.Line("decoder = default;");
        _w.Line("return false;");
        _w.Close();
        _w.Line();
        _w.Summary("The bytes after the header; false when they are shorter than their version asks for.");
        _w.Open(
            $"public static bool TryWrapBody({Wire.Bytes} body, int actingBlockLength, int actingVersion, "
                + $"out {self} decoder)");
        _w.Open(
            "if (actingBlockLength < RequiredBlockLength(actingVersion) || actingBlockLength > body.Length)");
        _w.Line("decoder = default;");
        _w.Line("return false;");
        _w.Close();
        _w.Line();
        _w.Line(
            $"decoder = new {name}(ref {Wire.Marshal}GetReference(body), body.Length, actingBlockLength, "
                + "actingVersion);");
        _w.Line("return true;");
        _w.Close();
    }

    private void Lengths(SchemaMessage message)
    {
        int elements = message.Groups.Count + message.Data.Count;
        string end = message.IsFlat ? "ActingBlockLength" : $"ElementAt({elements})";
        _w.Line();
        _w.Summary("Bytes of the root block and all that follows it, the header not included.");
        _w.Line($"public {(message.IsFlat ? "readonly " : "")}int EncodedLength => {end};");
        _w.Line();
        _w.Summary("JSON; allocates.");
        _w.Open("public override string ToString()");
        _w.Line("global::System.Buffers.ArrayBufferWriter<byte> text = new();");
        _w.Line($"using {Wire.Sbe}JsonFieldVisitor visitor = new(text);");
        _w.Line("Accept(visitor);");
        _w.Line("return global::System.Text.Encoding.UTF8.GetString(text.WrittenSpan);");
        _w.Close();
        _w.Line();
        _w.Line(
            "private static int RequiredBlockLength(int actingVersion) => "
                + $"{RequiredLength.Expression(message)};");
    }
}
