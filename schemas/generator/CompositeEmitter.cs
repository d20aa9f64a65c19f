using System.Linq;

namespace HftEngine.Schemas.Generator;

/// <summary>Flyweights over the bytes of a composite.</summary>
internal sealed class CompositeEmitter
{
    private static readonly BlockBase Block = new("_block", "");

    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public CompositeEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Decoder(CompositeType type)
    {
        string name = type.Stem + "Decoder";
        string self = _w.Global + name;
        _w.Summary(type);
        _w.Open($"public readonly ref struct {name}");
        _w.Summary("Bytes on the wire.");
        _w.Line($"public const int Size = {type.Size};");
        _w.Line();
        _w.Line("private readonly ref byte _block;");
        _w.Line("private readonly int _actingVersion;");
        _w.Line();
        _w.Open($"internal {name}(ref byte block, int actingVersion)");
        _w.Line("_block = ref block;");
        _w.Line("_actingVersion = actingVersion;");
        _w.Close();
        _w.Line();
        _w.Summary("What a composite reads as that the message's version does not have: every field null.");
        _w.Line(
            $"internal static {self} Absent => new(ref {Wire.Marshal}GetReference(AbsentImage), "
                + $"{_schema.Version});");
        _w.Line();
        byte[] image = BlockImage.Of(type.Members, type.Size, _schema.BigEndian, allNull: true);
        // One byte more, so that the span has an address even when the composite holds constants only.
        _w.Line(
            $"private static {Wire.Bytes} AbsentImage => "
                + $"[{string.Join(", ", image)}{(image.Length > 0 ? ", " : "")}0];");
        Wraps(name, "ReadOnlySpan", ", actingVersion", $", int actingVersion = {_schema.Version}");
        new MemberDecoderEmitter(_w, _schema, Block).Emit(type.Members);
        VisitorEmitter visitor = new(_w);
        visitor.Composite(type);
        if (type == _schema.Header && _schema.OwnHeaderFields.Any())
        {
            visitor.Header(_schema);
        }

        _w.Close();
    }

    public void Encoder(CompositeType type)
    {
        string name = type.Stem + "Encoder";
        _w.Summary(type);
        _w.Open($"public readonly ref struct {name}");
        _w.Summary("Bytes on the wire.");
        _w.Line($"public const int Size = {type.Size};");
        _w.Line();
        _w.Line("private readonly ref byte _block;");
        _w.Line();
        _w.Line($"internal {name}(ref byte block) => _block = ref block;");
        Wraps(name, "Span", "", "");
        new MemberEncoderEmitter(_w, _schema, Block).Emit(type.Members);
        _w.Close();
    }

    private void Wraps(string name, string span, string argument, string parameter)
    {
        string self = _w.Global + name;
        _w.Line();
        _w.Open($"public static {self} Wrap(global::System.{span}<byte> bytes{parameter})");
        _w.Open("if (bytes.Length < Size)");
        _w.Line($"{Wire.Error}ThrowBufferTooSmall(Size, bytes.Length);");
        _w.Close();
        _w.Line();
        _w.Line($"return new {self}(ref {Wire.Marshal}GetReference(bytes){argument});");
        _w.Close();
    }
}
