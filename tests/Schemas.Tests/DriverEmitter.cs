using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using HftEngine.Schemas.Generator;

namespace Schemas.Tests;

/// <summary>
/// Writes C# that uses the generated codecs of a schema as a program would: one method that fills a message
/// with random values and one that copies a message field by field. Codecs are ref structs, which reflection
/// cannot touch.
/// </summary>
internal sealed partial class DriverEmitter
{
    private readonly MessageSchema _schema;
    private readonly string _namespace;
    private readonly StringBuilder _text = new();
    private int _locals;

    public DriverEmitter(MessageSchema schema, string schemaNamespace)
    {
        _schema = schema;
        _namespace = schemaNamespace;
    }

    public string Emit()
    {
        Line("#nullable enable");
        Line(
            "using System; using System.Collections.Generic; using System.Globalization; using System.Linq;");
        Line($"namespace {_namespace};");
        Line("public static class Driver {");
        Line("static string T(IFormattable v) => v.ToString(null, CultureInfo.InvariantCulture);");
        Line("static byte[] B(Random r, int n) { var b = new byte[n]; r.NextBytes(b); return b; }");
        Line(
            "static byte[] A(Random r, int n) => B(r, r.Next(n + 1)).Select(b => (byte)(33 + (b % "
                + "90))).ToArray();");
        Line("static string H(byte[] b) => Convert.ToHexString(b).ToLowerInvariant();");
        Line("static long I(Random r, long lo, long hi) => r.Next(4) switch { 0 => lo, 1 => hi, _ => "
            + "lo + (long)(r.NextDouble() * ((double)hi - lo) * 0.99) };");
        Line("static ulong U(Random r, ulong lo, ulong hi) => r.Next(4) switch { 0 => lo, 1 => hi, _ => "
            + "lo + (ulong)(r.NextDouble() * (hi - lo) * 0.99) };");
        Dispatch();
        foreach (SchemaMessage message in _schema.Messages)
        {
            Write(message);
            Copy(message);
        }

        Line("}");
        return _text.ToString();
    }

    private static string Quote(string text) => "\"" + text + "\"";

    private static string Number(Int128 value) => value.ToString(CultureInfo.InvariantCulture);

    private void Line(string text) => _text.Append(text).Append('\n');

    private void Dispatch()
    {
        Line(
            "public static byte[] Write(int templateId, Random r, List<string> log) { var buffer = new "
                + "byte[65536];");
        Line("switch (templateId) {");
        foreach (SchemaMessage message in _schema.Messages)
        {
            Line(
                $"case {message.Id}: return buffer.AsSpan(0, Write{message.Stem}(buffer, r, "
                    + "log)).ToArray();");
        }

        Line("default: throw new ArgumentException(\"no such template\"); } }");
        Line("public static byte[] Copy(ReadOnlySpan<byte> m) { var buffer = new byte[m.Length];");
        Line("SchemaIndex.TryReadHeader(m, out var frame); switch (frame.TemplateId) {");
        foreach (SchemaMessage message in _schema.Messages)
        {
            Line($"case {message.Id}: return buffer.AsSpan(0, Copy{message.Stem}(m, buffer)).ToArray();");
        }

        Line("default: throw new ArgumentException(\"no such template\"); } }");
    }

    private void Write(SchemaMessage message)
    {
        Line($"static int Write{message.Stem}(byte[] buffer, Random r, List<string> log) {{");
        Line($"var e = {message.Stem}Encoder.Wrap(buffer);");
        Line($"log.Add(\"<{message.Name} {message.Id} v{_schema.Version}>\");");
        if (_schema.OwnHeaderFields.Any())
        {
            Line($"var h = {_schema.Header.Stem}Encoder.Wrap(buffer); log.Add(\"{_schema.Header.Name}(\");");
            _schema.OwnHeaderFields.ToList().ForEach(m => WriteMember(m, "h"));
            Line("log.Add(\")\");");
        }

        WriteBlock(message, "e");
        Line("log.Add(\"</>\");");
        Line($"return {message.Stem}Encoder.HeaderLength + e.EncodedLength; }}");
    }

    private void WriteBlock(SchemaBlock block, string e)
    {
        foreach (SchemaMember field in block.Fields)
        {
            WriteMember(field, e);
        }

        foreach (SchemaGroup group in block.Groups)
        {
            string n = "n" + _locals++;
            string g = "g" + _locals++;
            Line(
                $"int {n} = r.Next(4); log.Add(\"{group.Name}[\" + {n}); var {g} = "
                    + $"{e}.Add{group.CSharpName}({n});");
            Line($"for (int i{n} = 0; i{n} < {n}; i{n}++) {{ {g}.Next(); log.Add(\"{{\");");
            WriteBlock(group, g);
            Line("log.Add(\"}\"); } log.Add(\"]\");");
        }

        foreach (SchemaData data in block.Data)
        {
            string b = "b" + _locals++;
            Line($"var {b} = A(r, 30); log.Add(\"{data.Name}=\" + H({b})); {e}.Set{data.CSharpName}({b});");
        }
    }

