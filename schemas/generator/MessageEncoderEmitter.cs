namespace HftEngine.Schemas.Generator;

/// <summary>The encoder of a message.</summary>
internal sealed class MessageEncoderEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public MessageEncoderEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Emit(SchemaMessage message)
    {
        string name = message.Stem + "Encoder";
        _w.Summary(message, $"Writes {message.Name}.");
        _w.Open($"public ref struct {name}");
        WireStructEmitter.Constants(_w, _schema, message);
        _w.Line();
        _w.Line("private readonly ref byte _start;");
        if (!message.IsFlat)
        {
            _w.Line($"private {Wire.Sbe}EncoderState _state;");
            _w.Line("private int _element;");
        }

        Constructor(message, name);
        Wraps(name);
        WriteHeader(message);
        EncodedLength(message);
        new MemberEncoderEmitter(_w, _schema, new BlockBase("_start", "")).Emit(message.Fields);
        new ElementEncoderEmitter(_w, message, "", ownsState: true).Emit();
        GroupEncoderEmitter groups = new(_w, _schema);
        foreach (SchemaGroup group in message.Groups)
        {
            groups.Emit(group);
        }

        _w.Close();
    }

    /// <summary>Puts a block into the state before its first field is set.</summary>
    public static void Clear(CodeWriter w, MessageSchema schema, SchemaBlock block, string at)
    {
        if (block.BlockLength == 0)
        {
            return;
        }

        byte[] image = BlockImage.Of(block.Fields, block.BlockLength, schema.BigEndian, allNull: false);
        string literal = BlockImage.Literal(image);
        if (literal == "[]")
        {
            w.Line($"{Wire.Marshal}CreateSpan({at}, {block.BlockLength}).Clear();");
            return;
        }

        w.Line($"{Wire.Bytes} image = {literal};");
        w.Line($"{Wire.Sbe}WireText.Store(image, {Wire.Marshal}CreateSpan({at}, {block.BlockLength}));");
    }

    private void Constructor(SchemaMessage message, string name)
    {
        _w.Line();
        _w.Open($"private {name}(global::System.Span<byte> body)");
        _w.Open($"if (body.Length < {message.BlockLength})");
        _w.Line($"{Wire.Error}ThrowBufferTooSmall({message.BlockLength}, body.Length);");
        _w.Close();
        _w.Line();
        _w.Line($"_start = ref {Wire.Marshal}GetReference(body);");
        if (!message.IsFlat)
        {
            int pending = message.Groups.Count + message.Data.Count;
            _w.Line($"_state = new {Wire.Sbe}EncoderState(body.Length, {message.BlockLength}, {pending});");
        }

        Clear(_w, _schema, message, "ref _start");
        _w.Close();
    }

    private void Wraps(string name)
    {
        string self = _w.Global + name;
        const string Span = "global::System.Span<byte>";
        _w.Line();
        _w.Summary(
            "Writes the header; the body is written through what is returned. "
            + "Optional fields start as null, all others as zero.");
        _w.Open($"public static {self} Wrap({Span} message)");
        _w.Open("if (message.Length < MessageLength)");
        _w.Line($"{Wire.Error}ThrowBufferTooSmall(MessageLength, message.Length);");
        _w.Close();
        _w.Line();
        _w.Line("WriteHeader(message);");
        _w.Line("return WrapBody(message.Slice(HeaderLength));");
        _w.Close();
        _w.Line();
        _w.Summary("For a body whose header is written elsewhere.");
        _w.Line($"public static {self} WrapBody({Span} body) => new(body);");
        _w.Line();
        _w.Line($"public static {self} Wrap(ref byte message, int length)");
        _w.Body($"Wrap({Wire.Marshal}CreateSpan(ref message, length))");
        _w.Line();
        _w.Summary("For memory outside the managed heap.");
        _w.Line($"public static unsafe {self} Wrap(byte* message, int length)");
        _w.Body($"Wrap(new {Span}(message, length))");
    }

    private void WriteHeader(SchemaMessage message)
    {
        Wire wire = new(_schema);
        _w.Line();
        _w.Open("private static void WriteHeader(global::System.Span<byte> message)");
        _w.Line("message.Slice(0, HeaderLength).Clear();");
        _w.Line($"ref byte at = ref {Wire.Marshal}GetReference(message);");
        Counts(
            _w,
            wire,
            _schema.Header,
            field => WireStructEmitter.HeaderValue(_schema, message, field),
            "at",
            "");
        _w.Close();
    }

    /// <summary>Writes those fields of a header or a dimension that are known from the schema.</summary>
    public static void Counts(
        CodeWriter w,
        Wire wire,
        CompositeType type,
        System.Func<string, int?> valueOf,
        string reference,
        string origin)
    {
        foreach (SchemaMember member in type.Members)
        {
            if (valueOf(member.Name) is { } value
                && member.Type is EncodedType { Length: 1, Presence: not Presence.Constant } scalar)
            {
                string at = new BlockBase(reference, origin).At(member.Offset);
                w.Line(wire.Set(at, $"({scalar.Primitive.CSharp}){value}") + ";");
            }
        }
    }

    private void EncodedLength(SchemaMessage message)
    {
        _w.Line();
        _w.Summary(
            "Bytes of the body, the header not included; an error while anything has not been written.");
        if (message.IsFlat)
        {
            _w.Line($"public readonly int EncodedLength => {message.BlockLength};");
            return;
        }

        _w.Open("public readonly int EncodedLength");
        _w.Open("get");
        _w.Open("if (_state.Pending != 0)");
        _w.Line($"{Wire.Error}ThrowUnfinished({Wire.Quote(message.Name)});");
        _w.Close();
        _w.Line();
        _w.Line("return _state.Position;");
        _w.Close();
        _w.Close();
    }
}
