using System;
using System.Diagnostics;
using System.Threading;
using HftEngine.Core.Pipeline;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>A pipeline around the stub engine, as a test wants it.</summary>
internal sealed class Venue : IDisposable
{
    public Venue(PipelineOptions options, long eventRingBytes = 1 << 20, bool sharedEvents = false, bool systemClock = false)
    {
        Events = EventRing.Create(eventRingBytes, sharedEvents);
        Engine = new StubEngine(Events.Stream);
        Line = systemClock
            ? VenuePipeline.Create(new StubHandler(Engine), Events, default(SystemClock), options)
            : VenuePipeline.Create(new StubHandler(Engine), Events, default(FixedClock), options);
    }

    public EventRing Events { get; }

    public StubEngine Engine { get; }

    public VenuePipeline Line { get; }

    public static void WaitFor(Func<bool> condition, string what, int timeoutMs = 20_000)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > timeoutMs)
            {
                throw new TimeoutException($"Not within {timeoutMs} ms: {what}");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>
    /// Sends numbered commands from <paramref name="from"/> up to and including <paramref name="to"/>.
    /// </summary>
    public static void Send(CommandRingProducer ring, ushort sender, ulong from, ulong to, int batch = 1)
    {
        int pending = 0;
        for (ulong number = from; number <= to; number++)
        {
            Span<byte> message;
            while (!ring.TryClaim(TestCommand.LengthFor(number), out message))
            {
                ring.Commit();
                pending = 0;
                if (ring.Status != RingStatus.Open)
                {
                    throw new InvalidOperationException($"The ring is {ring.Status}.");
                }

                Thread.Yield();
            }

            TestCommand.Write(message, sender, number);
            if (++pending == batch)
            {
                ring.Commit();
                pending = 0;
            }
        }

        ring.Commit();
    }

    public void Dispose()
    {
        Line.Dispose();
        Events.Dispose();
    }
}
