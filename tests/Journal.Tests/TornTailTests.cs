using System;
using System.Collections.Generic;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class TornTailTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    /// <summary>
    /// File, its bytes after a kill, and for each byte how many commands end at or before it.
    /// </summary>
    private static (SimulatedStorage Disk, string File, long End) Build(int batches, int perBatch)
    {
        var storage = new SimulatedStorage();
        using (Venue venue = Venue.Start(storage, Options))
        {
            for (int i = 0; i < batches; i++)
            {
                venue.Run(perBatch);
            }
        }

        SimulatedStorage disk = storage.AfterKill();
        DropEvents(disk);
        using var reader = new JournalReader(disk, Options);
        while (reader.Next(out _))
        {
        }

        JournalTail tail = reader.Tail();
        return (disk, tail.SegmentName!, tail.EndOffset);
    }

    private static void DropEvents(SimulatedStorage disk)
    {
        foreach (string name in disk.List())
        {
            if (name.StartsWith("events-", StringComparison.Ordinal) || name.StartsWith(
                "ahead-", StringComparison.Ordinal))
            {
                disk.Delete(name);
            }
        }
    }

    /// <summary>Ends of the last records in the file, found by walking it.</summary>
    private static List<(long End, ulong Sequence)> RecordEnds(byte[] file, long end)
    {
        var ends = new List<(long, ulong)>();
        long at = SegmentHeader.Size;
        while (at < end)
        {
            uint word = BitConverter.ToUInt32(file, (int)at);
            if ((word & ControlRecord.ControlBit) != 0)
            {
                at += ControlRecord.Size;
                continue;
            }

            ulong sequence = BitConverter.ToUInt64(file, (int)at + 24);
            at += HftEngine.Core.CommandRecord.RecordBytes((int)word);
            ends.Add((at, sequence));
        }

        return ends;
    }

    [TestCase(40, 1, false)]
    [TestCase(40, 1, true)]
    [TestCase(9, 5, false)]
    [TestCase(9, 5, true)]
    public void Every_byte_of_the_last_three_records_as_torn_point(int batches, int perBatch, bool garbage)
    {
        (SimulatedStorage disk, string file, long end) = Build(batches, perBatch);
        List<(long End, ulong Sequence)> ends = RecordEnds(disk.Bytes(file), end);
        var random = new Random(7);
        for (long torn = ends[^4].End; torn < end; torn++)
        {
            SimulatedStorage copy = disk.AfterKill();
            Span<byte> rest = copy.Bytes(file).AsSpan((int)torn, (int)(end - torn));
            rest.Clear();
            if (garbage)
            {
                random.NextBytes(rest);
            }

            Expect(copy, disk, file, torn, ends);
        }
    }

    [Test]
    public void Every_sector_of_the_last_64_KiB_as_torn_point()
    {
        (SimulatedStorage disk, string file, long end) = Build(35, 15);
        List<(long End, ulong Sequence)> ends = RecordEnds(disk.Bytes(file), end);
        for (long torn = (end - 65536) & ~511L; torn < end; torn += 512)
        {
            SimulatedStorage copy = disk.AfterKill();
            copy.Bytes(file).AsSpan((int)torn, (int)(end - torn)).Clear();
            Expect(copy, disk, file, torn, ends);
        }
    }

    private static void Expect(
        SimulatedStorage disk, SimulatedStorage whole, string file, long torn, List<(long End, ulong Sequence)> ends)
    {
        // A tear within zero padding takes nothing: what counts is how far the bytes are as they were.
        int same = disk.Bytes(file).AsSpan().CommonPrefixLength(whole.Bytes(file));
        ulong expected = ends.FindLast(e => e.End <= same).Sequence;
        using (Venue venue = Venue.Start(disk, Options))
        {
            Assert.That(venue.Recovered.Tail.LastSequence, Is.EqualTo(expected), $"torn at {torn}");
            if (venue.Recovered.Cut is { } cut)
            {
                Assert.That(cut.File, Is.EqualTo(file));
                Assert.That(cut.Offset, Is.LessThanOrEqualTo(same));
            }

            venue.Run(2);
        }

        using Venue again = Venue.Start(disk.AfterKill(), Options);
        Assert.That(again.Recovered.Tail.LastSequence, Is.EqualTo(expected + 2));
        Assert.That(again.Recovered.Cut, Is.Null);
    }

    [Test]
    public void A_bad_record_before_a_later_write_is_damage_and_names_the_offset()
    {
        (SimulatedStorage disk, string file, long end) = Build(40, 1);
        List<(long End, ulong Sequence)> ends = RecordEnds(disk.Bytes(file), end);
        long bad = ends[^3].End - 20;
        disk.Bytes(file)[bad] ^= 1;
        JournalDamageException? damage = Assert.Throws<JournalDamageException>(
            () => Venue.Start(disk, Options).Dispose());
        Assert.That(damage!.File, Is.EqualTo(file));
        Assert.That(damage.Offset, Is.GreaterThan(ends[^4].End).And.LessThan(ends[^3].End));
    }

    [Test]
    public void A_lost_sector_within_the_last_write_is_cut_and_reported()
    {
        (SimulatedStorage disk, string file, long end) = Build(4, 20);
        List<(long End, ulong Sequence)> ends = RecordEnds(disk.Bytes(file), end);
        long sector = (ends[^12].End & ~511L) + 512;
        disk.Bytes(file).AsSpan((int)sector, 512).Clear();
        using Venue venue = Venue.Start(disk, Options);
        Assert.That(venue.Recovered.Cut, Is.Not.Null);
        Assert.That(
            venue.Recovered.Tail.LastSequence, Is.EqualTo(ends.FindLast(e => e.End <= sector).Sequence));
    }

    [Test]
    public void A_cut_is_refused_when_the_event_log_proves_the_release()
    {
        var storage = new SimulatedStorage();
        using (Venue venue = Venue.Start(storage, Options))
        {
            venue.Run(10);
            venue.Run(10);
        }

        SimulatedStorage disk = storage.AfterKill();
        using (var reader = new JournalReader(disk, Options))
        {
            while (reader.Next(out _))
            {
            }

            JournalTail tail = reader.Tail();
            disk.Bytes(tail.SegmentName!)[tail.EndOffset - 9] ^= 0x40;
        }

        byte[] before = (byte[])disk.Bytes(FileNames.Journal(1)).Clone();
        RecoveryRefusedException? refused =
            Assert.Throws<RecoveryRefusedException>(() => Venue.Start(disk, Options).Dispose());
        Assert.That(refused!.Message, Does.Contain("20 was released").And.Contain(FileNames.Journal(1)));
        Assert.That(disk.Bytes(FileNames.Journal(1)), Is.EqualTo(before), "nothing was changed");
    }

    [Test]
    public void A_segment_that_is_missing_is_damage()
    {
        var storage = new SimulatedStorage();
        using (Venue venue = Venue.Start(storage, Options))
        {
            for (int i = 0; i < 200; i++)
            {
                venue.Run(15);
            }

            venue.Journal.Stop();
        }

        var names = new List<string>(storage.List());
        names.RemoveAll(n => !n.EndsWith(".seg", StringComparison.Ordinal));
        Assert.That(names, Has.Count.GreaterThan(3));
        storage.Delete(names[1]);
        Assert.Throws<JournalDamageException>(() => Venue.Start(storage, Options).Dispose());
    }
}
