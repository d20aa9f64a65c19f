using System;
using System.Collections.Generic;
using System.Threading;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A recovery that reads beside the replay gives the same result, the same files and the same error as one that does one
/// thing after the other.
/// </summary>
internal sealed class ReadAheadTests
{
    private const ulong Digest = ReplayCheck.DigestInterval;

    private static readonly JournalOptions Short =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    private static readonly JournalOptions Long =
        Venue.Small with { SegmentBytes = 8 << 20, EventSegmentBytes = 8 << 20, Durability = Durability.Os };

    [Test]
    public void Threads_change_nothing_on_a_journal_with_a_flipped_bit([Values] bool withSnapshot)
    {
        ulong seed = TestCounts.Seed(777);
        SimulatedStorage disk = BuildShort(withSnapshot);
        var outcomes = new HashSet<string>(StringComparer.Ordinal);
        for (ulong i = 0; i < 150; i++)
        {
            var random = new SimulationRandom(seed + i);
            List<string> files = Files(disk);
            string name = files[random.Next(files.Count)];
            long offset = random.NextInt64(disk.Bytes(name).AsSpan().LastIndexOfAnyExcept((byte)0) + 1);
            int bit = random.Next(8);
            string what = $"HFT_SEED={seed + i}: {name} offset {offset} bit {bit}";
            outcomes.Add(Same(
                Short, what, copy => copy.Bytes(name)[offset] ^= (byte)(1 << bit), disk, () => new StubEngine()));
        }

        Assert.That(outcomes, Has.Count.GreaterThan(1), "the flips meet different answers");
    }

    [Test]
    public void Threads_change_nothing_on_a_torn_tail([Values] bool withEvents)
    {
        SimulatedStorage disk = BuildShort(withSnapshot: false);
        if (!withEvents)
        {
            Files(disk).FindAll(n => n.StartsWith("events-", StringComparison.Ordinal)).ForEach(disk.Delete);
        }

        JournalTail tail = TailOf(disk, Short);
        var outcomes = new HashSet<string>(StringComparer.Ordinal);
        for (long cut = tail.EndOffset - 1; cut > tail.EndOffset - 700; cut -= 7)
        {
            outcomes.Add(Same(
                Short, $"torn at {cut}", copy => copy.Bytes(tail.SegmentName!).AsSpan((int)cut).Clear(), disk,
                () => new StubEngine()));
        }

        Assert.That(outcomes, Does.Contain(withEvents ? nameof(RecoveryRefusedException) : "recovered"));
    }

    [Test]
    public void Threads_change_nothing_where_the_replay_runs_beside_the_look_through_the_event_log()
    {
        SimulatedStorage disk = BuildLong();
        List<string> events = Files(disk).FindAll(n => n.StartsWith("events-", StringComparison.Ordinal));
        List<string> journal = Files(disk).FindAll(n => n.EndsWith(".seg", StringComparison.Ordinal));
        static StubEngine Sound() => new();
        Assert.That(Same(Long, "whole", static _ => { }, disk, Sound), Is.EqualTo("recovered"));
        for (int i = 0; i < events.Count; i++)
        {
            string name = events[i];
            _ = Same(Long, $"a bit of {name}", copy => copy.Bytes(name)[3_000_001] ^= 4, disk, Sound);
            _ = Same(Long, $"the header of {name}", copy => copy.Bytes(name)[20] ^= 4, disk, Sound);
        }

        for (int i = 0; i < journal.Count; i++)
        {
            string name = journal[i];
            string outcome = Same(
                Long, $"a bit of {name}", copy => copy.Bytes(name)[1_000_001] ^= 4, disk, Sound);
            Assert.That(outcome, Is.EqualTo(nameof(JournalDamageException)));
            _ = Same(
                Long, $"bits of {name} and the event log",
                copy =>
                {
                    copy.Bytes(name)[1_000_001] ^= 4;
                    copy.Bytes(events[1])[3_000_001] ^= 4;
                },
                disk, Sound);
        }

        ulong[] places = [1, 100, Digest - 1, Digest, Digest + 1, 2 * Digest, (2 * Digest) + 1, (2 * Digest) + 9_000];
        foreach (ulong at in places)
        {
            Assert.That(
                Same(Long, $"poison {at}", static _ => { }, disk, () => new StubEngine { Poison = at }),
                Is.EqualTo(nameof(RecoveryRefusedException)));
            Assert.That(
                Same(Long, $"divergence {at}", static _ => { }, disk, () => new StubEngine { DivergesAt = at }),
                Is.EqualTo(nameof(RecoveryRefusedException)));
        }

        // The event log proves more than the journal has, and the engine would stop before: the loss is named.
        JournalTail tail = TailOf(disk, Long);
        string lost = Same(
            Long, "loss", copy => copy.Bytes(tail.SegmentName!).AsSpan((int)tail.EndOffset - 100).Clear(), disk,
            static () => new StubEngine { Poison = 5 }, "was released");
        Assert.That(lost, Is.EqualTo(nameof(RecoveryRefusedException)));
    }

