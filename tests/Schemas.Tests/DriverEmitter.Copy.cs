using System.Linq;
using HftEngine.Schemas.Generator;

namespace Schemas.Tests;

/// <summary>The half that reads a message field by field and writes every field again.</summary>
internal sealed partial class DriverEmitter
{
    private void Copy(SchemaMessage message)
    {
        Line($"static int Copy{message.Stem}(ReadOnlySpan<byte> m, byte[] buffer) {{");
        Line($"var d = {message.Stem}Decoder.Wrap(m); var e = {message.Stem}Encoder.Wrap(buffer);");
        Line(
            $"var hd = {_schema.Header.Stem}Decoder.Wrap(m); var he = "
                + $"{_schema.Header.Stem}Encoder.Wrap(buffer);");
        foreach (SchemaMember member in _schema.OwnHeaderFields)
        {
            CopyMember(member, "hd", "he");
        }

        CopyBlock(message, "d", "e");
        Line($"return {message.Stem}Encoder.HeaderLength + e.EncodedLength; }}");
    }

    private void CopyBlock(SchemaBlock block, string d, string e)
    {
        foreach (SchemaMember field in block.Fields)
        {
            CopyMember(field, d, e);
        }

        foreach (SchemaGroup group in block.Groups)
        {
            string g = "g" + _locals++;
            Line($"var {g}d = {d}.{group.CSharpName}; var {g}e = {e}.Add{group.CSharpName}({g}d.Count);");
            Line($"while ({g}d.MoveNext()) {{ {g}e.Next();");
            CopyBlock(group, g + "d", g + "e");
            Line("}");
        }

        foreach (SchemaData data in block.Data)
        {
            Line($"{e}.Set{data.CSharpName}({d}.{data.CSharpName});");
        }
    }

    private void CopyMember(SchemaMember member, string d, string e)
    {
        if (member.IsConstant)
        {
            return;
        }

        string name = member.CSharpName;
        switch (member.Type)
        {
            case CompositeType composite:
                string c = "c" + _locals++;
                Line($"var {c}d = {d}.{name}; var {c}e = {e}.{name};");
                composite.Members.ToList().ForEach(m => CopyMember(m, c + "d", c + "e"));
                break;
            case EncodedType { IsArray: true, Primitive.CSharp: "byte" }:
                Line($"{e}.Set{name}({d}.{name});");
                break;
            case EncodedType { IsArray: true } array:
                string a = "a" + _locals++;
                Line($"var {a} = new {array.Primitive.CSharp}[{array.Length}];");
                Line($"for (int i = 0; i < {array.Length}; i++) {a}[i] = {d}.{name}(i);");
                Line($"{e}.Set{name}({a});");
                break;
            default:
                Line($"{e}.{name} = {d}.{name};");
                break;
        }
    }
}
