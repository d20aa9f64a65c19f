using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// How fast the rings and the empty pipeline are. Run by name on a quiet machine:
/// <c>dotnet test tests/Core.Tests -c Release --filter RingSpeed</c>, with <c>DOTNET_TieredPGO=0</c> or not,
/// it says the same.
/// </summary>
[TestFixture]
[Explicit("measures, asserts nothing")]
internal sealed unsafe class RingSpeed
{
    // Short ones, so that some fall into a quiet moment of a busy machine: the best says what the code can
    // do, the median what the machine gave.
    private const int Runs = 40;

    [Test]
    public void One_producer_one_consumer([Values(8, 120)] int bytes, [Values(1, 16, 256)] int batch)
    {
        const int count = 2_000_000;
        double[] rates = [.. Enumerable.Range(0, Runs).Select(_ => Transfer(count / (bytes > 8 ? 4 : 1), bytes, batch))];
        Print($"1P1C, {bytes}-byte messages, commit every {batch}", rates, "M/s");
    }

    [Test]
    public void Ping_pong()
    {
        const int count = 20_000;
        double[] medians = [.. Enumerable.Range(0, Runs).Select(_ => RoundTrip(count))];
        Print("ping-pong, two rings, spinning, p50 of the round trip", medians, "ns");
    }

    [Test]
    public void Empty_pipeline([Values(1, 2)] int threads, [Values(WaitKind.Yielding, WaitKind.Backoff)] WaitKind wait)
    {
        const ulong count = 300_000;
        double[] rates = [.. Enumerable.Range(0, Runs).Select(_ => ThroughPipeline(count, threads, wait))];
        Print($"pipeline with an engine that does nothing, {threads} stage threads, {wait}, 128-byte commands", rates, "M/s");
    }

    private static void Print(string what, double[] values, string unit)
    {
        Array.Sort(values);
        TestContext.Out.WriteLine(
            $"{what}: lowest {values[0]:F1}, median {values[values.Length / 2]:F1}, highest {values[^1]:F1} {unit}");
    }

    private static double Transfer(int count, int bytes, int batch)
    {
        using RingMemory memory = RingMemory.CreatePrivate(RingKind.Commands, 1 << 20);
        var consumer = new CommandRingConsumer(memory);
        consumer.Reopen(RingStatus.Open);
        using CommandRingProducer producer = CommandRingProducer.Attach(memory);
        long started = Stopwatch.GetTimestamp();
        var writer = new Thread(() => Produce(producer, count, bytes, batch));
        Pin(0);
        writer.Start();
        long sum = Consume(consumer, count);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        writer.Join();
        Assert.That(sum, Is.EqualTo((long)count * (count - 1) / 2));
        return count / seconds / 1e6;
    }

    private static void Produce(CommandRingProducer producer, int count, int bytes, int batch)
    {
        Pin(1);
        int pending = 0;
        for (long i = 0; i < count; i++)
        {
            byte* message;
            while (!producer.TryClaim(bytes, out message))
            {
                producer.Commit();
                Thread.SpinWait(1);
            }

            *(long*)message = i;
            if (++pending >= batch)
            {
                producer.Commit();
                pending = 0;
            }
        }

        producer.Commit();
    }

    private static long Consume(CommandRingConsumer consumer, int count)
    {
        long sum = 0;
        int seen = 0;
        while (seen < count)
        {
            if (!consumer.Refresh())
            {
                // A reader that looks without a pause takes the tail's line away before the writer can fill it.
                Thread.SpinWait(16);
                continue;
            }

            // As the sequencer does: a bounded batch, then the room goes back.
            for (int i = 0; i < 256 && consumer.TryPeek(out byte* message, out _); i++)
            {
                sum += *(long*)message;
                consumer.Advance();
                seen++;
            }

            consumer.Release();
        }

        return sum;
    }

