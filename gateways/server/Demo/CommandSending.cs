using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;

namespace HftEngine.Server.Demo;

/// <summary>Writes SBE commands into a ring; waits a while when it is full.</summary>
internal static class CommandSending
{
    // A pipeline that takes nothing for so long has halted or is being stopped.
    private const int PatienceMs = 2000;

    /// <returns>False: the ring did not take it.</returns>
    public static bool Send<TBlock>(this CommandRingProducer ring, MessageHeader header, in TBlock block)
        where TBlock : unmanaged
    {
        int bytes = MessageHeader.Size + Unsafe.SizeOf<TBlock>();
        Span<byte> message;
        for (int waitedMs = 0; !ring.TryClaim(bytes, out message); waitedMs++)
        {
            if (waitedMs >= PatienceMs || ring.Status is not (RingStatus.Open or RingStatus.Starting))
            {
                return false;
            }

            Thread.Sleep(1);
        }

        MemoryMarshal.Write(message, in header);
        MemoryMarshal.Write(message[MessageHeader.Size..], in block);
        ring.Commit();
        return true;
    }
}
