using System;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>Writes one message of a warm-up; answers its length.</summary>
/// <param name="index">
/// 0, 1, 2 …: what must come first (currencies, instruments, accounts) comes first.
/// </param>
/// <param name="message">At least <see cref="CommandRing.MaxMessageBytes"/> long.</param>
public delegate int WarmUpCommand(long index, Span<byte> message);

/// <summary>
/// Runs a throw-away engine inside a throw-away pipeline, on the calling thread, until the code of every
/// stage is compiled as far as it will be. Call it before the real pipeline starts; nothing of it reaches a
/// journal.
/// </summary>
public static class PipelineWarmUp
{
    // The runtime compiles a hot method anew in the background after it was called 30 times and a tenth of a
    // second went by without new methods; several rounds of that pass before the inner loops have arrived.
    private const long EventRingCommands = 4;
    private const int RoundsPerLook = 64;

    /// <param name="make">Makes the throw-away engine over the given stream.</param>
    /// <param name="clock">As the real pipeline's, so that the same code is compiled.</param>
    /// <param name="command">The messages; ordinary order flow serves best.</param>
    /// <param name="maxEventBytesPerCommand">Of that engine.</param>
    /// <param name="durationMs">
    /// How long; with tiered compilation switched off a tenth of a second is plenty.
    /// </param>
    /// <returns>How many commands ran.</returns>
    public static ulong Run<TEngine, TClock>(
        Func<EventStream, TEngine> make, TClock clock, WarmUpCommand command, long maxEventBytesPerCommand, int durationMs)
        where TEngine : struct, ICommandHandler
        where TClock : struct, IClock
    {
        Kernel.Prepare();
        long ringBytes = (long)System.Numerics.BitOperations.RoundUpToPowerOf2(
            (ulong)(EventRingCommands * maxEventBytesPerCommand));
        using EventRing events = EventRing.Create(ringBytes, shared: false);
        TEngine engine = make(events.Stream);
        PipelineParts parts = PipelineParts.Make(
            engine, events, clock, new PipelineOptions { Layout = PipelineLayout.Unpinned(1) });
        using EventRingReader reader = events.OpenReader();
        CommandRingProducer producer = CommandRingProducer.Attach(parts.Rings[0].Memory);
        parts.Sequencer.OpenRings();
        try
        {
            Drive(parts, producer, reader, command, durationMs);
            if (parts.Halt.Report is { } report)
            {
                throw new InvalidOperationException($"The warm-up failed at command {report.Sequence}.", report.Cause);
            }

            return parts.Cursors.Applied;
        }
        finally
        {
            producer.Dispose();
            parts.Dispose();
        }
    }

    private static void Drive(
        PipelineParts parts, CommandRingProducer producer, EventRingReader reader, WarmUpCommand command, int durationMs)
    {
        byte[] message = new byte[CommandRing.MaxMessageBytes];
        byte[] frames = new byte[64 * 1024];
        long untilNs = Kernel.MonotonicNs() + (durationMs * 1_000_000L);
        long index = 0;
        int pending = command(index++, message);
        while (Kernel.MonotonicNs() < untilNs && !parts.Halt.IsHalted)
        {
            for (int i = 0; i < RoundsPerLook; i++)
            {
                while (producer.TrySend(message.AsSpan(0, pending)))
                {
                    pending = command(index++, message);
                }

                _ = parts.Threads[0].Round();
                if (reader.Read(frames, out _) == EventRingRead.Lapped)
                {
                    reader.Rejoin(reader.RejoinPosition(), reader.Last);
                }
            }

            // Time for the background compiler on a machine with one processor.
            Thread.Sleep(0);
        }
    }
}
