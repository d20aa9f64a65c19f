using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Groups and data of a block. A decoder remembers the last element that it located, so that reading in order
/// skips nothing twice, and any other order is right too.
/// </summary>
internal sealed class ElementDecoderEmitter
{
    private readonly CodeWriter _w;
    private readonly string _start;
    private readonly string _origin;
    private readonly IReadOnlyList<BlockElement> _elements;

    /// <param name="writer">Where to.</param>
    /// <param name="block">Whose elements.</param>
    /// <param name="start">The reference field that positions count from.</param>
    /// <param name="origin">Position of the first element as an expression.</param>
    public ElementDecoderEmitter(CodeWriter writer, SchemaBlock block, string start, string origin)
    {
        _w = writer;
        _start = start;
        _origin = origin;
        _elements = BlockElement.Of(block);
    }

    public void Fields()
    {
        if (_elements.Count > 0)
        {
            _w.Line("private int _element;");
            _w.Line("private int _position;");
        }
    }

    public void Accessors()
    {
        foreach (BlockElement element in _elements)
        {
            _w.Line();
            _w.Summary(element.Node);
            if (element.Group is { } group)
            {
                Group(group, element.Index);
            }
            else
            {
                Data(element.Data!, element.Index);
            }
        }

        if (_elements.Count > 0)
        {
            ElementAt();
            Skip();
        }
    }

    private void Group(SchemaGroup group, int index)
    {
        _w.Open($"public {group.CSharpName}Decoder {group.CSharpName}");
        _w.Open("get");
        Absent(group);
        _w.Line($"int at = ElementAt({index});");
        _w.Line(
            $"return new {group.CSharpName}Decoder(ref {Wire.Add}(ref {_start}, at), _length - at, "
                + "_actingVersion);");
        _w.Close();
        _w.Close();
    }

    private void Data(SchemaData data, int index)
    {
        _w.Open($"public {Wire.Bytes} {data.CSharpName}");
        _w.Open("get");
        Absent(data);
        _w.Line($"int at = ElementAt({index});");
        _w.Line($"return {_w.Global}{data.Type.Stem}.Read(ref {Wire.Add}(ref {_start}, at), _length - at);");
        _w.Close();
        _w.Close();
        if (Encoding(data) is { } encoding)
        {
            _w.Line();
            _w.Line($"public string {data.CSharpName}String() => {encoding}.GetString({data.CSharpName});");
        }
    }

    /// <summary>The encoding of character data as a C# expression; null for plain bytes.</summary>
    public static string? Encoding(SchemaData data)
    {
        EncodedType bytes = (EncodedType)data.BytesMember.Type;
        return bytes.CharacterEncoding.Length > 0 || bytes.Primitive == PrimitiveType.Char
            ? WireEncoding.Of(bytes.CharacterEncoding)
            : null;
    }

    private void Absent(SchemaNode node)
    {
        if (node.SinceVersion > 0)
        {
            _w.Open($"if (_actingVersion < {node.SinceVersion})");
            _w.Line("return default;");
            _w.Close();
            _w.Line();
        }
    }

    private void ElementAt()
    {
        _w.Line();
        _w.Open("private int ElementAt(int element)");
        _w.Open("if (element < _element)");
        _w.Line("_element = 0;");
        _w.Line($"_position = {_origin};");
        _w.Close();
        _w.Line();
        _w.Open("while (_element < element)");
        _w.Line("_position += Skip();");
        _w.Line("_element++;");
        _w.Close();
        _w.Line();
        _w.Line("return _position;");
        _w.Close();
    }

    private void Skip()
    {
        _w.Line();
        _w.Open("private readonly int Skip()");
        _w.Line($"ref byte at = ref {Wire.Add}(ref {_start}, _position);");
        _w.Line("int room = _length - _position;");
        _w.Open("switch (_element)");
        foreach (BlockElement element in _elements)
        {
            string measure = element.Group is { } group
                ? $"{group.CSharpName}Decoder.Measure(ref at, room, _actingVersion)"
                : $"{_w.Global}{element.Data!.Type.Stem}.Measure(ref at, room)";
            string absent = element.Node.SinceVersion > 0
                ? $"_actingVersion < {element.Node.SinceVersion} ? 0 : "
                : "";
            _w.Line($"case {element.Index}: return {absent}{measure};");
        }

        _w.Line("default: return 0;");
        _w.Close();
        _w.Close();
    }
}
