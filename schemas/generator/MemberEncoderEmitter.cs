using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>Accessors that write the members of a block or a composite.</summary>
internal sealed class MemberEncoderEmitter
{
    private readonly CodeWriter _w;
    private readonly Wire _wire;
    private readonly BlockBase _block;

    public MemberEncoderEmitter(CodeWriter writer, MessageSchema schema, BlockBase block)
    {
        _w = writer;
        _wire = new Wire(schema);
        _block = block;
    }

    public void Emit(IEnumerable<SchemaMember> members)
    {
        foreach (SchemaMember member in members)
        {
            if (member.IsConstant)
            {
                MemberDecoderEmitter.Constant(_w, member);
                continue;
            }

            _w.Line();
            switch (member.Type)
            {
                case EncodedType { IsArray: true } array:
                    Array(member, array);
                    break;
                case EncodedType scalar:
                    MemberDecoderEmitter.Limits(_w, member, scalar);
                    Scalar(member, scalar.Primitive, scalar.Primitive.CSharp);
                    break;
                case EnumType e:
                    MemberDecoderEmitter.NullOf(_w, member, e);
                    Scalar(member, e.Primitive, _w.Global + e.Stem);
                    break;
                case SetType s:
                    Scalar(member, s.Primitive, _w.Global + s.Stem);
                    break;
                case CompositeType c:
                    _w.Summary(member);
                    _w.Line($"public readonly {_w.Global}{c.Stem}Encoder {member.CSharpName} => "
                        + $"new({_block.Ref(member.Offset)});");
                    break;
            }
        }
    }

    private void Scalar(SchemaMember member, PrimitiveType primitive, string type)
    {
        string value = type == primitive.CSharp ? "value" : $"({primitive.CSharp})value";
        _w.Summary(member);
        _w.Open($"public readonly {type} {member.CSharpName}");
        _w.Line($"set => {_wire.Set(_block.At(member.Offset), value)};");
        _w.Close();
    }

    private void Array(SchemaMember member, EncodedType type)
    {
        string name = member.CSharpName;
        string element = type.Primitive.CSharp;
        _w.Line($"public const int {name}Length = {type.Length};");
        _w.Line();
        _w.Summary(member, "The elements, followed by zeros; more than fit are an error.");
        _w.Open($"public readonly void Set{name}(global::System.ReadOnlySpan<{element}> elements)");
        if (element == "byte")
        {
            _w.Line($"{Wire.Sbe}WireText.Store(elements, "
                + $"{Wire.Marshal}CreateSpan({_block.Ref(member.Offset)}, {name}Length));");
            _w.Close();
            return;
        }

        _w.Open($"if (elements.Length > {name}Length)");
        _w.Line($"{Wire.Error}ThrowTooLong(elements.Length, {name}Length);");
        _w.Close();
        _w.Line();
        _w.Open($"for (int index = 0; index < {name}Length; index++)");
        _w.Line($"{element} element = index < elements.Length ? elements[index] : default;");
        _w.Line(_wire.Set(_block.Indexed(member.Offset, type.Primitive.Size), "element") + ";");
        _w.Close();
        _w.Close();
    }
}
