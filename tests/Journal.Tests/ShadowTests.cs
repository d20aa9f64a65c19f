using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>The shadow behind a venue: how far it goes, what it compares, what it writes and takes away.</summary>
internal sealed class ShadowTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void The_shadow_follows_through_rolls_and_starts_and_recovery_begins_where_it_wrote()
    {
        var storage = new SimulatedStorage();
        for (int start = 0; start < 4; start++)
        {
            using Venue venue = Venue.Start(storage, Options);
            var target = new StubEngine();
            using var shadow = new ShadowEngine(storage, Options, target);
            Assert.That(shadow.LastSequence, Is.EqualTo(venue.Recovered.Snapshot?.Point.Sequence ?? 0));
            for (int i = 1; i <= 150; i++)
            {
                venue.Run(1 + (i * 7 % 23));
                if (i % 10 == 0)
                {
                    CatchUp(shadow, venue.Engine.LastSequence);
                    Assert.That(shadow.LastSequence, Is.EqualTo(venue.Engine.LastSequence));
                    Assert.That(target.EventDigest, Is.EqualTo(venue.Engine.EventDigest));
                }

                if (i % 60 == 0)
                {
                    SnapshotEntry entry = shadow.WriteSnapshot();
                    Assert.That(entry.Point.Crc, Is.EqualTo(venue.Journal.LastCrc));
                    Assert.That(entry.Point.Epoch, Is.EqualTo(venue.Journal.Epoch));
                }
            }
        }

        using Venue again = Venue.Start(storage, Options);
        Assert.That(again.Recovered.Snapshot, Is.Not.Null);
        Assert.That(again.Recovered.Warnings, Is.Empty);
        Assert.That(again.Recovered.ReplayedCommands, Is.LessThan(500));
    }

    [Test]
    public void The_shadow_never_goes_beyond_what_was_released()
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        venue.Run(20);
        ulong released = venue.Acknowledged;
        venue.Journal.Append(venue.Journal.Epoch, venue.Sequencer.LastSequence + 1, venue.Sequencer.Next(15));
        using var shadow = new ShadowEngine(storage, Options, new StubEngine());
        CatchUp(shadow);
        Assert.That(shadow.LastSequence, Is.EqualTo(released));
        Assert.That(venue.Journal.LastSequence, Is.EqualTo(released + 15));
    }

    [Test]
    public void A_shadow_that_makes_other_events_says_so_at_the_next_digest()
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options with { EventSegmentBytes = 1 << 20, SegmentBytes = 1 << 20 });
        while (venue.Engine.LastSequence < 2 * ReplayCheck.DigestInterval)
        {
            ulong left = ReplayCheck.DigestInterval - (venue.Engine.LastSequence % ReplayCheck.DigestInterval);
            venue.Run((int)ulong.Min(300, left));
        }

        using var sound = new ShadowEngine(storage, Options, new StubEngine());
        CatchUp(sound, venue.Engine.LastSequence);
        sound.Step();
        Assert.That(sound.ComparedDigests, Is.EqualTo(2));
        const ulong wrong = ReplayCheck.DigestInterval + 5;
        using var diverging = new ShadowEngine(storage, Options, new StubEngine { DivergesAt = wrong });
        Assert.That(
            () => CatchUp(diverging, ulong.MaxValue),
            Throws.TypeOf<ShadowDivergedException>().With.Property("Sequence").EqualTo(2 * ReplayCheck.DigestInterval));
    }

    [TestCase(RetentionMode.Keep)]
    [TestCase(RetentionMode.Delete)]
    [TestCase(RetentionMode.Archive)]
    public void Retention_takes_what_no_start_needs_and_nothing_else(RetentionMode mode)
    {
        var storage = new SimulatedStorage();
        var archive = new SimulatedStorage();
        ulong digest = RunWithRetention(storage, archive, mode, rounds: 5);
        List<string> names = storage.List().ToList();
        Assert.That(names.Count(n => n.EndsWith(".snap", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(names.Count(n => n.EndsWith(".img", StringComparison.Ordinal)), Is.EqualTo(2));
        bool hasFirst = names.Contains(FileNames.Journal(1));
        Assert.That(hasFirst, Is.EqualTo(mode == RetentionMode.Keep));
        Assert.That(names.Contains(FileNames.Events(1)), Is.EqualTo(hasFirst));
        Assert.That(archive.Exists(FileNames.Journal(1)), Is.EqualTo(mode == RetentionMode.Archive));
        RequireWhole(storage);
        using (Venue venue = Venue.Start(storage.AfterKill(), Options))
        {
            Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest));
            venue.Run(3);
            venue.Journal.Stop();
        }

        if (mode == RetentionMode.Archive)
        {
            // Everything brought back: the whole journal replays from its first command.
            foreach (string name in archive.List().Where(n => !storage.Exists(n)))
            {
                byte[] bytes = archive.Bytes(name);
                using IStorageFile file = storage.Create(name, bytes.Length);
                file.Write(0, bytes);
            }

            RequireWhole(storage);
            var whole = new StubEngine();
            using EventLog log = new Recovery(storage, Options) { UseSnapshots = false }.Run(whole).EventLog;
            Assert.That(whole.EventDigest, Is.EqualTo(digest));
        }
    }

    [Test]
    public void Nothing_goes_while_the_newer_snapshots_are_not_whole()
    {
        var storage = new SimulatedStorage();
        RunWithRetention(storage, null, RetentionMode.Keep, rounds: 5);
        UInt128 journalId = SegmentCatalog.Read(storage, Options)[0].Header.JournalId;
        string newest = new SnapshotStore(storage, Options).List()[^1];
        storage.Bytes(newest)[SegmentHeader.Size + 50] ^= 4;
        var retention = new SegmentRetention(
            storage, Options, journalId, new RetentionRule { Mode = RetentionMode.Delete });
        Assert.That(retention.Apply().IsNothing);
        Assert.That(storage.Exists(FileNames.Journal(1)));
    }

    [Test]
    public void A_crash_at_any_step_of_snapshot_and_retention_loses_nothing()
    {
        int seed = 71;
        var random = new Random(seed);
        int steps = 0;
        var operations = new SortedSet<string>(StringComparer.Ordinal);
        for (int crashAt = 0; crashAt <= steps; crashAt += crashAt < 12 ? 1 : 1 + random.Next(3))
        {
            var storage = new SimulatedStorage();
            var archive = new SimulatedStorage();
            RunWithRetention(storage, archive, RetentionMode.Archive, rounds: 2);
            ulong digest = RunOne(storage);
            int step = 0;
            void Before(string operation, string file)
            {
                step++;
                if (crashAt == 0)
                {
                    operations.Add($"{operation} {file.Split('-')[0]}");
                }
                else if (step >= crashAt)
                {
                    throw new StorageException(operation, file, 0, new IOException("crash"));
                }
            }

            storage.Before = Before;
            archive.Before = Before;
            Crash(() => SnapshotAndRetain(storage, archive), expected: crashAt != 0);
            steps = crashAt == 0 ? step : steps;
            storage.Before = null;
            archive.Before = null;
            string what = $"seed {seed}, step {crashAt} of {steps}";
            Check(storage.AfterKill(), archive.AfterKill(), digest, what + ", kill");
            Check(storage.AfterPowerLoss(random), archive.AfterPowerLoss(random), digest, what + ", power loss");
        }

        TestContext.Out.WriteLine($"{steps} steps: {string.Join(", ", operations)}");
        Assert.That(operations, Is.SupersetOf(
            new[]
            {
                "write snapshot", "flush snapshot", "rename snapshot", "rename image", "flush journal", "flush events",
                "delete snapshot", "delete image", "delete journal", "delete events", "rename journal", "rename events",
                "rename events.kept.tmp", "flush-folder .",
            }));
    }

    private static void Crash(Action action, bool expected)
    {
        try
        {
            action();
            Assert.That(expected, Is.False, "it went through");
        }
        catch (StorageException) when (expected)
        {
            // The disk is looked at now.
        }
    }

    private static void Check(SimulatedStorage disk, SimulatedStorage archive, ulong digest, string what)
    {
        using (Venue venue = Venue.Start(disk, Options))
        {
            Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest), what);
            Assert.That(venue.Recovered.Snapshot, Is.Not.Null, what);
            venue.Run(40);
            venue.Journal.Stop();
        }

        // The same step again, and everything that ever was is in the folder or in the archive.
        SnapshotAndRetain(disk, archive);
        ulong next = 1;
        foreach (string name in disk.List().Concat(archive.List()).Distinct().Order(StringComparer.Ordinal))
        {
            if (FileNames.TryParse(name, FileNames.JournalPrefix, FileNames.JournalSuffix, out ulong first))
            {
                Assert.That(first, Is.EqualTo(next), what);
                next = LastOf(disk.Exists(name) ? disk : archive, name) + 1;
            }
        }

        RequireWhole(disk);
    }

    private static ulong LastOf(SimulatedStorage storage, string name)
    {
        SegmentEntry entry = SegmentCatalog.Read(storage, Options).Single(s => s.Name == name);
        using var reader = new JournalReader(storage, [entry]);
        while (reader.Next(out _))
        {
        }

        return reader.LastSequence;
    }

    private static void SnapshotAndRetain(SimulatedStorage storage, SimulatedStorage archive)
    {
        using var shadow = new ShadowEngine(storage, Options, new StubEngine());
        CatchUp(shadow);
        shadow.WriteSnapshot();
        var rule = new RetentionRule { Mode = RetentionMode.Archive, Archive = archive };
        new SegmentRetention(storage, Options, shadow.JournalId, rule).Apply();
    }

    private static ulong RunWithRetention(
        SimulatedStorage storage, SimulatedStorage? archive, RetentionMode mode, int rounds)
    {
        var rule = new RetentionRule { Mode = mode, Archive = archive };
        ulong digest = 0;
        for (int round = 0; round < rounds; round++)
        {
            digest = RunOne(storage);
            using var shadow = new ShadowEngine(storage, Options, new StubEngine());
            CatchUp(shadow);
            shadow.WriteSnapshot();
            new SegmentRetention(storage, Options, shadow.JournalId, rule).Apply();
        }

        return digest;
    }

    /// <summary>A start, some flow over several segments, an orderly stop.</summary>
    private static ulong RunOne(SimulatedStorage storage)
    {
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 0; i < 260; i++)
        {
            venue.Run(1 + (i % 11));
        }

        venue.Journal.Stop();
        venue.Events.Flush();
        storage.FlushFolder();
        return venue.Engine.EventDigest;
    }

    /// <summary>A segment gets its name in the background, so the shadow may have to wait for it.</summary>
    private static void CatchUp(ShadowEngine shadow, ulong last = 0)
    {
        long started = Stopwatch.GetTimestamp();
        while (shadow.Step() || shadow.LastSequence < last)
        {
            Assert.That(Stopwatch.GetElapsedTime(started).TotalSeconds, Is.LessThan(20), $"it stays at {shadow.LastSequence}");
        }
    }

    private static void RequireWhole(SimulatedStorage storage)
    {
        var output = new StringWriter();
        Assert.That(JournalVerify.Run(storage, Options, new JournalConsole(output)), Is.Zero, output.ToString());
    }
}
