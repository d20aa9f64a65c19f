using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>An event as it has to stand on the wire: message header and block, without the frame.</summary>
internal sealed class ReferenceEvent(byte[] message)
{
    public byte[] Message { get; } = message;

    public ushort TemplateId => MemoryMarshal.Read<MessageHeader>(Message).TemplateId;

    public EventEnvelope Envelope => MemoryMarshal.Read<EventEnvelope>(Message.AsSpan(MessageHeader.Size));

    /// <summary>Every block starts with its envelope, so the envelope is written over the block's first bytes.</summary>
    public static ReferenceEvent From<T>(T block, in EventEnvelope envelope)
        where T : unmanaged
    {
        Unsafe.As<T, EventEnvelope>(ref block) = envelope;
        return new ReferenceEvent(WireMessage.Encode(block));
    }

    public T As<T>()
        where T : unmanaged => WireMessage.Decode<T>(Message);

    public bool Is<T>()
        where T : unmanaged => TemplateId == WireLayout<T>.TemplateId;

    public void MarkLast() => Message[MessageHeader.Size + 6] |= 1;

    public override string ToString() => WireText.Describe(Message);
}
