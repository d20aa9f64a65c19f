using System;
using System.Collections.Generic;

namespace HftEngine.Schemas.Generator;

/// <summary>The C# files of a schema.</summary>
internal sealed class SchemaEmitter
{
    private readonly MessageSchema _schema;
    private readonly string _namespace;
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    public SchemaEmitter(MessageSchema schema, string schemaNamespace)
    {
        _schema = schema;
        _namespace = schemaNamespace;
    }

    /// <summary>File name to contents.</summary>
    public IReadOnlyDictionary<string, string> Emit()
    {
        NameAssignment.Assign(_schema);
        foreach (SchemaType type in _schema.Types)
        {
            EmitType(type);
        }

        foreach (SchemaMessage message in _schema.Messages)
        {
            if (WireStructEmitter.Has(_schema, message))
            {
                Emit(message.Stem + "Block", w => new WireStructEmitter(w, _schema).Block(message));
            }

            Emit(message.Stem + "Decoder", w => new MessageDecoderEmitter(w, _schema).Emit(message));
            Emit(message.Stem + "Encoder", w => new MessageEncoderEmitter(w, _schema).Emit(message));
        }

        Emit("SchemaIndex", w => new IndexEmitter(w, _schema).Emit());
        return _files;
    }

    private void EmitType(SchemaType type)
    {
        switch (type)
        {
            case EnumType e:
                Emit(e.Stem, w => SymbolEmitter.Enum(w, e));
                Emit(e.Stem + "Symbols", w => SymbolNamesEmitter.Enum(w, e));
                break;
            case SetType s:
                Emit(s.Stem, w => SymbolEmitter.Set(w, s));
                Emit(s.Stem + "Symbols", w => SymbolNamesEmitter.Set(w, s));
                break;
            case CompositeType { IsData: true } c:
                Emit(c.Stem, w => DataEmitter.Class(w, _schema, c));
                break;
            case CompositeType { IsVariable: false } c:
                EmitComposite(c);
                break;
            case EncodedType { Stem.Length: > 0 } a when !_schema.BigEndian:
                Emit(a.Stem, w => ArrayEmitter.Struct(w, a));
                break;
        }
    }

    private void EmitComposite(CompositeType type)
    {
        if (WireStructEmitter.Has(_schema, type))
        {
            Emit(type.Stem, w => new WireStructEmitter(w, _schema).Composite(type));
        }

        Emit(type.Stem + "Decoder", w => new CompositeEmitter(w, _schema).Decoder(type));
        Emit(type.Stem + "Encoder", w => new CompositeEmitter(w, _schema).Encoder(type));
    }

    private void Emit(string name, Action<CodeWriter> write)
    {
        CodeWriter writer = new(_namespace);
        write(writer);
        _files.Add(name + ".g.cs", writer.ToString());
    }
}
