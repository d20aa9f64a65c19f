namespace HftEngine.Schemas.Generator;

/// <summary>The encoder of a repeating group, nested in the encoder of what it repeats in.</summary>
internal sealed class GroupEncoderEmitter
{
    private readonly CodeWriter _w;
    private readonly MessageSchema _schema;

    public GroupEncoderEmitter(CodeWriter writer, MessageSchema schema)
    {
        _w = writer;
        _schema = schema;
    }

    public void Emit(SchemaGroup group)
    {
        string name = group.CSharpName + "Encoder";
        _w.Line();
        _w.Summary(group, $"Entries of {group.Name}.");
        _w.Open($"public ref struct {name}");
        _w.Summary("Bytes of an entry's block.");
        _w.Line($"public const int BlockLength = {group.BlockLength};");
        _w.Line();
        _w.Line("private readonly ref byte _start;");
        _w.Line($"private readonly ref {Wire.Sbe}EncoderState _state;");
        _w.Line("private readonly int _outside;");
        _w.Line("private int _remaining;");
        _w.Line("private int _entry;");
        if (!group.IsFlat)
        {
            _w.Line("private int _element;");
        }

        Constructor(group, name);
        Next(group);
        new MemberEncoderEmitter(_w, _schema, new BlockBase("_start", "_entry")).Emit(group.Fields);
        new ElementEncoderEmitter(_w, group, "_outside + _remaining + ", ownsState: false).Emit();
        foreach (SchemaGroup nested in group.Groups)
        {
            Emit(nested);
        }

        _w.Close();
    }

    private void Constructor(SchemaGroup group, string name)
    {
        EncodedType count = (EncodedType)group.CountMember.Type;
        string csharp = count.Primitive.CSharp;
        int size = group.Dimension.Size;
        _w.Line();
        _w.Open($"internal {name}(ref byte start, ref {Wire.Sbe}EncoderState state, int count)");
        _w.Line($"const {csharp} Min = {count.Primitive.Literal(count.MinValue)};");
        _w.Line($"const {csharp} Max = {count.Primitive.Literal(count.MaxValue)};");
        _w.Open("if (count < 0 || (ulong)count < Min || (ulong)count > Max)");
        _w.Line(
            $"{Wire.Error}ThrowCount({Wire.Quote(group.Name)}, count, unchecked((long)Min), "
                + "unchecked((long)Max));");
        _w.Close();
        _w.Line();
        _w.Line("_start = ref start;");
        _w.Line("_state = ref state;");
        _w.Line("_outside = state.Pending;");
        _w.Line("_remaining = count;");
        _w.Line($"int at = state.Claim({size});");
        _w.Line($"{Wire.Marshal}CreateSpan(ref {Wire.Add}(ref start, at), {size}).Clear();");
        MessageEncoderEmitter.Counts(
            _w, new Wire(_schema), group.Dimension, field => Dimension(group, field), "start", "at");
        string numInGroup = new BlockBase("start", "at").At(group.CountMember.Offset);
        _w.Line(new Wire(_schema).Set(numInGroup, $"({csharp})count") + ";");
        _w.Line("state.Pending += count;");
        _w.Close();
    }

    private static int? Dimension(SchemaGroup group, string field) => field switch
    {
        "blockLength" => group.BlockLength,
        "numGroups" => group.Groups.Count,
        "numVarDataFields" => group.Data.Count,
        _ => null,
    };

    private void Next(SchemaGroup group)
    {
        int elements = group.Groups.Count + group.Data.Count;
        _w.Line();
        _w.Summary("Begins the next entry: optional fields null, all others zero.");
        _w.Open("public void Next()");
        // The entry before this one is whole, or its parts would still be pending.
        _w.Open("if (_remaining <= 0 || _state.Pending != _outside + _remaining)");
        _w.Line($"{Wire.Error}ThrowOrder({Wire.Quote(group.Name)});");
        _w.Close();
        _w.Line();
        _w.Line($"_entry = _state.Claim({group.BlockLength});");
        _w.Line("_remaining--;");
        _w.Line(elements == 0 ? "_state.Pending--;" : $"_state.Pending += {elements - 1};");
        if (elements > 0)
        {
            _w.Line("_element = 0;");
        }

        MessageEncoderEmitter.Clear(_w, _schema, group, $"ref {Wire.Add}(ref _start, _entry)");
        _w.Close();
    }
}
