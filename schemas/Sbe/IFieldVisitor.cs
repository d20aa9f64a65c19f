using System;
using System.Text;

namespace HftEngine.Schemas.Sbe;

/// <summary>
/// Receives a message field by field, in the schema's order and under the schema's names. The elements of an
/// array come between <see cref="BeginArray"/> and <see cref="EndArray"/> with an empty name.
/// </summary>
public interface IFieldVisitor
{
    void BeginMessage(string name, int templateId, int version);

    void EndMessage();

    void BeginComposite(string name);

    void EndComposite();

    void BeginGroup(string name, int count);

    void BeginEntry();

    void EndEntry();

    void EndGroup();

    void BeginArray(string name, int length);

    void EndArray();

    /// <summary>The null value, or a field that the message's version does not have.</summary>
    void Null(string name);

    void Integer(string name, long value);

    void Unsigned(string name, ulong value);

    void Real(string name, float value);

    void Real(string name, double value);

    /// <summary>Characters; those of a fixed length end at the first zero.</summary>
    void Text(string name, ReadOnlySpan<byte> characters, Encoding encoding);

    void Bytes(string name, ReadOnlySpan<byte> bytes);

    /// <param name="symbol">The value's name; null when the schema does not name this value.</param>
    void Enum(string name, string? symbol, long value);

    /// <param name="symbols">Names of the bits that are set; a set bit without a name is left out.</param>
    void Set(string name, ReadOnlySpan<string> symbols, ulong bits);
}
