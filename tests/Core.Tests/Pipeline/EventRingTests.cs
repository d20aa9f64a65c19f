using System;
using System.Collections.Generic;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed unsafe class EventRingTests
{
    [Test]
    public void A_feed_delivers_every_event_once_whether_it_is_lapped_or_not([Values(0, 200)] int pauseUs)
    {
        const ulong count = 60_000;
        using var events = new MemoryEventLog(64 << 20);
        using var venue = new Venue(
            new PipelineOptions { Layout = PipelineLayout.Unpinned(2), EventSink = events }, eventRingBytes: 256 << 10);
        using var feed = new EventFeed(venue.Events.OpenReader(), events);
        string? complaint = null;
        long delivered = 0;
        var reader = new Thread(() =>
        {
            byte[] buffer = new byte[8 << 10];
            ulong sequence = 0;
            uint index = 0;
            while (sequence < count + 1 || delivered < Volatile.Read(ref _expected))
            {
                feed.Read(buffer, out int bytes);
                fixed (byte* start = buffer)
                {
                    for (int at = 0; at < bytes; at += *(int*)(start + at))
                    {
                        ulong s = TestEvent.SequenceOf(start + at);
                        uint i = TestEvent.IndexOf(start + at);
                        bool follows = s == sequence ? i == index + 1 : s == sequence + 1 && i == 0;
                        complaint ??= follows && TestEvent.IsWhole(start + at) ? null : $"({s}, {i}) after ({sequence}, {index})";
                        (sequence, index) = (s, i);
                        delivered++;
                    }
                }

                if (pauseUs > 0)
                {
                    Thread.SpinWait(pauseUs * 20);
                }
            }
        });
        _expected = 0;
        reader.Start();
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, count, batch: 20);
        Assert.That(venue.Line.Stop(20_000), Is.True);
        Volatile.Write(ref _expected, events.Events);
        Assert.That(reader.Join(30_000), Is.True, "the reader reaches the end");
        TestContext.Out.WriteLine($"{delivered} events, {feed.Laps} laps");
        Assert.That(complaint, Is.Null);
        Assert.That(events.Complaint, Is.Null);
        Assert.That(delivered, Is.EqualTo(events.Events));
        if (pauseUs > 0)
        {
            Assert.That(feed.Laps, Is.GreaterThan(0));
        }
    }

    [Test]
    public void A_feed_can_start_after_an_event_that_the_reader_has_from_elsewhere()
    {
        using var events = new MemoryEventLog(8 << 20);
        using var venue = new Venue(new PipelineOptions { EventSink = events });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 100);
        Venue.WaitFor(() => venue.Events.ReleasedSequence == 101 && venue.Events.Logged == venue.Events.Applied, "101");
        using var feed = new EventFeed(venue.Events.OpenReader(), events);
        feed.StartAfter(new EventPosition(1, 50, uint.MaxValue));
        byte[] buffer = new byte[64 << 10];
        var seen = new List<ulong>();
        bool sentMore = false;
        while (seen.Count == 0 || seen[^1] < 111)
        {
            if (!sentMore && seen.Count > 0 && seen[^1] == 101)
            {
                sentMore = true;
                Venue.Send(venue.Line.Venue, 0, 101, 110);
            }

            feed.Read(buffer, out int bytes);
            fixed (byte* start = buffer)
            {
                for (int at = 0; at < bytes; at += *(int*)(start + at))
                {
                    if (seen.Count == 0 || seen[^1] != TestEvent.SequenceOf(start + at))
                    {
                        seen.Add(TestEvent.SequenceOf(start + at));
                    }
                }
            }
        }

        Assert.That(seen[0], Is.EqualTo(51));
        Assert.That(seen, Is.Ordered.And.Unique);
        Assert.That(seen, Has.Count.EqualTo(61));
    }

    [Test]
    public void A_lapped_reader_is_told_on_its_very_next_read()
    {
        using EventRing ring = EventRing.Create(64 << 10, shared: false);
        var engine = new StubEngine(ring.Stream);
        using EventRingReader reader = ring.OpenReader();
        byte* command = stackalloc byte[128];
        byte[] buffer = new byte[4096];
        ulong sequence = 0;
        Step();
        Assert.That(reader.Read(buffer, out int bytes), Is.EqualTo(EventRingRead.Events));
        Assert.That(bytes, Is.GreaterThan(0));
        long behind = reader.Position;
        while (ring.Released < behind + ring.CapacityBytes)
        {
            Step();
        }

        Assert.That(reader.Read(buffer, out bytes), Is.EqualTo(EventRingRead.Lapped));
        Assert.That(bytes, Is.Zero);
        Assert.That(reader.Last.Sequence, Is.EqualTo(1));
        Assert.That(reader.Read(buffer, out _), Is.EqualTo(EventRingRead.Lapped), "until it rejoins");
        reader.Rejoin(reader.RejoinPosition(), new EventPosition(0, sequence + 1, uint.MaxValue));
        Step();
        Step();
        Assert.That(reader.Read(buffer, out bytes), Is.EqualTo(EventRingRead.Events));
        fixed (byte* start = buffer)
        {
            Assert.That(TestEvent.SequenceOf(start), Is.EqualTo(sequence), "what it had from the log is left out");
        }

        void Step()
        {
            sequence++;
            *(ulong*)(command + 16) = sequence;
            int frameBytes = TestEvent.FrameBytes(sequence, 0);
            ring.Announce(ring.Stream.Position + 512);
            TestEvent.Write(ring.Stream.Claim(frameBytes), command, sequence, 0, last: true);
            ring.PublishApplied(ring.Stream.Position);
            ring.Release(ring.Stream.Position, sequence);
            ring.SetLogged(ring.Stream.Position);
        }
    }

    private static long _expected;
}