    [Test]
    public void The_replay_goes_up_to_a_recorded_digest_before_the_event_log_is_looked_through()
    {
        SimulatedStorage disk = BuildLong();
        var engine = new StubEngine();
        ulong seen = 0;
        string last = Files(disk).FindLast(n => n.StartsWith("events-", StringComparison.Ordinal))!;
        var slow = new SlowEvents(disk, name =>
        {
            if (name == last)
            {
                _ = SpinWait.SpinUntil(() => engine.LastSequence >= Digest, TimeSpan.FromSeconds(60));
                seen = engine.LastSequence;
            }
        });
        Assert.That(Recover(disk, slow, Long, engine).Kind, Is.EqualTo("recovered"));
        Assert.That(seen, Is.InRange(Digest, 2 * Digest));
    }

    /// <summary>Recovers copies of the disk with and without threads.</summary>
    /// <returns>What both came to.</returns>
    private static string Same(
        JournalOptions options,
        string what,
        Action<SimulatedStorage> change,
        SimulatedStorage disk,
        Func<StubEngine> engine,
        string says = "")
    {
        (string Kind, string Text, SimulatedStorage Disk) expected = Run(null);
        (string Kind, string Text, SimulatedStorage Disk)[] actual =
            [Run(static d => d), Run(static d => new SlowEvents(d, static _ => Thread.Sleep(3)))];
        Assert.That(expected.Text, Does.Contain(says), what);
        foreach ((string kind, string text, SimulatedStorage after) in actual)
        {
            Assert.That(text, Is.EqualTo(expected.Text), what);
            Assert.That(kind, Is.EqualTo(expected.Kind), what);

            // A start that failed has not touched the journal; of the event log it may have made more or less again.
            string prefix = kind == "recovered" ? string.Empty : "journal-";
            Assert.That(
                Files(after).FindAll(n => n.StartsWith(prefix, StringComparison.Ordinal)),
                Is.EqualTo(Files(expected.Disk).FindAll(n => n.StartsWith(prefix, StringComparison.Ordinal))), what);
            foreach (string name in Files(after))
            {
                bool counts = name.StartsWith(prefix, StringComparison.Ordinal);
                bool same = !counts || after.Bytes(name).AsSpan().SequenceEqual(expected.Disk.Bytes(name));
                Assert.That(same, $"{what}: {name} has other bytes");
            }
        }

        return expected.Kind;

        (string Kind, string Text, SimulatedStorage Disk) Run(Func<SimulatedStorage, IStorage>? seenBy)
        {
            SimulatedStorage copy = disk.AfterKill();
            change(copy);
            return seenBy is null
                ? Recover(copy, copy, options with { Simulated = 1 }, engine())
                : Recover(copy, seenBy(copy), options, engine());
        }
    }

    private static (string Kind, string Text, SimulatedStorage Disk) Recover(
        SimulatedStorage disk, IStorage seen, JournalOptions options, StubEngine engine)
    {
        try
        {
            RecoveredVenue r = new Recovery(seen, options).Run(engine);
            EventPosition last = r.EventLog.Last;
            r.EventLog.Dispose();
            JournalTail t = r.Tail;
            string text = $"{engine.LastSequence} {engine.EventDigest:x16} {last} {r.Cut} {r.RebuiltCommands} "
                + $"{r.ReplayedCommands} {r.Snapshot?.Name} {string.Join(';', r.Warnings)} {t.JournalId} {t.Epoch} "
                + $"{t.LastSequence} {t.LastTimestampNs} {t.Crc} {t.OrderlyStop} {t.SegmentName} {t.EndOffset} "
                + string.Join(',', t.Segments);
            return ("recovered", text, disk);
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException)
        {
            return (e.GetType().Name, e.Message, disk);
        }
    }

    private static SimulatedStorage BuildShort(bool withSnapshot)
    {
        var storage = new SimulatedStorage();
        for (int start = 0; start < 2; start++)
        {
            using Venue venue = Venue.Start(storage, Short);
            for (int i = 0; i < 50; i++)
            {
                venue.Run(1 + (i % 20));
            }

            if (withSnapshot)
            {
                _ = venue.WriteSnapshot(storage, Short);
            }
        }

        return storage.AfterKill();
    }

    private static SimulatedStorage BuildLong()
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Long);
        for (int i = 0; i < 290; i++)
        {
            venue.Run(512);
        }

        return storage.AfterKill();
    }

    private static JournalTail TailOf(SimulatedStorage disk, JournalOptions options)
    {
        using var reader = new JournalReader(disk, options);
        while (reader.Next(out _))
        {
        }

        return reader.Tail();
    }

    /// <summary>Without what the background makes ahead.</summary>
    private static List<string> Files(SimulatedStorage disk)
    {
        var names = new List<string>(disk.List());
        _ = names.RemoveAll(static n => n.EndsWith(".tmp", StringComparison.Ordinal));
        return names;
    }

    /// <summary>A disk whose event log is read so slowly that the replay always has to wait for it.</summary>
    private sealed class SlowEvents(IStorage disk, Action<string> pause) : IStorage
    {
        public IStorageFile Create(string name, long sizeBytes) => disk.Create(name, sizeBytes);

        public IStorageFile Open(string name, bool writable)
        {
            if (Thread.CurrentThread.Name == "event-log-look")
            {
                pause(name);
            }

            return disk.Open(name, writable);
        }

        public bool Exists(string name) => disk.Exists(name);

        public IReadOnlyList<string> List() => disk.List();

        public void Rename(string from, string to) => disk.Rename(from, to);

        public void Delete(string name) => disk.Delete(name);

        public void FlushFolder() => disk.FlushFolder();
    }
}
