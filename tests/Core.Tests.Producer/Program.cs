using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Tests.Pipeline;

// The other process of the pipeline's tests: a gateway that produces, reads, or misbehaves.
//   send   RING SENDER FROM COUNT     sends numbered commands; COUNT 0 = until it is killed
//   break  RING SEED                  writes random bytes over everything that it can write
//   read   EVENTS UNTIL DELAY_US      reads events up to a sequence; prints events, torn, gaps, laps
//   tape   RING FILE                 sends messages from a file, each behind its length
//   echo   RING SENDER EVENTS COUNT   sends one command at a time and waits for its event; prints nanoseconds
// A test run that is killed must not leave a producer behind that spins for ever.
int parent = Parent.Id();
new Thread(() =>
{
    while (Parent.Id() == parent)
    {
        Thread.Sleep(500);
    }

    Environment.Exit(4);
}) { IsBackground = true }.Start();

return args[0] switch
{
    "send" => Send(args[1], ushort.Parse(args[2], CultureInfo.InvariantCulture),
        ulong.Parse(args[3], CultureInfo.InvariantCulture), ulong.Parse(args[4], CultureInfo.InvariantCulture)),
    "tape" => Tape(args[1], args[2]),
    "break" => Break(args[1], int.Parse(args[2], CultureInfo.InvariantCulture)),
    "read" => Read(args[1], ulong.Parse(args[2], CultureInfo.InvariantCulture),
        int.Parse(args[3], CultureInfo.InvariantCulture)),
    "echo" => Echo(args[1], ushort.Parse(args[2], CultureInfo.InvariantCulture), args[3],
        int.Parse(args[4], CultureInfo.InvariantCulture)),
    _ => 2,
};

static int Send(string path, ushort sender, ulong from, ulong count)
{
    using CommandRingProducer ring = CommandRingProducer.Open(path);
    Console.WriteLine("attached");
    var random = new Random((int)from);
    int left = 0;
    for (ulong number = from; count == 0 || number < from + count; number++)
    {
        Span<byte> message;
        while (!ring.TryClaim(TestCommand.LengthFor(number), out message))
        {
            ring.Commit();
            ring.Beat();
            if (ring.Status is RingStatus.Lost or RingStatus.Halted or RingStatus.Closed)
            {
                Console.WriteLine(ring.Status);
                return 3;
            }

            Thread.Yield();
        }

        TestCommand.Write(message, sender, number);
        if (left-- <= 0)
        {
            ring.Commit();
            left = random.Next(20);
        }
    }

    ring.Commit();
    return 0;
}

static int Tape(string path, string tape)
{
    using CommandRingProducer ring = CommandRingProducer.Open(path);
    ReadOnlySpan<byte> bytes = File.ReadAllBytes(tape);
    while (!bytes.IsEmpty)
    {
        int length = BitConverter.ToInt32(bytes);
        while (!ring.TrySend(bytes.Slice(sizeof(int), length)))
        {
            if (ring.Status != RingStatus.Open)
            {
                return 3;
            }

            Thread.Yield();
        }

        bytes = bytes[(sizeof(int) + length)..];
    }

    return 0;
}

static unsafe int Break(string path, int seed)
{
    using RingMemory memory = RingMemory.Open(path, RingKind.Commands, writable: true);
    using CommandRingProducer ring = CommandRingProducer.Attach(memory);
    Console.WriteLine("attached");
    var random = new Random(seed);
    byte[] noise = new byte[64];
    while (true)
    {
        for (int i = 0; i < 1000; i++)
        {
            random.NextBytes(noise);
            long offset = random.Next(4) switch
            {
                0 => random.Next(RingMemory.ControlBytes - noise.Length),
                1 => 768,
                _ => RingMemory.ControlBytes + random.NextInt64(memory.CapacityBytes - noise.Length),
            };
            int length = random.Next(1, noise.Length);
            if (random.Next(2) == 0)
            {
                // A tail that may pass: the tag of a generation that may be the present one, and a small
                // position.
                CommandRingControl* control = (CommandRingControl*)memory.Control;
                control->Tail = CommandRing.TailWord(CommandRing.TailTag(random.Next(1, 24)), random.Next(1 << 15));
            }
            else
            {
                noise.AsSpan(..length).CopyTo(new Span<byte>(memory.Control + offset, length));
            }
        }

        Thread.Yield();
    }
}

static unsafe int Read(string path, ulong until, int delayUs)
{
    using EventRingReader reader = EventRingReader.Open(path);
    Console.WriteLine("attached");
    byte[] buffer = new byte[16 << 10];
    long events = 0, torn = 0, gaps = 0, laps = 0;
    ulong last = 0;
    bool fresh = true;
    long started = Stopwatch.GetTimestamp();
    while (last < until && (reader.HasNews || reader.ReleasedSequence < until)
        && Stopwatch.GetElapsedTime(started).TotalSeconds < 60)
    {
        EventRingRead read = reader.Read(buffer, out int bytes);
        if (read == EventRingRead.Lapped)
        {
            laps++;
            fresh = true;
            reader.Rejoin(reader.RejoinPosition(), reader.Last);
            continue;
        }

        fixed (byte* start = buffer)
        {
            for (int at = 0; at < bytes; at += *(int*)(start + at))
            {
                events++;
                torn += TestEvent.IsWhole(start + at) ? 0 : 1;
                ulong sequence = TestEvent.SequenceOf(start + at);
                gaps += fresh || sequence == last || sequence == last + 1 ? 0 : 1;
                fresh = false;
                last = sequence;
            }
        }

        if (bytes == 0)
        {
            Thread.Yield();
        }
        else if (delayUs > 0)
        {
            long from = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(from).TotalMicroseconds < delayUs)
            {
                Thread.SpinWait(10);
            }
        }
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{events} {torn} {gaps} {laps} {last}"));
    return 0;
}

static int Echo(string path, ushort sender, string eventsPath, int count)
{
    using CommandRingProducer ring = CommandRingProducer.Open(path);
    using EventRingReader reader = EventRingReader.Open(eventsPath);
    byte[] buffer = new byte[16 << 10];
    long[] times = new long[count];
    for (int i = 0; i < count; i++)
    {
        long started = Stopwatch.GetTimestamp();
        int bytes = TestCommand.LengthFor((ulong)i + 1);
        Span<byte> message;
        while (!ring.TryClaim(bytes, out message))
        {
            Thread.Yield();
        }

        TestCommand.Write(message, sender, (ulong)i + 1);
        ring.Commit();
        while (reader.Read(buffer, out bytes) != EventRingRead.Events)
        {
            ring.WaitForEvents(reader, 1_000_000);
        }

        times[i] = Stopwatch.GetElapsedTime(started).Ticks * 100;
    }

    Array.Sort(times);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{times[count / 2]} {times[count * 99 / 100]}"));
    return 0;
}

internal static partial class Parent
{
    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int Id();
}
