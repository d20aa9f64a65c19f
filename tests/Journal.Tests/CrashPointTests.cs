using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A crash before, in and after every operation on the disk: of a life with rolls, images and retention, of a start with
/// repairs, of a cut. Without threads the n-th operation of two runs is the same.
/// </summary>
internal sealed class CrashPointTests
{
    private static readonly JournalOptions Options = Venue.Small with
    {
        SegmentBytes = 128 << 10,
        EventSegmentBytes = 128 << 10,
        MaxWriteBytes = 16 << 10,
        Simulated = 42,
    };

    private static readonly StorageFault[] Crashes =
        [StorageFault.CrashBefore, StorageFault.CrashDuring, StorageFault.CrashAfter];

    [Test]
    public void A_life_with_rolls_images_and_retention_crashes_anywhere() => CrashEverywhere(
        static () => new SimulatedStorage(),
        LiveOnce,
        ["write prepared-", "flush prepared-", "rename prepared-", "flush-folder .", "write ahead-", "rename ahead-",
            "write image-", "flush image-", "rename image-", "delete image-", "rename events.kept.tmp", "write journal-"]);

    [Test]
    public void A_start_that_repairs_crashes_anywhere() => CrashEverywhere(
        TornDisk,
        Start,
        ["write journal-", "flush journal-", "write events-", "flush events-", "delete events-", "rename prepared-"]);

    [Test]
    public void A_cut_crashes_anywhere() => CrashEverywhere(
        DamagedDisk,
        static disk =>
        {
            Cut(disk);
            return 0;
        },
        ["rename journal-", "write journal-", "create journal-", "rename prepared-", "flush-folder .", "flush events-"],
        recover: Cut);

    private static void CrashEverywhere(
        Func<SimulatedStorage> make,
        Func<SimulatedStorage, ulong> work,
        string[] expected,
        Action<SimulatedStorage>? recover = null)
    {
        int most = TestCounts.Of("HFT_CRASHES");
        ulong seed = TestCounts.Seed(31);
        SimulatedStorage whole = make();
        var numbers = new SortedDictionary<string, List<long>>(StringComparer.Ordinal);
        whole.Before = (operation, file) => NumbersOf(numbers, PointOf(operation, file)).Add(whole.Operations - 1);
        _ = work(whole);
        var cases = new List<(string Point, long Number)>();
        foreach ((string point, List<long> at) in numbers)
        {
            var random = new SimulationRandom(seed);
            List<long> chosen = [.. at.OrderBy(_ => random.Next64()).Take(most)];
            cases.AddRange(chosen.Select(n => (point, n)));
            TestContext.Out.WriteLine($"{point,-32} {chosen.Count} of {at.Count}, 3 crashes each");
        }

        Parallel.ForEach(cases, c => CrashAt(make, work, c.Point, c.Number, seed, recover));
        Assert.That(numbers.Keys, Is.SupersetOf(expected));
    }

    private static void CrashAt(
        Func<SimulatedStorage> make,
        Func<SimulatedStorage, ulong> work,
        string point,
        long number,
        ulong seed,
        Action<SimulatedStorage>? recover)
    {
        foreach (StorageFault crash in Crashes)
        {
            SimulatedStorage disk = make();
            disk.Faults = new FaultAt(number, crash);
            ulong acknowledged = work(disk);
            string what = $"{crash} {point}, operation {number}, HFT_SEED={seed}";
            Assert.That(disk.IsDead, Is.True, what);
            var random = new SimulationRandom(seed + (ulong)number);
            SimulatedStorage[] left = [disk.AfterKill(), disk.AfterPowerLoss(random), disk.AfterPowerLoss(random)];
            foreach (SimulatedStorage rest in left)
            {
                recover?.Invoke(rest);
                Check(rest, acknowledged, what);
            }
        }
    }

    private static List<long> NumbersOf(SortedDictionary<string, List<long>> numbers, string point)
    {
        if (!numbers.TryGetValue(point, out List<long>? list))
        {
            list = [];
            numbers[point] = list;
        }

        return list;
    }

    private static string PointOf(string operation, string file)
    {
        int dash = file.IndexOf('-', StringComparison.Ordinal);
        return $"{operation} {(dash < 0 ? file : file[..(dash + 1)])}";
    }

