using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Text;
using HftEngine.Schemas;
using HftEngine.Schemas.Sbe;

namespace HftEngine.Journal;

/// <summary>Writes sequenced messages as JSON lines, decoded field by field through the schema.</summary>
internal sealed class RecordJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly JsonFieldVisitor _visitor;

    public RecordJson() => _visitor = new JsonFieldVisitor(_buffer, isTitled: false);

    public void Dispose() => _visitor.Dispose();

    /// <summary>One command: {"epoch","sequence","timestampNs","type","fields"}.</summary>
    public void WriteCommand(TextWriter output, ReadOnlySpan<byte> message)
    {
        ulong sequence = BitConverter.ToUInt64(message[16..]);
        Write(output, message, sequence, string.Empty);
    }

    /// <summary>One event: as a command, with its index.</summary>
    public void WriteEvent(TextWriter output, ReadOnlySpan<byte> message)
    {
        ulong sequence = BitConverter.ToUInt64(message[16..]);
        uint index = BitConverter.ToUInt32(message[64..]);
        Write(output, message, sequence, string.Create(CultureInfo.InvariantCulture, $",\"index\":{index}"));
    }

    private void Write(TextWriter output, ReadOnlySpan<byte> message, ulong sequence, string more)
    {
        uint epoch = BitConverter.ToUInt32(message[8..]);
        long timestampNs = BitConverter.ToInt64(message[24..]);
        ushort template = BitConverter.ToUInt16(message[2..]);
        string type = SchemaIndex.NameOf(template) ?? template.ToString(CultureInfo.InvariantCulture);
        output.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"epoch\":{epoch},\"sequence\":{sequence}{more},\"timestampNs\":{timestampNs},"));
        output.Write($"\"type\":\"{type}\",\"fields\":");
        output.Write(Fields(message));
        output.Write("}\n");
    }

    private string Fields(ReadOnlySpan<byte> message)
    {
        _buffer.ResetWrittenCount();
        try
        {
            _ = SchemaIndex.Visit(message, _visitor);
            return Encoding.UTF8.GetString(_buffer.WrittenSpan);
        }
        catch (SbeException)
        {
            // A command that the schema cannot read is sequenced all the same; the core rejects it.
            return $"{{\"bytes\":\"{Convert.ToHexStringLower(message)}\"}}";
        }
    }
}
