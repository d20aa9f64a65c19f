using System;
using System.IO;
using System.Text.Json;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class CommandTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void Verify_accepts_a_whole_journal_and_finds_an_edit_that_has_right_checksums()
    {
        SimulatedStorage disk = Make(120, out _);
        Assert.That(Verify(disk, out string text), Is.Zero, text);
        Assert.That(text, Does.Contain("digest chain: "));

        // Somebody rewrites the side file of the first segment with a value of their own.
        byte[] side = disk.Bytes(FileNames.Digest(1));
        side[8] ^= 1;
        BitConverter.TryWriteBytes(side.AsSpan(40), HftEngine.Core.Pipeline.Crc32C.Append(
            SegmentHeader.SeedOf(Id(disk)), side.AsSpan(0, 40)));
        Assert.That(Verify(disk, out text), Is.EqualTo(1));
        Assert.That(text, Does.Contain("edited"));
    }

    [Test]
    public void Starts_without_commands_leave_no_gap_in_the_digest_chain()
    {
        var storage = new SimulatedStorage();
        for (int start = 0; start < 8; start++)
        {
            using Venue venue = Venue.Start(storage, Options);
            if (start is 2 or 5)
            {
                venue.Run(30);
            }

            if (start % 2 == 0)
            {
                venue.Journal.Stop();
            }
        }

        Assert.That(Verify(storage, out string text), Is.Zero, text);
    }

    [Test]
    public void Verify_names_file_and_offset_of_damage()
    {
        SimulatedStorage disk = Make(120, out _);
        disk.Bytes(FileNames.Journal(1))[70_000] ^= 4;
        Assert.That(Verify(disk, out string text), Is.EqualTo(1));
        Assert.That(text, Does.Contain(FileNames.Journal(1)).And.Contain("offset "));
    }

    [Test]
    public void Dump_gives_one_json_line_per_command_and_event()
    {
        SimulatedStorage disk = Make(10, out ulong last);
        var output = new StringWriter();
        Assert.That(JournalDump.Commands(disk, Options, new JournalConsole(output), 3, last - 1), Is.Zero);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo((int)last - 3));
        using JsonDocument line = JsonDocument.Parse(lines[0]);
        Assert.That(line.RootElement.GetProperty("sequence").GetUInt64(), Is.EqualTo(3));
        Assert.That(line.RootElement.GetProperty("epoch").GetUInt32(), Is.EqualTo(1));
        Assert.That(line.RootElement.GetProperty("type").GetString(), Is.EqualTo("NewOrder"));
        Assert.That(line.RootElement.GetProperty("timestampNs").GetInt64(), Is.GreaterThan(0));
        JsonElement fields = line.RootElement.GetProperty("fields");
        Assert.That(fields.GetProperty("envelope").GetProperty("sequence").GetUInt64(), Is.EqualTo(3));
        Assert.That(fields.TryGetProperty("clientOrderId", out _), Is.True);

        var events = new StringWriter();
        Assert.That(JournalDump.Events(disk, new JournalConsole(events)), Is.Zero);
        foreach (string text in events.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument one = JsonDocument.Parse(text);
            Assert.That(one.RootElement.GetProperty("type").GetString(), Is.EqualTo("OrderRested"));
        }
    }

    [Test]
    public void Stat_counts_what_is_there()
    {
        SimulatedStorage disk = Make(60, out ulong last);
        var output = new StringWriter();
        Assert.That(JournalStat.Run(disk, Options, new JournalConsole(output)), Is.Zero);
        Assert.That(
            output.ToString(), Does.Contain($"1 … {last}").And.Contain("NewOrder").And.Contain("orderly"));
    }

    [TestCase(null)]
    [TestCase(50UL)]
    [TestCase(1UL)]
    public void Cut_makes_a_damaged_journal_start_again_and_readers_are_told(ulong? after)
    {
        SimulatedStorage disk = Make(120, out ulong last);
        using (Venue second = Venue.Start(disk, Options))
        {
            second.Run(10);
            last += 10;
        }

        disk = disk.AfterKill();
        disk.Bytes(FileNames.Journal(1))[70_000] ^= 4;
        Assert.Throws<JournalDamageException>(() => Venue.Start(disk, Options).Dispose());
        var output = new StringWriter();
        Assert.That(
            JournalCut.Run(disk, Options, new JournalConsole(output), after), Is.Zero, output.ToString());
        using Venue venue = Venue.Start(disk, Options);
        ulong end = venue.Recovered.Tail.LastSequence;
        Assert.That(end, after is null ? Is.InRange(300UL, 500UL) : Is.EqualTo(after.Value));
        Assert.That(
            venue.Journal.Epoch, Is.GreaterThan(2), "the epochs that were cut away are never used again");
        venue.Run(5);
        EventLogChecks.IsComplete(disk, end + 5, "after the cut");
        using var cursor = new EventCursor(disk, new HftEngine.Core.Readers.EventPosition(2, last, 0));
        Assert.That(cursor.Read(new byte[4096], out _), Is.EqualTo(HftEngine.Core.Readers.EventRead.Rewound));
        Assert.That(cursor.Last.Sequence, Is.EqualTo(end));
        Assert.That(disk.List(), Has.Some.EndsWith(".cut"));
    }

    private static SimulatedStorage Make(int batches, out ulong last)
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 0; i < batches; i++)
        {
            venue.Run(1 + (i % 30));
        }

        last = venue.Sequencer.LastSequence;
        venue.Journal.Stop();
        return storage.AfterKill();
    }

    private static UInt128 Id(SimulatedStorage disk)
    {
        Assert.That(
            SegmentHeader.TryRead(disk.Bytes(FileNames.Journal(1)), out SegmentHeader header), Is.True);
        return header.JournalId;
    }

    private static int Verify(SimulatedStorage disk, out string text)
    {
        var output = new StringWriter();
        int code = JournalVerify.Run(disk, Options, new JournalConsole(output));
        text = output.ToString();
        return code;
    }
}
