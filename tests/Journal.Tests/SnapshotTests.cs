using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>Recovery from snapshots: which one, what is replayed behind it, and what is refused.</summary>
internal sealed class SnapshotTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void Recovery_begins_behind_the_newest_snapshot_and_ends_where_a_full_replay_does()
    {
        var storage = new SimulatedStorage();
        ulong digest = Make(storage, 400, out List<SnapshotEntry> snapshots, everyBatches: 100);
        using Venue venue = Venue.Start(storage, Options);
        Assert.That(venue.Recovered.Snapshot?.Name, Is.EqualTo(snapshots[^1].Name));
        Assert.That(venue.Recovered.Warnings, Is.Empty);
        Assert.That(
            venue.Recovered.ReplayedCommands, Is.EqualTo(venue.Engine.LastSequence - snapshots[^1].Point.Sequence));
        Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest));
        Assert.That(venue.Recovered.RebuiltCommands, Is.Zero);
        venue.Run(10);
        venue.Journal.Stop();
        EventLogChecks.IsComplete(storage, venue.Engine.LastSequence, "continued");
        RequireWhole(storage);
    }

    [Test]
    public void A_damaged_snapshot_is_passed_over_for_an_older_one_and_named()
    {
        var storage = new SimulatedStorage();
        ulong digest = Make(storage, 300, out List<SnapshotEntry> snapshots, everyBatches: 100);
        string newest = snapshots[^1].Name;
        int bits = storage.Bytes(newest).Length * 8;
        for (int bit = 0; bit < bits; bit += bit < 512 * 8 || bit > SegmentHeader.Size * 8 ? 13 : 997)
        {
            SimulatedStorage copy = storage.AfterKill();
            copy.Bytes(newest)[bit / 8] ^= (byte)(1 << (bit % 8));
            using Venue venue = Venue.Start(copy, Options);
            Assert.That(venue.Recovered.Snapshot?.Name, Is.EqualTo(snapshots[^2].Name), $"bit {bit}");
            Assert.That(venue.Recovered.Warnings.Single(), Does.StartWith(newest), $"bit {bit}");
            Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest), $"bit {bit}");
        }

        foreach (SnapshotEntry snapshot in snapshots)
        {
            storage.Bytes(snapshot.Name)[SegmentHeader.Size + 100] ^= 1;
        }

        using Venue full = Venue.Start(storage, Options);
        Assert.That(full.Recovered.Snapshot, Is.Null);
        Assert.That(full.Recovered.Warnings, Has.Count.EqualTo(snapshots.Count));
        Assert.That(full.Recovered.ReplayedCommands, Is.EqualTo(full.Engine.LastSequence));
        Assert.That(full.Engine.EventDigest, Is.EqualTo(digest));
    }

    [Test]
    public void A_journal_whose_beginning_was_archived_needs_a_snapshot_and_says_so()
    {
        var storage = new SimulatedStorage();
        ulong digest = Make(storage, 400, out List<SnapshotEntry> snapshots, everyBatches: 130);
        List<SegmentEntry> segments = SegmentCatalog.Read(storage, Options);
        int first = segments.FindLastIndex(s => s.Header.FirstSequence <= snapshots[^1].Point.Sequence + 1);
        Assert.That(first, Is.GreaterThan(0));
        foreach (SegmentEntry segment in segments[..first])
        {
            storage.Delete(segment.Name);
        }

        SimulatedStorage without = storage.AfterKill();
        foreach (SnapshotEntry snapshot in snapshots)
        {
            without.Delete(snapshot.Name);
        }

        Assert.That(
            () => Venue.Start(without, Options).Dispose(),
            Throws.TypeOf<RecoveryRefusedException>().With.Message.Contains("a snapshot is needed")
                .And.Message.Contains(segments[first].Name));
        using Venue venue = Venue.Start(storage, Options);
        Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest));
        venue.Run(5);
        venue.Journal.Stop();
        RequireWhole(storage);
    }

    [Test]
    public void A_snapshot_of_another_journal_or_another_history_is_passed_over()
    {
        var storage = new SimulatedStorage();
        Make(storage, 200, out List<SnapshotEntry> snapshots, everyBatches: 150);
        var other = new SimulatedStorage();
        Make(other, 200, out List<SnapshotEntry> foreign, everyBatches: 120);
        CopyFile(other, storage, foreign[^1].Name);
        using (Venue venue = Venue.Start(storage, Options))
        {
            Assert.That(venue.Recovered.Snapshot?.Name, Is.EqualTo(snapshots[^1].Name));
        }

        // The journal is cut before the snapshot and grows again: other commands of the same sequences.
        SimulatedStorage cut = storage.AfterKill();
        byte[] kept = cut.Bytes(snapshots[^1].Name);
        ulong after = snapshots[^1].Point.Sequence - 20;
        Assert.That(JournalCut.Run(cut, Options, new JournalConsole(TextWriter.Null), after), Is.Zero);
        Assert.That(cut.List(), Has.None.EqualTo(snapshots[^1].Name).And.Some.EqualTo(snapshots[^1].Name + ".cut"));
        using (Venue venue = Venue.Start(cut, Options))
        {
            Assert.That(venue.Engine.LastSequence, Is.EqualTo(after));
            venue.Run(60);
        }

        using (IStorageFile file = cut.Create(snapshots[^1].Name, kept.Length))
        {
            file.Write(0, kept);
        }

        using Venue regrown = Venue.Start(cut, Options);
        Assert.That(regrown.Recovered.Snapshot?.Name, Is.Not.EqualTo(snapshots[^1].Name));
        Assert.That(
            regrown.Recovered.Warnings, Has.Some.Contains("another command in its place"));
        Assert.That(regrown.Engine.LastSequence, Is.EqualTo(after + 60));
    }

    [Test]
    public void A_journal_that_ends_before_its_snapshot_has_lost_commands_and_is_refused()
    {
        var storage = new SimulatedStorage();
        Make(storage, 150, out List<SnapshotEntry> snapshots, everyBatches: 149);
        string last = SegmentCatalog.Read(storage, Options)[^1].Name;
        foreach (string name in storage.List().Where(n => n.StartsWith("events-", StringComparison.Ordinal)).ToList())
        {
            storage.Delete(name);
        }

        storage.Delete(last);
        Assert.That(
            () => Venue.Start(storage, Options).Dispose(),
            Throws.TypeOf<RecoveryRefusedException>().With.Message.Contains("a snapshot proves")
                .And.Message.Contains($"{snapshots[^1].Point.Sequence}"));
    }

    [Test]
    public void A_void_makes_the_snapshots_behind_it_useless()
    {
        var storage = new SimulatedStorage();
        Make(storage, 120, out List<SnapshotEntry> snapshots, everyBatches: 50);
        UInt128 journalId = SegmentCatalog.Read(storage, Options)[0].Header.JournalId;
        ulong voided = snapshots[^1].Point.Sequence - 1;
        VoidList.Read(storage, journalId).Add(storage, journalId, new VoidedCommand(voided, "now", "me", "why"));
        foreach (string name in storage.List().Where(n => n.StartsWith("events-", StringComparison.Ordinal)).ToList())
        {
            // Nothing of it was released, otherwise it could not be voided.
            storage.Delete(name);
        }

        using Venue venue = Venue.Start(storage, Options);
        Assert.That(venue.Recovered.Snapshot, Is.Null);
        Assert.That(venue.Recovered.Warnings[0], Does.Contain("commands before it were voided since"));
        Assert.That(venue.Engine.Voided, Is.EqualTo(new[] { voided }));
    }

    [Test]
    public void An_event_log_that_lost_its_end_before_the_snapshot_is_made_again_from_an_older_one()
    {
        var storage = new SimulatedStorage();
        ulong digest = Make(storage, 400, out List<SnapshotEntry> snapshots, everyBatches: 100);
        List<ulong> events = EventLogScan.SegmentsOf(storage);
        int lost = events.FindLastIndex(first => first <= snapshots[^2].Point.Sequence) + 1;
        foreach (ulong first in events.Skip(lost))
        {
            storage.Delete(FileNames.Events(first));
        }

        using Venue venue = Venue.Start(storage, Options);
        Assert.That(venue.Recovered.Snapshot?.Name, Is.Not.EqualTo(snapshots[^1].Name));
        Assert.That(venue.Recovered.Warnings[0], Does.Contain("event log is whole only up to"));
        Assert.That(venue.Recovered.RebuiltCommands, Is.GreaterThan(0));
        Assert.That(venue.Engine.EventDigest, Is.EqualTo(digest));
        EventLogChecks.IsComplete(storage, venue.Engine.LastSequence, "rebuilt");
    }

    [Test]
    public void A_crash_at_any_step_of_the_writing_leaves_a_whole_snapshot_or_none()
    {
        var random = new Random(31);
        var points = new List<string>();
        for (int crashAt = 0; crashAt < 200; crashAt++)
        {
            var storage = new SimulatedStorage();
            ulong digest;
            using (Venue venue = Venue.Start(storage, Options))
            {
                venue.Run(50);
                venue.WriteSnapshot(storage, Options);
                venue.Run(50);
                venue.Journal.Stop();
                venue.Events.Flush();
                storage.FlushFolder();
                digest = venue.Engine.EventDigest;
                int step = 0;
                storage.Before = (operation, file) =>
                {
                    if (crashAt == 0)
                    {
                        points.Add($"{operation} {file}");
                    }
                    else if (++step >= crashAt)
                    {
                        throw new StorageException(operation, file, 0, new IOException("crash"));
                    }
                };
                Assert.That(() => venue.WriteSnapshot(storage, Options), crashAt == 0 ? Throws.Nothing : Throws.Exception);
                storage.Before = null;
            }

            foreach (SimulatedStorage disk in (SimulatedStorage[])[storage.AfterKill(), storage.AfterPowerLoss(random)])
            {
                using Venue again = Venue.Start(disk, Options);
                Assert.That(again.Recovered.Snapshot, Is.Not.Null, $"step {crashAt}");
                Assert.That(again.Recovered.Warnings, Is.Empty, $"step {crashAt}");
                Assert.That(again.Engine.EventDigest, Is.EqualTo(digest), $"step {crashAt}");
                new SnapshotStore(disk, Options).DeleteLeftovers();
                Assert.That(disk.List(), Has.None.EndWith(".snap.tmp"));
            }

            if (crashAt == points.Count)
            {
                break;
            }
        }

        Assert.That(points.Select(p => p.Split(' ')[0]).Distinct(), Is.SupersetOf(
            new[] { "create", "write", "flush", "rename", "flush-folder" }));
    }

    /// <summary>A journal of batches with snapshots on the way; the event digest at its end.</summary>
    private static ulong Make(
        SimulatedStorage storage, int batches, out List<SnapshotEntry> snapshots, int everyBatches)
    {
        snapshots = [];
        using Venue venue = Venue.Start(storage, Options);
        for (int i = 1; i <= batches; i++)
        {
            venue.Run(1 + (i % 13));
            if (i % everyBatches == 0)
            {
                snapshots.Add(venue.WriteSnapshot(storage, Options));
            }
        }

        venue.Run(7);
        venue.Journal.Stop();
        return venue.Engine.EventDigest;
    }

    private static void CopyFile(SimulatedStorage from, SimulatedStorage to, string name)
    {
        byte[] bytes = from.Bytes(name);
        using IStorageFile file = to.Create(name, bytes.Length);
        file.Write(0, bytes);
    }

    private static void RequireWhole(SimulatedStorage storage)
    {
        var output = new StringWriter();
        Assert.That(JournalVerify.Run(storage, Options, new JournalConsole(output)), Is.Zero, output.ToString());
    }
}
