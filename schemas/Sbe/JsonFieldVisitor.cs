using System;
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HftEngine.Schemas.Sbe;

/// <summary>
/// Writes each message as one JSON object: composites as objects, groups as arrays of objects, sets as arrays
/// of names, bytes in hexadecimal. Two messages are separated by whoever calls.
/// </summary>
public sealed class JsonFieldVisitor : IFieldVisitor, IDisposable
{
    private static readonly JsonWriterOptions Options = new()
    {
        // Text goes to terminals and files, not into HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // A schema decides about names; two of them alike are its affair.
        SkipValidation = true,
    };

    private readonly Utf8JsonWriter _json;
    private readonly bool _isTitled;

    /// <param name="output">Where the text goes.</param>
    /// <param name="isTitled">The object begins with the message's name, template and version.</param>
    public JsonFieldVisitor(IBufferWriter<byte> output, bool isTitled = true)
    {
        _json = new Utf8JsonWriter(output, Options);
        _isTitled = isTitled;
    }

    public void Dispose() => _json.Dispose();

    public void BeginMessage(string name, int templateId, int version)
    {
        _json.Reset();
        _json.WriteStartObject();
        if (_isTitled)
        {
            _json.WriteString("message", name);
            _json.WriteNumber("templateId", templateId);
            _json.WriteNumber("version", version);
        }
    }

    public void EndMessage()
    {
        _json.WriteEndObject();
        _json.Flush();
    }

    public void BeginComposite(string name)
    {
        Name(name);
        _json.WriteStartObject();
    }

    public void EndComposite() => _json.WriteEndObject();

    public void BeginGroup(string name, int count) => BeginArray(name, count);

    public void BeginEntry() => _json.WriteStartObject();

    public void EndEntry() => _json.WriteEndObject();

    public void EndGroup() => _json.WriteEndArray();

    public void BeginArray(string name, int length)
    {
        Name(name);
        _json.WriteStartArray();
    }

    public void EndArray() => _json.WriteEndArray();

    public void Null(string name)
    {
        Name(name);
        _json.WriteNullValue();
    }

    public void Integer(string name, long value)
    {
        Name(name);
        _json.WriteNumberValue(value);
    }

    public void Unsigned(string name, ulong value)
    {
        Name(name);
        _json.WriteNumberValue(value);
    }

    public void Real(string name, float value)
    {
        Name(name);
        if (float.IsFinite(value))
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            _json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void Real(string name, double value)
    {
        Name(name);
        if (double.IsFinite(value))
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            _json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    public void Text(string name, ReadOnlySpan<byte> characters, Encoding encoding)
    {
        Name(name);
        _json.WriteStringValue(encoding.GetString(characters));
    }

    public void Bytes(string name, ReadOnlySpan<byte> bytes)
    {
        Name(name);
        _json.WriteStringValue(Convert.ToHexStringLower(bytes));
    }

    public void Enum(string name, string? symbol, long value)
    {
        Name(name);
        if (symbol is null)
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            _json.WriteStringValue(symbol);
        }
    }

    public void Set(string name, ReadOnlySpan<string> symbols, ulong bits)
    {
        Name(name);
        _json.WriteStartArray();
        foreach (string symbol in symbols)
        {
            _json.WriteStringValue(symbol);
        }

        _json.WriteEndArray();
    }

    private void Name(string name)
    {
        if (name.Length > 0)
        {
            _json.WritePropertyName(name);
        }
    }
}
