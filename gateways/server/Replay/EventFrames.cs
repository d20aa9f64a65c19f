using System;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

/// <summary>Takes events as they come out of the engine.</summary>
internal interface IEventConsumer
{
    /// <param name="templateId">Which message.</param>
    /// <param name="block">Its root block, envelope first.</param>
    void OnEvent(ushort templateId, ReadOnlySpan<byte> block);
}

/// <summary>Walks frames as they stand in an event stream.</summary>
internal static class EventFrames
{
    /// <summary>Hands the messages of whole frames to the consumer; padding frames are passed over.</summary>
    public static void Walk<TConsumer>(ReadOnlySpan<byte> frames, TConsumer consumer)
        where TConsumer : IEventConsumer
    {
        while (frames.Length >= EventStream.FrameHeaderBytes)
        {
            int length = MemoryMarshal.Read<int>(frames);
            ushort kind = MemoryMarshal.Read<ushort>(frames[sizeof(int)..]);
            if (kind == EventStream.MessageKind)
            {
                ReadOnlySpan<byte> message = frames[EventStream.FrameHeaderBytes..length];
                MessageHeader header = MemoryMarshal.Read<MessageHeader>(message);
                consumer.OnEvent(header.TemplateId, message.Slice(MessageHeader.Size, header.BlockLength));
            }

            frames = frames[length..];
        }
    }
}
