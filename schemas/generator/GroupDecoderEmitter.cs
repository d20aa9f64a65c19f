namespace HftEngine.Schemas.Generator;

/// <summary>The decoder of a repeating group, nested in the decoder of what it repeats in.</summary>
internal sealed class GroupDecoderEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public GroupDecoderEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Emit(SchemaGroup group)
    {
        string name = group.CSharpName + "Decoder";
        ElementDecoderEmitter elements = new(_w, group, "_start", "_entry + _blockLength");
        _w.Line();
        _w.Summary(group, $"Entries of {group.Name}.");
        _w.Open($"public ref struct {name}");
        _w.Summary("Bytes of an entry's block in this version of the schema.");
        _w.Line($"public const int BlockLength = {group.BlockLength};");
        _w.Line();
        _w.Line($"private const int DimensionLength = {group.Dimension.Size};");
        _w.Line();
        _w.Line("private readonly ref byte _start;");
        _w.Line("private readonly int _length;");
        _w.Line("private readonly int _actingVersion;");
        _w.Line("private readonly int _blockLength;");
        _w.Line("private int _read;");
        _w.Line("private int _entry;");
        elements.Fields();
        Constructor(group, name);
        Iteration(group);
        Measure(group, name);
        new MemberDecoderEmitter(_w, _schema, new BlockBase("_start", "_entry")).Emit(group.Fields);
        elements.Accessors();
        new VisitorEmitter(_w).Group(group);
        foreach (SchemaGroup nested in group.Groups)
        {
            Emit(nested);
        }

        _w.Close();
    }

    private void Constructor(SchemaGroup group, string name)
    {
        Wire wire = new(_schema);
        string Dimension(SchemaMember member) =>
            wire.Get(((EncodedType)member.Type).Primitive, "ref start, " + Wire.Number(member.Offset));

        _w.Line();
        _w.Open($"internal {name}(ref byte start, int length, int actingVersion)");
        _w.Open("if (length < DimensionLength)");
        _w.Line($"{Wire.Error}ThrowMalformed({Wire.Quote(group.Name)});");
        _w.Close();
        _w.Line();
        _w.Line($"{Wire.Sbe}GroupBounds bounds = {Wire.Sbe}GroupBounds.Check("
            + $"{Wire.Quote(group.Name)}, "
            + $"{Dimension(group.BlockLengthMember)}, {Dimension(group.CountMember)}, "
            + "RequiredBlockLength(actingVersion), length - DimensionLength);");
        _w.Line("_start = ref start;");
        _w.Line("_length = length;");
        _w.Line("_actingVersion = actingVersion;");
        _w.Line("_blockLength = bounds.BlockLength;");
        _w.Line("Count = bounds.Count;");
        _w.Close();
        _w.Line();
        _w.Summary("Entries.");
        _w.Line("public readonly int Count { get; }");
        _w.Line();
        _w.Line($"public readonly {name} Current => this;");
        _w.Line();
        _w.Line($"public readonly {name} GetEnumerator() => this;");
    }

    private void Iteration(SchemaGroup group)
    {
        _w.Line();
        _w.Summary("Goes to the next entry; the first call goes to the first one.");
        _w.Open("public bool MoveNext()");
        _w.Open("if (_read >= Count)");
        _w.Line("return false;");
        _w.Close();
        _w.Line();
        if (group.IsFlat)
        {
            // The constructor checked the product of count and block length.
            _w.Line("_entry = DimensionLength + (_read * _blockLength);");
            _w.Line("_read++;");
            _w.Line("return true;");
            _w.Close();
            return;
        }

        _w.Line("int next = EntryEnd();");
        _w.Open("if (_blockLength > _length - next)");
        _w.Line($"{Wire.Error}ThrowMalformed({Wire.Quote(group.Name)});");
        _w.Close();
        _w.Line();
        _w.Line("_entry = next;");
        _w.Line("_element = 0;");
        _w.Line("_position = next + _blockLength;");
        _w.Line("_read++;");
        _w.Line("return true;");
        _w.Close();
        _w.Line();
        int last = group.Groups.Count + group.Data.Count;
        _w.Line($"private int EntryEnd() => _read == 0 ? DimensionLength : ElementAt({last});");
    }

    private void Measure(SchemaGroup group, string name)
    {
        _w.Line();
        _w.Summary("Bytes of the dimensions and all entries.");
        _w.Open("internal static int Measure(ref byte start, int length, int actingVersion)");
        _w.Line($"{name} group = new(ref start, length, actingVersion);");
        if (group.IsFlat)
        {
            _w.Line("return DimensionLength + (group.Count * group._blockLength);");
        }
        else
        {
            _w.Open("while (group.MoveNext())");
            _w.Close();
            _w.Line();
            _w.Line("return group.EntryEnd();");
        }

        _w.Close();
        _w.Line();
        _w.Line(
            "private static int RequiredBlockLength(int actingVersion) => "
                + $"{RequiredLength.Expression(group)};");
    }
}
