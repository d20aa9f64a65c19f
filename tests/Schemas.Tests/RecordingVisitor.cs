using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using HftEngine.Schemas.Sbe;

namespace Schemas.Tests;

/// <summary>One line per callback, to compare with what was written.</summary>
public sealed class RecordingVisitor : IFieldVisitor
{
    public List<string> Lines { get; } = [];

    /// <summary>Values by their path: group entries are numbered.</summary>
    public string this[string name] =>
        Lines.Single(l => l.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public void BeginMessage(string name, int templateId, int version) =>
        Lines.Add($"<{name} {templateId} v{version}>");

    public void EndMessage() => Lines.Add("</>");

    public void BeginComposite(string name) => Lines.Add($"{name}(");

    public void EndComposite() => Lines.Add(")");

    public void BeginGroup(string name, int count) => Lines.Add($"{name}[{count}");

    public void BeginEntry() => Lines.Add("{");

    public void EndEntry() => Lines.Add("}");

    public void EndGroup() => Lines.Add("]");

    public void BeginArray(string name, int length) => Lines.Add($"{name}[{length}");

    public void EndArray() => Lines.Add("]");

    public void Null(string name) => Lines.Add($"{name}=null");

    public void Integer(string name, long value) =>
        Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));

    public void Unsigned(string name, ulong value) =>
        Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));

    public void Real(string name, float value) =>
        Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));

    public void Real(string name, double value) =>
        Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));

    public void Text(string name, ReadOnlySpan<byte> characters, Encoding encoding) =>
        Lines.Add($"{name}={Hex(characters)}");

    public void Bytes(string name, ReadOnlySpan<byte> bytes) => Lines.Add($"{name}={Hex(bytes)}");

    public void Enum(string name, string? symbol, long value) =>
        Lines.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}={symbol ?? value.ToString(CultureInfo.InvariantCulture)}"));

    public void Set(string name, ReadOnlySpan<string> symbols, ulong bits) =>
        Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={bits}"));
}
