using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class EventLogTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [TestCase(0.0)]
    [TestCase(0.3)]
    [TestCase(0.9)]
    public void A_lost_tail_is_made_again_from_the_journal(double kept)
    {
        SimulatedStorage disk = Run(120, out ulong last);
        byte[] whole = ReadAll(disk);
        List<ulong> segments = EventLogScan.SegmentsOf(disk);
        Assert.That(segments, Has.Count.GreaterThan(4));
        int keep = (int)(segments.Count * kept);
        for (int i = keep; i < segments.Count; i++)
        {
            disk.Delete(FileNames.Events(segments[i]));
        }

        if (keep > 0)
        {
            // The link to a segment that is gone, and half of what stands before it.
            byte[] bytes = disk.Bytes(FileNames.Events(segments[keep - 1]));
            bytes.AsSpan(bytes.Length / 2).Clear();
        }

        using Venue venue = Venue.Start(disk, Options);
        Assert.That(venue.Recovered.RebuiltCommands, Is.GreaterThan(0));
        Assert.That(ReadAll(disk), Is.EqualTo(whole));
        EventLogChecks.IsComplete(disk, last, "rebuilt");
    }

    [Test]
    public void A_reader_goes_on_where_a_power_loss_took_the_block_that_names_the_next_segment()
    {
        var storage = new SimulatedStorage();
        ulong last;
        using (Venue venue = Venue.Start(storage, Venue.Small with { EventSegmentBytes = 128 << 10 }))
        {
            for (int i = 0; i < 60; i++)
            {
                venue.Run(25);
            }

            last = venue.Sequencer.LastSequence;
        }

        List<ulong> segments = EventLogScan.SegmentsOf(storage);
        Assert.That(segments, Has.Count.GreaterThan(2));
        byte[] first = storage.Bytes(FileNames.Events(segments[0]));
        using (var reader = new EventSegmentReader(storage, FileNames.Events(segments[0])))
        {
            long end = reader.Offset;
            while (reader.Next() && reader.Block.Kind != EventBlockKind.Continued)
            {
                end = reader.Offset;
            }

            Assert.That(reader.Block.Kind, Is.EqualTo(EventBlockKind.Continued));
            first.AsSpan((int)end).Clear();
        }

        using Venue again = Venue.Start(storage, Venue.Small with { EventSegmentBytes = 128 << 10 });
        Assert.That(again.Recovered.RebuiltCommands, Is.Zero);
        EventLogChecks.IsComplete(storage, last, "without the link");
    }

    [Test]
    public void A_journal_that_ends_before_the_event_log_is_refused()
    {
        SimulatedStorage disk = Run(30, out _);
        List<ulong> segments = EventLogScan.SegmentsOf(disk);
        foreach (string name in disk.List())
        {
            if (name.StartsWith("journal-", StringComparison.Ordinal))
            {
                disk.Delete(name);
            }
        }

        Assert.That(segments, Is.Not.Empty);
        Assert.Throws<RecoveryRefusedException>(() => Venue.Start(disk, Options).Dispose());
    }

    [Test]
    public void A_cursor_continues_after_any_event()
    {
        SimulatedStorage disk = Run(10, out ulong last);
        var positions = new List<EventPosition>();
        using (var cursor = new EventCursor(disk, default))
        {
            byte[] one = new byte[128];
            while (cursor.Read(one, out _) == EventRead.Events)
            {
                positions.Add(cursor.Last);
            }
        }

        foreach (EventPosition position in positions)
        {
            using var cursor = new EventCursor(disk, position);
            var expected = new ExpectedEvents(position);
            byte[] buffer = new byte[1000];
            EventRead read;
            while ((read = cursor.Read(buffer, out int bytes)) == EventRead.Events)
            {
                expected.Take(buffer.AsSpan(0, bytes), position.ToString());
            }

            Assert.That(read, Is.EqualTo(EventRead.None));
            expected.IsAt(last, position.ToString());
        }
    }

    [Test]
    public void A_reader_that_is_ahead_of_the_recovered_log_is_told_how_far_both_agree()
    {
        var storage = new SimulatedStorage();
        SimulatedStorage earlier;
        using (Venue venue = Venue.Start(storage, Options))
        {
            venue.Run(20);
            earlier = storage.AfterKill();
            venue.Run(20);
        }

        // The reader saw sequence 40 of epoch 1; the folder comes back as it was at 20.
        var ahead = new EventPosition(1, 40, 0);
        using Venue restored = Venue.Start(earlier, Options);
        using (IEventCursor cursor = restored.Events.OpenCursor(ahead))
        {
            Assert.That(cursor.Read(new byte[4096], out _), Is.EqualTo(EventRead.Rewound));
            Assert.That(cursor.Last, Is.EqualTo(new EventPosition(1, 20, uint.MaxValue)));
        }

        // The numbers are issued again in epoch 2: the same checkpoint still belongs to another history.
        restored.Run(40);
        using (IEventCursor cursor = restored.Events.OpenCursor(ahead))
        {
            Assert.That(cursor.Read(new byte[4096], out _), Is.EqualTo(EventRead.Rewound));
            Assert.That(cursor.Last, Is.EqualTo(new EventPosition(1, 20, uint.MaxValue)));
            using IEventCursor rolledBack = restored.Events.OpenCursor(cursor.Last);
            Assert.That(rolledBack.Read(new byte[128], out _), Is.EqualTo(EventRead.Events));
            Assert.That(rolledBack.Last.Epoch, Is.EqualTo(2));
            Assert.That(rolledBack.Last.Sequence, Is.EqualTo(21));
        }
    }

    [Test]
    public void A_checkpoint_older_than_the_log_keeps_is_expired_and_images_bound_what_is_deleted()
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 0; i < 100; i++)
        {
            venue.Run(20);
        }

        var inUse = new EventPosition(1, 1500, uint.MaxValue);
        using IEventCursor slow = venue.Events.OpenCursor(new EventPosition(1, 1, uint.MaxValue));
        Assert.That(slow.Read(new byte[4096], out _), Is.EqualTo(EventRead.Events));
        Assert.That(venue.Events.Retain(inUse), Is.GreaterThan(1));
        using IEventCursor old = venue.Events.OpenCursor(new EventPosition(1, 3, uint.MaxValue));
        Assert.That(old.Read(new byte[4096], out _), Is.EqualTo(EventRead.Expired));
        using IEventCursor image = venue.Events.OpenCursor(inUse);
        Assert.That(image.Read(new byte[128], out _), Is.EqualTo(EventRead.Events));
        Assert.That(image.Last.Sequence, Is.EqualTo(1502), "1501 has no events");
        EventRead read;
        do
        {
            read = slow.Read(new byte[4096], out _);
        }
        while (read == EventRead.Events);
        Assert.That(read, Is.EqualTo(EventRead.Expired), "a reader that the deletion overtook notices");
    }

    [Test]
    public void Cursors_tail_the_log_while_it_is_written()
    {
        string folder = Directory.CreateTempSubdirectory("hft-events-").FullName;
        try
        {
            var storage = new DiskStorage(folder);
            const int batches = 4000;
            ulong last = 0;
            bool done = false;
            Exception? failure = null;
            JournalOptions options = Options with { Durability = Durability.Os };
            using Venue venue = Venue.Start(storage, options);
            var reader = new Thread(() =>
            {
                try
                {
                    using IEventCursor cursor = venue.Events.OpenCursor(default);
                    var expected = new ExpectedEvents(default);
                    byte[] buffer = new byte[1 << 14];
                    while (true)
                    {
                        bool finished = Volatile.Read(ref done);
                        EventRead read = cursor.Read(buffer, out int bytes);
                        expected.Take(buffer.AsSpan(0, bytes), "tail");
                        if (read == EventRead.None && finished)
                        {
                            expected.IsAt(last, "tail");
                            return;
                        }
                    }
                }
                catch (Exception e)
                {
                    failure = e;
                }
            });
            reader.Start();
            for (int i = 0; i < batches; i++)
            {
                venue.Run(1 + (i % 13));
            }

            last = venue.Sequencer.LastSequence;
            Volatile.Write(ref done, true);
            reader.Join();
            Assert.That(failure, Is.Null, failure?.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SimulatedStorage Run(int batches, out ulong last)
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 0; i < batches; i++)
        {
            venue.Run(1 + (i % 60));
        }

        last = venue.Sequencer.LastSequence;
        return storage.AfterKill();
    }

    private static byte[] ReadAll(SimulatedStorage storage)
    {
        using var cursor = new EventCursor(storage, default);
        var all = new List<byte>();
        byte[] buffer = new byte[1 << 16];
        while (cursor.Read(buffer, out int bytes) == EventRead.Events)
        {
            all.AddRange(buffer.AsSpan(0, bytes));
        }

        return [.. all];
    }
}
