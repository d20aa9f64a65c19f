using System;
using System.Collections.Generic;
using System.Linq;

namespace HftEngine.Schemas.Generator;

internal enum Presence
{
    Required,
    Optional,
    Constant,
}

/// <summary>What every named thing of a schema carries.</summary>
internal abstract class SchemaNode
{
    public required string Name { get; init; }

    public required SourceLocation Location { get; init; }

    public string Description { get; init; } = "";

    public int SinceVersion { get; init; }

    /// <summary>Version in which the sender stopped using it; null while in use.</summary>
    public int? Deprecated { get; init; }

    /// <summary>Name of the generated member; types and messages have a stem instead.</summary>
    public string CSharpName { get; set; } = "";
}

internal abstract class SchemaType : SchemaNode
{
    /// <summary>Bytes on the wire; constants take none.</summary>
    public abstract int Size { get; }

    /// <summary>Name of the generated C# type, without suffix; empty for plain primitives.</summary>
    public string Stem { get; set; } = "";
}

internal sealed class EncodedType : SchemaType
{
    public required PrimitiveType Primitive { get; init; }

    /// <summary>Elements; 1 = a scalar, 0 = as many as a var-data length says.</summary>
    public int Length { get; init; } = 1;

    public Presence Presence { get; init; }

    public SchemaValue? Constant { get; init; }

    public SchemaValue NullValue { get; init; }

    public SchemaValue MinValue { get; init; }

    public SchemaValue MaxValue { get; init; }

    public string CharacterEncoding { get; init; } = "";

    public bool IsArray => Length != 1;

    public override int Size => Presence == Presence.Constant ? 0 : Primitive.Size * Length;

    public static EncodedType BuiltIn(PrimitiveType primitive) => new()
    {
        Name = primitive.Name,
        Location = new SourceLocation("", 0, 0),
        Primitive = primitive,
        NullValue = DefaultNull(primitive),
        MinValue = DefaultMin(primitive),
        MaxValue = DefaultMax(primitive),
    };

    public static SchemaValue DefaultNull(PrimitiveType p) =>
        p.IsReal ? SchemaValue.OfReal(double.NaN) : SchemaValue.Of(p.NullValue);

    public static SchemaValue DefaultMin(PrimitiveType p) =>
        p == PrimitiveType.Float ? SchemaValue.OfReal(float.MinValue)
        : p == PrimitiveType.Double ? SchemaValue.OfReal(double.MinValue)
        : SchemaValue.Of(p.MinValue);

    public static SchemaValue DefaultMax(PrimitiveType p) =>
        p == PrimitiveType.Float ? SchemaValue.OfReal(float.MaxValue)
        : p == PrimitiveType.Double ? SchemaValue.OfReal(double.MaxValue)
        : SchemaValue.Of(p.MaxValue);
}

/// <summary>A named value of an enum, or a named bit of a set.</summary>
internal sealed class SchemaSymbol : SchemaNode
{
    public required Int128 Value { get; init; }
}

internal sealed class EnumType : SchemaType
{
    public required PrimitiveType Primitive { get; init; }

    public required Int128 NullValue { get; init; }

    public required IReadOnlyList<SchemaSymbol> Values { get; init; }

    public override int Size => Primitive.Size;
}

internal sealed class SetType : SchemaType
{
    public required PrimitiveType Primitive { get; init; }

    public required IReadOnlyList<SchemaSymbol> Choices { get; init; }

    public override int Size => Primitive.Size;
}

/// <summary>A type at an offset: a member of a composite, or a field of a block.</summary>
internal sealed class SchemaMember : SchemaNode
{
    public required int Id { get; init; }

    public required SchemaType Type { get; init; }

    public required int Offset { get; init; }

    public required Presence Presence { get; init; }

    /// <summary>Value of a constant whose field names it by valueRef.</summary>
    public SchemaSymbol? ConstantSymbol { get; init; }

    public EnumType? ConstantEnum { get; init; }

    public int Size => Presence == Presence.Constant ? 0 : Type.Size;

    public bool IsConstant => Presence == Presence.Constant;
}

internal sealed class CompositeType : SchemaType
{
    public required IReadOnlyList<SchemaMember> Members { get; init; }

    public required int ByteSize { get; init; }

    /// <summary>Types declared inside this composite, in order.</summary>
    public required IReadOnlyList<SchemaType> Inline { get; init; }

    public override int Size => ByteSize;

    public bool IsVariable => Members.Any(m => m.Type is EncodedType { Length: 0 });

    /// <summary>An unsigned length and the bytes that it counts.</summary>
    public bool IsData =>
        IsCount("length")
        && Find("varData")?.Type is EncodedType { Length: 0, Primitive.Size: 1 } bytes
        && bytes.Presence != Presence.Constant;

    /// <summary>Whether the member is an unsigned number on the wire.</summary>
    public bool IsCount(string member) =>
        Find(member)?.Type is EncodedType { Length: 1, Primitive.IsUnsigned: true } number
        && number.Presence != Presence.Constant;

    public SchemaMember? Find(string name) => Members.FirstOrDefault(m => m.Name == name);
}

/// <summary>A root block or the block of a group entry, and what follows it.</summary>
internal abstract class SchemaBlock : SchemaNode
{
    public required int Id { get; init; }

    public required int BlockLength { get; init; }

    public required IReadOnlyList<SchemaMember> Fields { get; init; }

    public required IReadOnlyList<SchemaGroup> Groups { get; init; }

    public required IReadOnlyList<SchemaData> Data { get; init; }

    public bool IsFlat => Groups.Count == 0 && Data.Count == 0;
}

internal sealed class SchemaMessage : SchemaBlock
{
    public string Stem { get; set; } = "";
}

internal sealed class SchemaGroup : SchemaBlock
{
    public required CompositeType Dimension { get; init; }

    public SchemaMember BlockLengthMember => Dimension.Find("blockLength")!;

    public SchemaMember CountMember => Dimension.Find("numInGroup")!;
}

internal sealed class SchemaData : SchemaNode
{
    public required int Id { get; init; }

    public required CompositeType Type { get; init; }

    public SchemaMember LengthMember => Type.Find("length")!;

    public SchemaMember BytesMember => Type.Find("varData")!;
}

/// <summary>A whole schema, checked: emitters need no further validation.</summary>
internal sealed class MessageSchema
{
    public required string Package { get; init; }

    public required int Id { get; init; }

    public required int Version { get; init; }

    public required string SemanticVersion { get; init; }

    public required string Description { get; init; }

    public required bool BigEndian { get; init; }

    public required CompositeType Header { get; init; }

    /// <summary>What the header has besides the fields that the standard gives a meaning.</summary>
    public IEnumerable<SchemaMember> OwnHeaderFields => Header.Members.Where(
        m => m.Name is not (
            "blockLength" or "templateId" or "schemaId" or "version" or "numGroups" or "numVarDataFields"));

    /// <summary>Every declared type, inline ones after the composite that declares them.</summary>
    public required IReadOnlyList<SchemaType> Types { get; init; }

    public required IReadOnlyList<SchemaMessage> Messages { get; init; }
}
