using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Readers;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class ImageTests
{
    private static readonly JournalOptions Options = Venue.Small with { EventSegmentBytes = 128 << 10 };

    [Test]
    public void A_reader_killed_anywhere_starts_again_with_nothing_lost_or_doubled()
    {
        int seed = 4711;
        var random = new Random(seed);
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        var images = new ImageStore(storage, venue.Journal.JournalId);
        images.Write(default, static _ => { });
        for (int round = 0; round < 400; round++)
        {
            venue.Run(1 + random.Next(30));
            if (random.Next(10) == 0)
            {
                ulong sum = SumUpTo(venue.Sequencer.LastSequence);
                images.Write(venue.Events.Last, sink => sink(ImageFrame(venue.Events.Last, sum)));
                venue.Events.Retain(images.Retain(2));
            }

            if (round % 5 == 0)
            {
                // Each reader lives for some reads only; what it had in memory is gone with it.
                Assert.That(ReadFromImage(images, venue.Events, random), Is.EqualTo(SumUpTo(venue.Sequencer.LastSequence)), $"seed {seed} round {round}");
            }
        }

        Assert.That(storage.List(), Has.None.EqualTo(FileNames.Events(1)), "old events went with the images that needed them");
    }

    [Test]
    public void A_damaged_image_is_passed_over_and_an_unfinished_one_has_no_name()
    {
        var storage = new SimulatedStorage();
        var images = new ImageStore(storage, 77);
        var older = new EventPosition(1, 10, uint.MaxValue);
        var newer = new EventPosition(1, 20, uint.MaxValue);
        images.Write(older, sink => sink(ImageFrame(older, 5)));
        images.Write(newer, sink => sink(ImageFrame(newer, 6)));
        int length = storage.Bytes(FileNames.Image(1, 20)).Length;
        for (int bit = 0; bit < length * 8; bit += bit < 160 * 8 || bit > SegmentHeader.Size * 8 ? 1 : 501)
        {
            SimulatedStorage copy = storage.AfterKill();
            copy.Bytes(FileNames.Image(1, 20))[bit / 8] ^= (byte)(1 << (bit % 8));
            using IImage image = new ImageStore(copy, 77).OpenNewest();
            Assert.That(image.At, Is.EqualTo(older), $"bit {bit}");
        }

        Assert.That(
            () => images.Write(new EventPosition(1, 30, uint.MaxValue), static _ => throw new InvalidOperationException()),
            Throws.InvalidOperationException);
        using IImage newest = images.OpenNewest();
        Assert.That(newest.At, Is.EqualTo(newer));
        byte[] buffer = new byte[1024];
        Assert.That(newest.Read(buffer), Is.EqualTo(128));
        Assert.That(newest.Read(buffer), Is.Zero);
    }

    private static ulong ReadFromImage(ImageStore images, EventLog log, Random random)
    {
        while (true)
        {
            using IImage image = images.OpenNewest();
            ulong sum = 0;
            byte[] buffer = new byte[128 * (1 + random.Next(50))];
            int bytes;
            while ((bytes = image.Read(buffer)) > 0)
            {
                sum += MemoryMarshal.Read<ulong>(buffer.AsSpan(96));
                Assert.That(bytes, Is.EqualTo(128));
            }

            using IEventCursor cursor = log.OpenCursor(image.At.Sequence == 0 ? default : image.At);
            EventRead read;
            bool killed = false;
            while (!killed && (read = cursor.Read(buffer, out bytes)) != EventRead.None)
            {
                Assert.That(read, Is.EqualTo(EventRead.Events));
                sum += SumOf(buffer.AsSpan(0, bytes));
                killed = random.Next(200) == 0;
            }

            if (!killed)
            {
                return sum;
            }
        }
    }

    /// <summary>What a reader that missed nothing and doubled nothing has added up.</summary>
    private static ulong SumUpTo(ulong last)
    {
        ulong sum = 0;
        for (ulong sequence = 1; sequence <= last; sequence++)
        {
            for (int index = 0; index < StubEngine.EventsOf(sequence); index++)
            {
                sum += (sequence * 31) + (ulong)index;
            }
        }

        return sum;
    }

    private static ulong SumOf(ReadOnlySpan<byte> frames)
    {
        ulong sum = 0;
        while (!frames.IsEmpty)
        {
            sum += (MemoryMarshal.Read<ulong>(frames[24..]) * 31) + MemoryMarshal.Read<uint>(frames[72..]);
            frames = frames[MemoryMarshal.Read<int>(frames)..];
        }

        return sum;
    }

    internal static byte[] ImageFrame(EventPosition at, ulong sum)
    {
        byte[] frame = new byte[128];
        MemoryMarshal.Write(frame, 128);
        MemoryMarshal.Write(frame.AsSpan(16), at.Epoch);
        MemoryMarshal.Write(frame.AsSpan(24), at.Sequence);
        MemoryMarshal.Write(frame.AsSpan(96), sum);
        return frame;
    }
}
