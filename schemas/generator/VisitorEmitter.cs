namespace HftEngine.Schemas.Generator;

/// <summary>Methods that hand a message to a visitor field by field.</summary>
internal sealed class VisitorEmitter
{
    private readonly CodeWriter _w;

    public VisitorEmitter(CodeWriter writer) => _w = writer;

    public void Message(SchemaMessage message)
    {
        Open("public void Accept(", "");
        _w.Line($"visitor.BeginMessage({Wire.Quote(message.Name)}, (int)TemplateId, _actingVersion);");
        _w.Line("AcceptBody(visitor);");
        _w.Line("visitor.EndMessage();");
        _w.Close();
        Open("internal void AcceptBody(", "");
        Block(message);
        _w.Close();
    }

    /// <summary>A message header hands over what it has besides the standard's fields.</summary>
    public void Header(MessageSchema schema)
    {
        Open("internal void AcceptOwn(", "");
        _w.Line($"visitor.BeginComposite({Wire.Quote(schema.Header.Name)});");
        foreach (SchemaMember member in schema.OwnHeaderFields)
        {
            Member(member);
        }

        _w.Line("visitor.EndComposite();");
        _w.Close();
    }

    public void Group(SchemaGroup group)
    {
        Open("internal void AcceptAll(", "");
        _w.Line($"visitor.BeginGroup({Wire.Quote(group.Name)}, Count);");
        _w.Open("while (MoveNext())");
        _w.Line("visitor.BeginEntry();");
        _w.Line("Accept(visitor);");
        _w.Line("visitor.EndEntry();");
        _w.Close();
        _w.Line();
        _w.Line("visitor.EndGroup();");
        _w.Close();
        Open("private void Accept(", "");
        Block(group);
        _w.Close();
    }

    public void Composite(CompositeType type)
    {
        Open("public void Accept(", "string name, ");
        _w.Line("visitor.BeginComposite(name);");
        foreach (SchemaMember member in type.Members)
        {
            Member(member);
        }

        _w.Line("visitor.EndComposite();");
        _w.Close();
    }

    private void Open(string start, string parameters)
    {
        _w.Line();
        _w.Open($"{start}{parameters}{Wire.Visitor} visitor)");
    }

    private void Block(SchemaBlock block)
    {
        foreach (SchemaMember field in block.Fields)
        {
            Member(field);
        }

        foreach (SchemaGroup group in block.Groups)
        {
            _w.Line($"{group.CSharpName}.AcceptAll(visitor);");
        }

        foreach (SchemaData data in block.Data)
        {
            string name = Wire.Quote(data.Name);
            _w.Line(ElementDecoderEmitter.Encoding(data) is { } encoding
                ? $"visitor.Text({name}, {data.CSharpName}, {encoding});"
                : $"visitor.Bytes({name}, {data.CSharpName});");
        }
    }

    private void Member(SchemaMember member)
    {
        string name = Wire.Quote(member.Name);
        bool canBeNull = !member.IsConstant
            && member.Type is EncodedType { IsArray: false } or EnumType
            && (member.Presence == Presence.Optional || member.SinceVersion > 0);
        if (canBeNull)
        {
            _w.Open($"if (Is{member.CSharpName}Null)");
            _w.Line($"visitor.Null({name});");
            _w.Close();
            _w.Open("else");
            Value(member, name);
            _w.Close();
            return;
        }

        Value(member, name);
    }

    private void Value(SchemaMember member, string name)
    {
        string value = member.CSharpName;
        switch (member.Type)
        {
            case EncodedType { Constant.Text: not null, Primitive: var p } text when p == PrimitiveType.Char:
                Text(name, value, text);
                break;
            case EncodedType { IsArray: true } array when !member.IsConstant:
                Array(member, name, array);
                break;
            case EncodedType scalar:
                Scalar(name, value, scalar.Primitive, scalar.CharacterEncoding);
                break;
            case EnumType e:
                string symbol = $"{_w.Global}{e.Stem}Symbols.Of({value})";
                _w.Line($"visitor.Enum({name}, {symbol}, unchecked((long){value}));");
                break;
            case SetType s:
                string symbols = $"{_w.Global}{s.Stem}Symbols.Names";
                _w.Line(
                    $"visitor.Set({name}, {Wire.Sbe}SetSymbols.Of({symbols}, (ulong){value}), "
                        + $"(ulong){value});");
                break;
            default:
                _w.Line($"{value}.Accept({name}, visitor);");
                break;
        }
    }

    private void Text(string name, string bytes, EncodedType type) =>
        _w.Line(
            $"visitor.Text({name}, {Wire.Sbe}WireText.Trim({bytes}), "
                + $"{WireEncoding.Of(type.CharacterEncoding)});");

    private void Scalar(string name, string value, PrimitiveType primitive, string encoding)
    {
        string call = primitive switch
        {
            _ when primitive == PrimitiveType.Char =>
                $"Text({name}, [{value}], {WireEncoding.Of(encoding)})",
            { IsReal: true } => $"Real({name}, {value})",
            { IsSigned: true } => $"Integer({name}, {value})",
            _ => $"Unsigned({name}, {value})",
        };
        _w.Line($"visitor.{call};");
    }

    private void Array(SchemaMember member, string name, EncodedType type)
    {
        if (type.Primitive == PrimitiveType.Char)
        {
            Text(name, member.CSharpName, type);
            return;
        }

        if (type.Primitive == PrimitiveType.UInt8)
        {
            _w.Line($"visitor.Bytes({name}, {member.CSharpName});");
            return;
        }

        string index = "i" + member.CSharpName;
        string element = $"{member.CSharpName}({index})";
        _w.Line($"visitor.BeginArray({name}, {member.CSharpName}Length);");
        _w.Open($"for (int {index} = 0; {index} < {member.CSharpName}Length; {index}++)");
        if (member.Presence == Presence.Optional || member.SinceVersion > 0)
        {
            string test = type.Primitive.IsReal && double.IsNaN(type.NullValue.Real)
                ? $"{type.Primitive.CSharp}.IsNaN({element})"
                : $"{element} == {member.CSharpName}NullValue";
            _w.Open($"if ({test})");
            _w.Line("visitor.Null(\"\");");
            _w.Line("continue;");
            _w.Close();
            _w.Line();
        }

        Scalar("\"\"", element, type.Primitive, type.CharacterEncoding);
        _w.Close();
        _w.Line();
        _w.Line("visitor.EndArray();");
    }
}
