using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>Accessors that read the members of a block or a composite.</summary>
internal sealed class MemberDecoderEmitter
{
    private readonly CodeWriter _w;
    private readonly Wire _wire;
    private readonly BlockBase _block;

    public MemberDecoderEmitter(CodeWriter writer, MessageSchema schema, BlockBase block)
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
                Constant(_w, member);
                continue;
            }

            _w.Line();
            switch (member.Type)
            {
                case EncodedType { IsArray: true } array:
                    Array(member, array);
                    break;
                case EncodedType scalar:
                    Limits(_w, member, scalar);
                    Scalar(member, scalar.Primitive, scalar.Primitive.CSharp);
                    break;
                case EnumType e:
                    NullOf(_w, member, e);
                    Scalar(member, e.Primitive, _w.Global + e.Stem);
                    break;
                case SetType s:
                    Set(member, s);
                    break;
                case CompositeType c:
                    Composite(member, c);
                    break;
            }
        }
    }

    public static void Constant(CodeWriter w, SchemaMember member)
    {
        if (ConstantEmitter.Declaration(w, member) is { } declaration)
        {
            w.Line();
            w.Summary(member);
            w.Line(declaration);
        }
    }

    public static void Limits(CodeWriter w, SchemaMember member, EncodedType type)
    {
        string csharp = type.Primitive.CSharp;
        w.Line(
            $"public const {csharp} {member.CSharpName}NullValue = "
                + $"{type.Primitive.Literal(type.NullValue)};");
        w.Line(
            $"public const {csharp} {member.CSharpName}MinValue = {type.Primitive.Literal(type.MinValue)};");
        w.Line(
            $"public const {csharp} {member.CSharpName}MaxValue = {type.Primitive.Literal(type.MaxValue)};");
        w.Line();
    }

    public static void NullOf(CodeWriter w, SchemaMember member, EnumType type)
    {
        string name = w.Global + type.Stem;
        w.Line($"public const {name} {member.CSharpName}NullValue = ({name})"
            + $"({type.Primitive.Literal(SchemaValue.Of(type.NullValue))});");
        w.Line();
    }

    /// <summary>"absent value : " in front of what is read, for members that older messages lack.</summary>
    private static string OrAbsent(SchemaMember member, string absent) =>
        member.SinceVersion > 0 ? $"_actingVersion < {member.SinceVersion} ? {absent} : " : "";

    private void Scalar(SchemaMember member, PrimitiveType primitive, string type)
    {
        string name = member.CSharpName;
        string read = _wire.Get(primitive, _block.At(member.Offset));
        string cast = type == primitive.CSharp ? "" : $"({type})";
        _w.Summary(member);
        _w.Line($"public readonly {type} {name} => {OrAbsent(member, name + "NullValue")}{cast}{read};");
        if (member.Presence != Presence.Optional && member.SinceVersion == 0)
        {
            return;
        }

        bool nan = member.Type is EncodedType { Primitive.IsReal: true } real && double.IsNaN(
            real.NullValue.Real);
        _w.Line();
        _w.Line($"public readonly bool Is{name}Null => "
            + (nan ? $"{type}.IsNaN({name});" : $"{name} == {name}NullValue;"));
        _w.Line();
        _w.Open($"public readonly bool TryGet{name}(out {type} value)");
        _w.Line($"value = {name};");
        _w.Line(nan ? $"return !{type}.IsNaN(value);" : $"return value != {name}NullValue;");
        _w.Close();
    }

    private void Set(SchemaMember member, SetType type)
    {
        string name = _w.Global + type.Stem;
        _w.Summary(member);
        _w.Line($"public readonly {name} {member.CSharpName} => "
            + $"{OrAbsent(member, "default")}({name}){_wire.Get(type.Primitive, _block.At(member.Offset))};");
    }

    private void Composite(SchemaMember member, CompositeType type)
    {
        string name = _w.Global + type.Stem + "Decoder";
        _w.Summary(member);
        _w.Line($"public readonly {name} {member.CSharpName} => {OrAbsent(member, name + ".Absent")}"
            + $"new({_block.Ref(member.Offset)}, _actingVersion);");
    }

    private void Array(SchemaMember member, EncodedType type)
    {
        string name = member.CSharpName;
        _w.Line($"public const int {name}Length = {type.Length};");
        _w.Line();
        if (type.Primitive.CSharp == "byte")
        {
            string read = $"{Wire.Marshal}CreateReadOnlySpan({_block.Ref(member.Offset)}, {type.Length})";
            _w.Summary(member);
            _w.Line($"public readonly {Wire.Bytes} {name} => {OrAbsent(member, "default")}{read};");
            Text(type, name);
            return;
        }

        string element = type.Primitive.CSharp;
        string at = _block.Indexed(member.Offset, type.Primitive.Size);
        _w.Line($"public const {element} {name}NullValue = {type.Primitive.Literal(type.NullValue)};");
        _w.Line();
        _w.Summary(member);
        _w.Open($"public readonly {element} {name}(int index)");
        _w.Open($"if ((uint)index >= {name}Length)");
        _w.Line($"{Wire.Error}ThrowIndex(index, {name}Length);");
        _w.Close();
        _w.Line();
        _w.Line($"return {OrAbsent(member, name + "NullValue")}{_wire.Get(type.Primitive, at)};");
        _w.Close();
    }

    private void Text(EncodedType type, string name)
    {
        if (type.Primitive != PrimitiveType.Char)
        {
            return;
        }

        _w.Line();
        _w.Summary("The characters before the first zero.");
        _w.Line($"public readonly string {name}String() => "
            + $"{Wire.Sbe}WireText.Decode({name}, {WireEncoding.Of(type.CharacterEncoding)});");
    }
}
