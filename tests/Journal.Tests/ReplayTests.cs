using System;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class ReplayTests
{
    private static readonly JournalOptions Options = Venue.Small;

    [Test]
    public void A_command_that_cannot_be_applied_stops_the_recovery_until_it_is_voided()
    {
        SimulatedStorage disk = Journalled(30, released: 19);
        RecoveryRefusedException? refused = Assert.Throws<RecoveryRefusedException>(
            () => Venue.Start(disk, Options, new StubEngine { Poison = 25 }).Dispose());
        Assert.That(refused!.Message, Does.Contain("sequence 25").And.Contain("journal void --sequence 25"));

        var output = new System.IO.StringWriter();
        // Events up to 24 were released meanwhile by the recovery itself; 25 never was.
        int code = JournalVoid.Run(disk, Options, new JournalConsole(output), 25, "poison found", new DateTime(2025, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Assert.That(code, Is.Zero, output.ToString());
        var engine = new StubEngine { Poison = 25 };
        using Venue venue = Venue.Start(disk, Options, engine);
        Assert.That(engine.Voided, Is.EqualTo(new ulong[] { 25 }));
        Assert.That(venue.Recovered.Tail.LastSequence, Is.EqualTo(30));
        Assert.That(venue.Events.Last.Sequence, Is.EqualTo(30));
    }

    [Test]
    public void A_released_command_cannot_be_voided_and_neither_can_one_that_is_not_there()
    {
        SimulatedStorage disk = Journalled(30, released: 19);
        foreach (ulong sequence in new ulong[] { 19, 31, 0 })
        {
            var output = new System.IO.StringWriter();
            Assert.That(JournalVoid.Run(disk, Options, new JournalConsole(output), sequence, "why", DateTime.UnixEpoch), Is.EqualTo(1));
        }

        Assert.That(JournalVoid.Run(disk, Options, new JournalConsole(System.IO.TextWriter.Null), 21, " ", DateTime.UnixEpoch), Is.EqualTo(1));
    }

    [Test]
    public void A_flipped_bit_in_the_void_list_is_detected()
    {
        SimulatedStorage disk = Journalled(30, released: 10);
        var console = new JournalConsole(System.IO.TextWriter.Null);
        Assert.That(JournalVoid.Run(disk, Options, console, 21, "first", DateTime.UnixEpoch), Is.Zero);
        Assert.That(JournalVoid.Run(disk, Options, console, 28, "second", DateTime.UnixEpoch), Is.Zero);
        int length = disk.Bytes(FileNames.Voids).Length;
        for (int bit = 0; bit < length * 8; bit++)
        {
            SimulatedStorage copy = disk.AfterKill();
            copy.Bytes(FileNames.Voids)[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<JournalDamageException>(() => Recover(copy, new StubEngine()), $"bit {bit}");
        }
    }

    [Test]
    public void Replay_that_diverges_stops_and_names_the_event()
    {
        SimulatedStorage disk = Journalled(300, released: 300);
        RecoveryRefusedException? refused = Assert.Throws<RecoveryRefusedException>(
            () => Recover(disk, new StubEngine { DivergesAt = 122 }));
        Assert.That(refused!.Message, Does.Contain("sequence 122, event 0"));
    }

    [Test]
    public void Replay_compares_the_digests_that_the_live_engine_recorded()
    {
        var options = new JournalOptions { Durability = Durability.Os, SegmentBytes = 4 << 20, EventSegmentBytes = 8 << 20 };
        var storage = new SimulatedStorage();
        using (Venue venue = Venue.Start(storage, options))
        {
            for (int i = 0; i < 140; i++)
            {
                venue.Run(512);
            }

            venue.Run(77);
        }

        SimulatedStorage disk = storage.AfterKill();
        EventLogTail tail = EventLogScan.Run(disk, null);
        Assert.That(tail.Digests, Has.Count.EqualTo(1));
        RecoveredVenue recovered = Recover(disk, new StubEngine(), options);
        Assert.That(recovered.ReplayedCommands, Is.EqualTo((140 * 512) + 77));
        RecoveryRefusedException? refused = Assert.Throws<RecoveryRefusedException>(
            () => Recover(disk, new StubEngine { DivergesAt = 65_000 }, options));
        Assert.That(refused!.Message, Does.Contain("sequence 65536").And.Contain("digest"));
    }

    [TestCase(3u, (ushort)0, (ushort)1, "rule level 3")]
    [TestCase(0u, (ushort)4, (ushort)1, "version 4")]
    [TestCase(0u, (ushort)0, (ushort)7, "schema 7")]
    public void What_this_program_does_not_know_is_refused(
        uint ruleLevel, ushort version, ushort schema, string named)
    {
        var storage = new SimulatedStorage();
        JournalOptions writer = Options with { SchemaId = schema, SchemaVersion = version };
        RecoveredVenue recovered = new Recovery(storage, writer).Run(new StubEngine());
        recovered.EventLog.Dispose();
        using (CommandJournal journal = CommandJournal.Start(
            storage, recovered.Tail with { RuleLevel = ruleLevel }, writer))
        {
            journal.Stop();
        }

        RecoveryRefusedException? refused = Assert.Throws<RecoveryRefusedException>(
            () => Recover(storage, new StubEngine(), Options with { KnownRuleLevel = 2 }));
        Assert.That(refused!.Message, Does.Contain(named));
    }

    /// <summary>A journal of which only the first events came out.</summary>
    private static SimulatedStorage Journalled(int commands, int released)
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 0; i < released; i++)
        {
            venue.Run(1);
        }

        for (int i = released; i < commands; i++)
        {
            ReadOnlySpan<byte> records = venue.Sequencer.Next(1);
            venue.Journal.Append(venue.Sequencer.Epoch, venue.Sequencer.LastSequence, records);
        }

        venue.Journal.Stop();
        return storage.AfterKill();
    }

    private static RecoveredVenue Recover(
        SimulatedStorage disk, StubEngine engine, JournalOptions? options = null)
    {
        RecoveredVenue recovered = new Recovery(disk, options ?? Options).Run(engine);
        recovered.EventLog.Dispose();
        return recovered;
    }
}
