using System;
using System.Diagnostics;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// Stress of the memory orders between two threads, each with a variant that is broken on purpose and must be
/// caught.
/// </summary>
/// <remarks>
/// x86 keeps stores in order, so leaving a release store out would show nothing here: the compiler would have
/// to move it. The broken variants therefore do by hand what a weaker machine may do, they make the cursor
/// visible before the data. That proves that the checks see such an error; on ARM the same tests see it from
/// a missing barrier itself.
/// </remarks>
[TestFixture]
internal sealed unsafe class LitmusTests
{
    private const int Lap = 16 << 10;
    private const int Edge = 1024;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1.5);

    [Test]
    public void Every_message_that_the_tail_covers_is_whole()
    {
        (long messages, long torn) = RunRing(publishFirst: false, Duration);
        TestContext.Out.WriteLine($"{messages} messages");
        Assert.That(messages, Is.GreaterThan(1000));
        Assert.That(torn, Is.Zero);
    }

    [Test]
    public void A_tail_that_is_published_before_its_message_is_caught()
    {
        (long messages, long torn) = RunRing(publishFirst: true, TimeSpan.FromSeconds(10));
        TestContext.Out.WriteLine($"caught after {messages} messages");
        Assert.That(torn, Is.GreaterThan(0));
    }

    [Test]
    public void Every_event_that_a_reader_accepts_is_whole()
    {
        (long events, long torn, long laps) = RunReader(announceLate: false, Duration);
        TestContext.Out.WriteLine($"{events} events, {laps} laps");
        Assert.That(events, Is.GreaterThan(1000));
        Assert.That(laps, Is.GreaterThan(0), "the writer laps the reader all the time");
        Assert.That(torn, Is.Zero);
    }

    [Test]
    public void An_intent_that_is_raised_after_the_write_is_caught()
    {
        (long events, long torn, _) = RunReader(announceLate: true, TimeSpan.FromSeconds(10));
        TestContext.Out.WriteLine($"caught after {events} events");
        Assert.That(torn, Is.GreaterThan(0));
    }

    /// <summary>
    /// A producer and a consumer on one small ring, until the time is over or something torn is seen.
    /// </summary>
    private static (long Messages, long Torn) RunRing(bool publishFirst, TimeSpan duration)
    {
        using RingMemory memory = RingMemory.CreatePrivate(RingKind.Commands, 16 << 10);
        var consumer = new CommandRingConsumer(memory);
        consumer.Reopen(RingStatus.Open);
        using CommandRingProducer producer = CommandRingProducer.Attach(memory);
        bool stop = false;
        var writer = new Thread(() =>
        {
            for (ulong number = 1; !Volatile.Read(ref stop); number++)
            {
                if (!producer.TryClaim(TestCommand.LengthFor(number), out Span<byte> message))
                {
                    Thread.Yield();
                    number--;
                    continue;
                }

                if (publishFirst)
                {
                    producer.Commit();
                    if (number % 64 == 0)
                    {
                        // Without a pause the fault shows only when both threads happen to run at once.
                        Thread.Sleep(1);
                    }
                }

                TestCommand.Write(message, 1, number);
                producer.Commit();
            }
        });
        writer.Start();
        long torn = 0;
        long messages = 0;
        byte* copy = stackalloc byte[CommandRing.MaxMessageBytes];
        long start = Stopwatch.GetTimestamp();
        while (torn == 0
            && consumer.Fault == RingFault.None
            && GoesOn(Stopwatch.GetElapsedTime(start), duration, messages))
        {
            consumer.Refresh();
            while (consumer.TryPeek(out byte* message, out int bytes))
            {
                Buffer.MemoryCopy(message, copy, bytes, bytes);
                messages++;
                bool next = TestCommand.IsWhole(copy, bytes) && TestCommand.NumberOf(copy) == (ulong)messages;
                torn += next ? 0 : 1;
                consumer.Advance();
            }

            consumer.Release();
        }

        stop = true;
        writer.Join();
        return (messages, torn + (consumer.Fault == RingFault.None ? 0 : 1));
    }

    /// <summary>
    /// The time is over, and enough was seen: on a busy machine the two threads seldom run at once, so it takes longer.
    /// </summary>
    private static bool GoesOn(TimeSpan elapsed, TimeSpan duration, long events) =>
        elapsed < duration || (events <= 1000 && elapsed < TimeSpan.FromSeconds(60));

    /// <summary>
    /// A writer and a reader that meet at the lap's edge all the time: the writer stays about one lap ahead,
    /// and the reader reads just where the writer is about to write.
    /// </summary>
    private static (long Events, long Torn, long Laps) RunReader(bool announceLate, TimeSpan duration)
    {
        using EventRing ring = EventRing.Create(Lap, shared: false);
        using EventRingReader reader = ring.OpenReader();
        bool stop = false;
        var writer = new Thread(() => WriteWithoutEnd(ring, reader, announceLate, ref stop));
        writer.Start();
        byte[] buffer = new byte[4096];
        long events = 0, torn = 0, laps = 0;
        ulong last = 0;
        long start = Stopwatch.GetTimestamp();
        while (torn == 0 && GoesOn(Stopwatch.GetElapsedTime(start), duration, events))
        {
            if (reader.LagBytes < Lap - Edge)
            {
                Thread.Yield();
                continue;
            }

            EventRingRead read = TryRead(reader, buffer, out int bytes);
            if (read == EventRingRead.Lapped)
            {
                laps++;
                last = 0;
                reader.Rejoin(reader.RejoinPosition(), default(EventPosition));
            }

            events += Check(buffer.AsSpan(..bytes), ref last, ref torn);
            torn += read == EventRingRead.None ? 1 : 0;
        }

        stop = true;
        writer.Join();
        return (events, torn, laps);
    }

    /// <summary>
    /// None stands for a frame that is so torn that the reader itself refused it: there is always something
    /// to read.
    /// </summary>
    private static EventRingRead TryRead(EventRingReader reader, byte[] buffer, out int bytes)
    {
        try
        {
            return reader.Read(buffer, out bytes);
        }
        catch (InvariantException)
        {
            bytes = 0;
            return EventRingRead.None;
        }
    }

    /// <summary>Each event whole, and each the successor of the one before.</summary>
    private static long Check(Span<byte> frames, ref ulong last, ref long torn)
    {
        long events = 0;
        fixed (byte* first = frames)
        {
            for (int at = 0; at < frames.Length; at += *(int*)(first + at))
            {
                events++;
                ulong sequence = TestEvent.SequenceOf(first + at);
                bool follows = last == 0 || sequence == last + 1;
                torn += follows && TestEvent.IsWhole(first + at) ? 0 : 1;
                last = sequence;
            }
        }

        return events;
    }

    private static void WriteWithoutEnd(EventRing ring, EventRingReader reader, bool announceLate, ref bool stop)
    {
        byte* command = stackalloc byte[128];
        for (ulong sequence = 1; !Volatile.Read(ref stop); sequence++)
        {
            // In turns so far that the reader is just not lapped and so far that it is.
            long bound = (sequence & 256) == 0 ? Lap + Edge : Lap - (Edge / 2);
            while (ring.Stream.Position - reader.Position > bound && !Volatile.Read(ref stop))
            {
                Thread.Yield();
            }

            *(ulong*)(command + 16) = sequence;
            int frameBytes = TestEvent.FrameBytes(sequence, 0);
            long limit = ring.Stream.Position + 512;
            if (!announceLate)
            {
                ring.Announce(limit);
            }

            TestEvent.Write(ring.Stream.Claim(frameBytes), command, sequence, 0, last: true);
            ring.PublishApplied(ring.Stream.Position);
            ring.Release(ring.Stream.Position, sequence);

            // Every 16th only: the longer it is late the less depends on how the two threads are scheduled.
            if (announceLate && sequence % 16 == 0)
            {
                ring.Announce(limit);
            }
        }
    }
}