    private static double RoundTrip(int count)
    {
        using RingMemory there = RingMemory.CreatePrivate(RingKind.Commands, 64 << 10);
        using RingMemory back = RingMemory.CreatePrivate(RingKind.Commands, 64 << 10);
        var far = new CommandRingConsumer(there);
        far.Reopen(RingStatus.Open);
        var near = new CommandRingConsumer(back);
        near.Reopen(RingStatus.Open);
        using CommandRingProducer ping = CommandRingProducer.Attach(there);
        using CommandRingProducer pong = CommandRingProducer.Attach(back);
        var echo = new Thread(() =>
        {
            Pin(1);
            for (int i = 0; i < count; i++)
            {
                Take(far);
                pong.TryClaim(8, out byte* message);
                *(long*)message = i;
                pong.Commit();
            }
        });
        Pin(0);
        echo.Start();
        long[] times = new long[count];
        for (int i = 0; i < count; i++)
        {
            long started = Stopwatch.GetTimestamp();
            ping.TryClaim(8, out byte* message);
            *(long*)message = i;
            ping.Commit();
            Take(near);
            times[i] = Stopwatch.GetTimestamp() - started;
        }

        echo.Join();
        Array.Sort(times);
        return times[count / 2] * 1e9 / Stopwatch.Frequency;
    }

    private static void Take(CommandRingConsumer ring)
    {
        while (!ring.Refresh())
        {
        }

        ring.TryPeek(out _, out _);
        ring.Advance();
        ring.Release();
    }

    private static double ThroughPipeline(ulong count, int threads, WaitKind wait)
    {
        using EventRing events = EventRing.Create(16 << 20, shared: false);
        var engine = new IdleEngine(events.Stream);
        using var line = VenuePipeline.Create(new IdleHandler(engine), events, default(SystemClock), new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(threads), Wait = wait,
        });
        line.Start();
        byte[] message = new byte[128];
        TestCommand.Write(message, 0, 1);
        long started = Stopwatch.GetTimestamp();
        CommandRingProducer venue = line.Venue;
        int pending = 0;
        for (ulong i = 0; i < count; i++)
        {
            byte* target;
            while (!venue.TryClaim(message.Length, out target))
            {
                venue.Commit();
                Thread.Yield();
            }

            message.CopyTo(new Span<byte>(target, message.Length));
            if (++pending == 16)
            {
                venue.Commit();
                pending = 0;
            }
        }

        venue.Commit();
        while (events.ReleasedSequence < count + 1)
        {
            Thread.Yield();
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        line.Stop(5000);
        return count / seconds / 1e6;
    }

    private static void Pin(int cpu)
    {
        if (Environment.ProcessorCount > 1)
        {
            Kernel.PinTo(cpu);
        }
    }

    /// <summary>One event for each command, nothing else.</summary>
    private sealed class IdleEngine(EventStream events)
    {
        public EventStream Events => events;

        public ulong LastSequence { get; private set; }

        public byte* Apply(byte* record, byte* end)
        {
            for (; record < end && events.Position + 4096 <= events.Limit; record += SequencedCommand.RecordBytes(record))
            {
                LastSequence = SequencedCommand.SequenceOf(record);
                byte* frame = events.Claim(96);
                *(ulong*)(frame + 24) = LastSequence;
                *(ulong*)(frame + 16) = 1UL << 48;
            }

            return record;
        }
    }

    private readonly struct IdleHandler(IdleEngine engine) : ICommandHandler
    {
        public EventStream Events => engine.Events;

        public long MaxEventBytesPerCommand => 4096;

        public long RoomToStartBytes => 4096;

        public EngineLimits Limits { get; } = new();

        public ulong LastSequence => engine.LastSequence;

        public long LastTimestampNs => 0;

        public long AppliedPosition => engine.Events.Position;

        public long NextDeadlineNs => long.MaxValue;

        public ulong EventDigest => 0;

        public byte* ApplyRecords(byte* records, byte* end) => engine.Apply(records, end);
    }
}