    /// <returns>The last command whose events went out.</returns>
    private static ulong LiveOnce(SimulatedStorage disk)
    {
        Venue? venue = null;
        try
        {
            venue = Venue.Start(disk, Options);
            var images = new ImageStore(disk, venue.Journal.JournalId);
            for (int i = 0; i < 40; i++)
            {
                venue.Run(1 + (i % 7 * 16));
                venue.Attend();
                if (i % 8 == 5)
                {
                    EventPosition at = venue.Events.Last;
                    images.Write(at, sink => sink(ImageTests.ImageFrame(at, 5)));
                    _ = venue.Events.Retain(images.Retain(1));
                }
            }

            venue.Journal.Stop();
        }
        catch (StorageException)
        {
            // The crash.
        }

        ulong acknowledged = venue?.Acknowledged ?? 0;
        venue?.Dispose();
        return acknowledged;
    }

    private static ulong Start(SimulatedStorage disk)
    {
        try
        {
            using Venue venue = Venue.Start(disk, Options);
            return venue.Recovered.Tail.LastSequence;
        }
        catch (StorageException)
        {
            return 0;
        }
    }

    private static void Cut(SimulatedStorage disk)
    {
        using var said = new StringWriter();
        int exitCode = JournalCut.Run(disk, Options, new JournalConsole(said), afterSequence: null);
        Assert.That(exitCode == 0 || disk.IsDead, Is.True, said.ToString());
    }

    /// <summary>The last write is torn, and so is the event log, far before its end.</summary>
    private static SimulatedStorage TornDisk()
    {
        SimulatedStorage disk = Lived(out string last, out long end);
        disk.Bytes(last)[end - 30] ^= 1;
        string[] events = [.. disk.List().Where(n => n.StartsWith("events-", StringComparison.Ordinal))];
        disk.Bytes(events[^2]).AsSpan(60_000, 512).Clear();
        disk.Bytes(events[^1]).AsSpan(SegmentHeader.Size).Clear();
        return disk;
    }

    /// <summary>A record is bad in the first segment, with more segments of two epochs behind it.</summary>
    private static SimulatedStorage DamagedDisk()
    {
        SimulatedStorage disk = Lived(out _, out _);
        string[] segments = [.. disk.List().Where(n => n.EndsWith(".seg", StringComparison.Ordinal))];
        disk.Bytes(segments[0])[90_000] ^= 1;
        return disk;
    }

    private static SimulatedStorage Lived(out string last, out long end)
    {
        var disk = new SimulatedStorage();
        for (int life = 0; life < 2; life++)
        {
            using Venue venue = Venue.Start(disk, Options);
            for (int i = 0; i < 25; i++)
            {
                venue.Run(80);
                venue.Attend();
            }

            // The events of the last write did not get out.
            ReadOnlySpan<byte> records = venue.Sequencer.Next(3);
            venue.Journal.Append(venue.Sequencer.Epoch, venue.Sequencer.LastSequence - 2, records);
        }

        disk = disk.AfterKill();
        using var reader = new JournalReader(disk, Options);
        while (reader.Next(out _))
        {
        }

        JournalTail tail = reader.Tail();
        last = tail.SegmentName!;
        end = tail.EndOffset;
        return disk;
    }

    private static void Check(SimulatedStorage disk, ulong acknowledged, string what)
    {
        ulong last;
        uint epoch;
        try
        {
            using (Venue venue = Venue.Start(disk, Options))
            {
                last = venue.Recovered.Tail.LastSequence;
                epoch = venue.Journal.Epoch;
                Assert.That(last, Is.GreaterThanOrEqualTo(acknowledged), what);
                Assert.That(venue.Events.Last.Sequence, Is.EqualTo(last), what);
                venue.Run(3);
            }

            using Venue again = Venue.Start(disk.AfterKill(), Options);
            Assert.That(again.Recovered.Tail.LastSequence, Is.EqualTo(last + 3), what);
            Assert.That(again.Journal.Epoch, Is.GreaterThan(epoch), what);
        }
        catch (Exception e) when (e is StorageException or JournalDamageException or RecoveryRefusedException)
        {
            throw new AssertionException($"{what}: {e.Message}", e);
        }
    }
}