    private void WriteMember(SchemaMember member, string e)
    {
        string name = Quote(member.Name + "=");
        if (member.IsConstant)
        {
            WriteConstant(member, name);
            return;
        }

        switch (member.Type)
        {
            case CompositeType composite:
                string c = "c" + _locals++;
                Line($"var {c} = {e}.{member.CSharpName}; log.Add(\"{member.Name}(\");");
                composite.Members.ToList().ForEach(m => WriteMember(m, c));
                Line("log.Add(\")\");");
                break;
            case SetType set:
                string s = "s" + _locals++;
                Line(
                    $"var {s} = ({set.Stem})U(r, 0, {set.Primitive.CSharp}.MaxValue); "
                        + $"{e}.{member.CSharpName} = {s};");
                Line($"log.Add({name} + T(({set.Primitive.CSharp}){s}));");
                break;
            case EnumType type:
                WriteEnum(member, type, name, e);
                break;
            case EncodedType { IsArray: true } array:
                WriteArray(member, array, name, e);
                break;
            case EncodedType scalar:
                WriteScalar(member, scalar, name, e);
                break;
        }
    }

    private void WriteConstant(SchemaMember member, string name)
    {
        if (member.ConstantSymbol is { } symbol)
        {
            string value = member.Type is EnumType ? symbol.Name : Number(symbol.Value);
            Line($"log.Add({name} + {Quote(value)});");
            return;
        }

        EncodedType type = (EncodedType)member.Type;
        SchemaValue constant = type.Constant!.Value;
        byte[] bytes = Encoding.UTF8.GetBytes(constant.Text ?? ((char)(int)constant.Integer).ToString());
        Line(type.Primitive == PrimitiveType.Char
            ? $"log.Add({name} + {Quote(Convert.ToHexStringLower(bytes))});"
            : $"log.Add({name} + T({type.Primitive.Literal(constant)}));");
    }

    private void WriteEnum(SchemaMember member, EnumType type, string name, string e)
    {
        bool canBeNull = member.Presence == Presence.Optional || member.SinceVersion > 0;
        List<(string Value, string Text)> choices =
        [
            .. type.Values.Select(v => (
                $"{type.Stem}.{v.CSharpName}",
                v.Value == type.NullValue && canBeNull ? "null" : v.Name)),
        ];
        if (canBeNull)
        {
            choices.Add(($"({type.Stem}){type.Primitive.Literal(SchemaValue.Of(type.NullValue))}", "null"));
        }

        if (choices.Count == 0)
        {
            choices.Add(($"default({type.Stem})", "0"));
        }

        string k = "k" + _locals++;
        Line($"int {k} = r.Next({choices.Count});");
        Line($"{e}.{member.CSharpName} = {k} switch {{ "
            + string.Join(", ", choices.Select((v, i) => $"{i} => {v.Value}")) + ", _ => default };");
        Line($"log.Add({name} + {k} switch {{ "
            + string.Join(", ", choices.Select((v, i) => $"{i} => {Quote(v.Text)}")) + ", _ => \"\" });");
    }

    private static string RandomOf(EncodedType type)
    {
        PrimitiveType p = type.Primitive;
        if (p == PrimitiveType.Char)
        {
            return "(byte)(33 + r.Next(90))";
        }

        if (p.IsReal)
        {
            return $"({p.CSharp})(r.NextDouble() * 1000 - 500)";
        }

        string low = p.Literal(type.MinValue);
        string high = p.Literal(type.MaxValue);
        return p.IsSigned ? $"({p.CSharp})I(r, {low}, {high})" : $"({p.CSharp})U(r, {low}, {high})";
    }

    private static string Shown(EncodedType type, string value) =>
        type.Primitive == PrimitiveType.Char ? $"H(new[] {{ {value} }})" : $"T({value})";

    private void WriteScalar(SchemaMember member, EncodedType type, string name, string e)
    {
        bool canBeNull = member.Presence == Presence.Optional || member.SinceVersion > 0;
        string nullLiteral = type.Primitive.Literal(type.NullValue);
        string v = "v" + _locals++;
        string chosen = canBeNull ? $"r.Next(5) == 0 ? {nullLiteral} : {RandomOf(type)}" : RandomOf(type);
        Line($"{type.Primitive.CSharp} {v} = {chosen}; {e}.{member.CSharpName} = {v};");
        string shown = Shown(type, v);
        Line(canBeNull
            ? $"log.Add({name} + ({v}.Equals({nullLiteral}) ? \"null\" : {shown}));"
            : $"log.Add({name} + {shown});");
    }

    private void WriteArray(SchemaMember member, EncodedType type, string name, string e)
    {
        string a = "a" + _locals++;
        if (type.Primitive == PrimitiveType.Char)
        {
            Line(
                $"var {a} = A(r, {type.Length}); {e}.Set{member.CSharpName}({a}); log.Add({name} + H({a}));");
            return;
        }

        if (type.Primitive == PrimitiveType.UInt8)
        {
            Line(
                $"var {a} = B(r, {type.Length}); {e}.Set{member.CSharpName}({a}); log.Add({name} + H({a}));");
            return;
        }

        bool canBeNull = member.Presence == Presence.Optional || member.SinceVersion > 0;
        string nullLiteral = type.Primitive.Literal(type.NullValue);
        Line(
            $"var {a} = new {type.Primitive.CSharp}[{type.Length}]; "
                + $"log.Add(\"{member.Name}[{type.Length}\");");
        Line($"for (int i = 0; i < {type.Length}; i++) {{ {a}[i] = {RandomOf(type)};");
        Line(canBeNull
            ? $"if (r.Next(5) == 0) {a}[i] = {nullLiteral}; "
                + $"log.Add(\"=\" + ({a}[i].Equals({nullLiteral}) ? \"null\" : T({a}[i]))); }}"
            : $"log.Add(\"=\" + T({a}[i])); }}");
        Line($"log.Add(\"]\"); {e}.Set{member.CSharpName}({a});");
    }
}
