using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;

namespace HftEngine.Server.Demo;

/// <summary>Writes SBE commands into a ring; waits while it is full.</summary>
internal static class CommandSending
{
    public static void Send<TBlock>(this CommandRingProducer ring, MessageHeader header, in TBlock block)
        where TBlock : unmanaged
    {
        int bytes = MessageHeader.Size + Unsafe.SizeOf<TBlock>();
        Span<byte> message;
        while (!ring.TryClaim(bytes, out message))
        {
            if (ring.Status is not (RingStatus.Open or RingStatus.Starting))
            {
                return;
            }

            Thread.Sleep(1);
        }

        MemoryMarshal.Write(message, in header);
        MemoryMarshal.Write(message[MessageHeader.Size..], in block);
        ring.Commit();
    }
}
