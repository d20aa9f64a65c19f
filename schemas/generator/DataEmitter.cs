namespace HftEngine.Schemas.Generator;

/// <summary>Variable data: a length, then as many bytes. One class per declared encoding.</summary>
internal static class DataEmitter
{
    public static void Class(CodeWriter w, MessageSchema schema, CompositeType type)
    {
        SchemaMember length = type.Find("length")!;
        EncodedType encoding = (EncodedType)length.Type;
        Wire wire = new(schema);
        int header = type.Find("varData")!.Offset;
        string read = wire.Get(encoding.Primitive, "ref at, " + Wire.Number(length.Offset));
        w.Summary(type);
        w.Open($"internal static class {type.Stem}");
        w.Line($"private const int Header = {header};");
        w.Line();
        w.Summary("Bytes taken, length field included.");
        w.Open("internal static int Measure(ref byte at, int room)");
        w.Open("if (room < Header)");
        w.Line($"{Wire.Error}ThrowMalformed({Wire.Quote(type.Name)});");
        w.Close();
        w.Line();
        w.Line($"ulong length = unchecked((ulong){read});");
        w.Open("if (length > (ulong)(room - Header))");
        w.Line($"{Wire.Error}ThrowMalformed({Wire.Quote(type.Name)});");
        w.Close();
        w.Line();
        w.Line("return Header + (int)length;");
        w.Close();
        w.Line();
        w.Open($"internal static {Wire.Bytes} Read(ref byte at, int room)");
        w.Line("int end = Measure(ref at, room);");
        w.Line($"return {Wire.Marshal}CreateReadOnlySpan(ref {Wire.Add}(ref at, Header), end - Header);");
        w.Close();
        w.Line();
        w.Open(
            $"internal static void Write(ref byte start, ref {Wire.Sbe}EncoderState state, {Wire.Bytes} "
                + "bytes)");
        w.Line($"const {encoding.Primitive.CSharp} Min = {encoding.Primitive.Literal(encoding.MinValue)};");
        w.Line($"const {encoding.Primitive.CSharp} Max = {encoding.Primitive.Literal(encoding.MaxValue)};");
        w.Open("if ((ulong)bytes.Length < Min || (ulong)bytes.Length > Max)");
        w.Line(
            $"{Wire.Error}ThrowCount({Wire.Quote(type.Name)}, bytes.Length, unchecked((long)Min), "
                + "unchecked((long)Max));");
        w.Close();
        w.Line();
        // The buffer is at most int.MaxValue long, and the claim would overflow for nearly as many bytes.
        w.Line("int at = state.Claim(Header);");
        w.Line("int data = state.Claim(bytes.Length);");
        w.Line($"{Wire.Marshal}CreateSpan(ref {Wire.Add}(ref start, at), Header).Clear();");
        w.Line(
            wire.Set($"ref start, at + {length.Offset}", $"({encoding.Primitive.CSharp})bytes.Length") + ";");
        w.Line($"bytes.CopyTo({Wire.Marshal}CreateSpan(ref {Wire.Add}(ref start, data), bytes.Length));");
        w.Close();
        w.Close();
    }
}
