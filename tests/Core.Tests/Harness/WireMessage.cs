using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Blocks to messages (header and block) and back.</summary>
internal static class WireMessage
{
    public const int EnvelopeOffset = MessageHeader.Size;

    public static byte[] Encode<T>(in T block)
        where T : unmanaged
    {
        byte[] message = new byte[MessageHeader.Size + Unsafe.SizeOf<T>()];
        MessageHeader header = new()
        {
            BlockLength = (ushort)Unsafe.SizeOf<T>(),
            TemplateId = WireLayout<T>.TemplateId,
            SchemaId = 1,
            Version = 0,
        };
        MemoryMarshal.Write(message, header);
        MemoryMarshal.Write(message.AsSpan(MessageHeader.Size), block);
        return message;
    }

    public static T Decode<T>(ReadOnlySpan<byte> message)
        where T : unmanaged => MemoryMarshal.Read<T>(message[MessageHeader.Size..]);

    public static ushort TemplateId(ReadOnlySpan<byte> message) =>
        message.Length < MessageHeader.Size ? (ushort)0 : MemoryMarshal.Read<MessageHeader>(message).TemplateId;

    /// <summary>Stamps what the sequencer stamps; as far as the message reaches.</summary>
    public static void Stamp(Span<byte> message, uint epoch, ulong sequence, long timestampNs)
    {
        if (message.Length < EnvelopeOffset + CommandEnvelope.Size)
        {
            return;
        }

        ref CommandEnvelope envelope = ref MemoryMarshal.AsRef<CommandEnvelope>(message[EnvelopeOffset..]);
        envelope.Epoch = epoch;
        envelope.Sequence = sequence;
        envelope.TimestampNs = timestampNs;
    }
}

/// <summary>What the generated block says of its own layout.</summary>
internal static class WireLayout<T>
    where T : unmanaged
{
    public static readonly ushort TemplateId = (ushort)typeof(T)
        .GetField("TemplateId", BindingFlags.Public | BindingFlags.Static)!.GetRawConstantValue()!;
}
