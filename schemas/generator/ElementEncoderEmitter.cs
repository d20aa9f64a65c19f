using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>
/// Groups and data of a block, written in the schema's order. What is still to come is counted, so that a
/// part
/// left out or written twice is an error instead of a broken message.
/// </summary>
internal sealed class ElementEncoderEmitter
{
    private readonly CodeWriter _w;
    private readonly string _outstanding;
    private readonly bool _ownsState;
    private readonly IReadOnlyList<BlockElement> _elements;

    /// <param name="writer">Where to.</param>
    /// <param name="block">Whose elements.</param>
    /// <param name="outstanding">What is pending outside the block itself, as an expression.</param>
    /// <param name="ownsState">The encoder holds the state, and does not refer to another's.</param>
    public ElementEncoderEmitter(CodeWriter writer, SchemaBlock block, string outstanding, bool ownsState)
    {
        _w = writer;
        _outstanding = outstanding;
        _ownsState = ownsState;
        _elements = BlockElement.Of(block);
    }

    public void Emit()
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
            Begin();
        }
    }

    private void Group(SchemaGroup group, int index)
    {
        if (_ownsState)
        {
            _w.Line(Wire.Unscoped);
        }

        _w.Open($"public {group.CSharpName}Encoder Add{group.CSharpName}(int count)");
        _w.Line($"Begin({index}, {Wire.Quote(group.Name)});");
        _w.Line($"return new {group.CSharpName}Encoder(ref _start, ref _state, count);");
        _w.Close();
    }

    private void Data(SchemaData data, int index)
    {
        _w.Open($"public void Set{data.CSharpName}({Wire.Bytes} bytes)");
        _w.Line($"Begin({index}, {Wire.Quote(data.Name)});");
        _w.Line($"{_w.Global}{data.Type.Stem}.Write(ref _start, ref _state, bytes);");
        _w.Close();
        if (ElementDecoderEmitter.Encoding(data) is { } encoding)
        {
            _w.Line();
            _w.Summary("Allocates.");
            _w.Line(
                $"public void Set{data.CSharpName}(string text) => "
                    + $"Set{data.CSharpName}({encoding}.GetBytes(text));");
        }
    }

    private void Begin()
    {
        _w.Line();
        _w.Open("private void Begin(int element, string name)");
        _w.Open($"if (element != _element || _state.Pending != {_outstanding}{_elements.Count} - element)");
        _w.Line($"{Wire.Error}ThrowOrder(name);");
        _w.Close();
        _w.Line();
        _w.Line("_element = element + 1;");
        _w.Line("_state.Pending--;");
        _w.Close();
    }
}
