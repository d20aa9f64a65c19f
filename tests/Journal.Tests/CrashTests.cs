using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Core.Storage;
using HftEngine.Simulation;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class CrashTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void A_crash_at_any_named_operation_loses_nothing_that_was_acknowledged()
    {
        ulong seed = TestCounts.Seed(977);
        int most = TestCounts.Of("HFT_CRASHES");
        var random = new SimulationRandom(seed);
        SortedDictionary<string, int> points = CountPoints();
        foreach ((string point, int count) in points)
        {
            int cases = int.Min(count, most);
            for (int i = 0; i < cases; i++)
            {
                int occurrence = count <= most ? i + 1 : 1 + random.Next(count);
                Crash(point, occurrence, random, $"HFT_SEED={seed} {point} #{occurrence}");
            }

            TestContext.Out.WriteLine($"{point,-28} {cases} of {count}");
        }

        Assert.That(points.Keys, Is.SupersetOf(
            new[] { "write prepared-", "flush prepared-", "rename prepared-", "flush-folder .", "write ahead-" }));
    }

    [TestCase("write")]
    [TestCase("flush")]
    public void A_failed_operation_is_never_acknowledged_nor_tried_again(string operation)
    {
        for (int failAt = 1; failAt <= 25; failAt++)
        {
            var storage = new SimulatedStorage();
            using Venue venue = Venue.Start(storage, Options);
            venue.Run(4);
            int count = 0;
            storage.Before = (what, file) =>
            {
                if (what == operation && IsCommandFile(file) && ++count == failAt)
                {
                    throw new StorageException(what, file, 0, new IOException("simulated"));
                }
            };
            ulong acknowledged = Drive(venue, 40);
            storage.Before = null;
            Assert.That(venue.Journal.Broken, Is.Not.Null);
            Assert.That(() => venue.Run(1), Throws.InstanceOf<StorageException>(), "the disk works again, the journal must not");
            Assert.That(venue.Acknowledged, Is.EqualTo(acknowledged));
            Assert.That(() => venue.Journal.Stop(), Throws.InstanceOf<StorageException>());
        }
    }

    private static bool IsCommandFile(string file) =>
        file.StartsWith("journal-", StringComparison.Ordinal) || file.StartsWith(
            "prepared-", StringComparison.Ordinal);

    private static ulong Drive(Venue venue, int batches)
    {
        try
        {
            for (int i = 0; i < batches; i++)
            {
                venue.Run(1 + (i % 9 * 6));
            }

            venue.Journal.Stop();
        }
        catch (StorageException)
        {
            // The crash, or the failure that the test asked for.
        }

        return venue.Acknowledged;
    }

    private static string PointOf(string operation, string file)
    {
        int dash = file.IndexOf('-', StringComparison.Ordinal);
        return $"{operation} {(dash < 0 ? file : file[..(dash + 1)])}";
    }

    private static SortedDictionary<string, int> CountPoints()
    {
        var storage = new SimulatedStorage();
        var points = new SortedDictionary<string, int>(StringComparer.Ordinal);
        storage.Before = (operation, file) =>
        {
            string point = PointOf(operation, file);
            points[point] = points.GetValueOrDefault(point) + 1;
        };
        using Venue venue = Venue.Start(storage, Options);
        Drive(venue, 60);
        return points;
    }

    private static void Crash(string point, int occurrence, Random random, string what)
    {
        var storage = new SimulatedStorage();
        int count = 0;
        bool dead = false;
        storage.Before = (operation, file) =>
        {
            dead |= PointOf(operation, file) == point && ++count == occurrence;
            if (dead)
            {
                throw new StorageException(operation, file, 0, new IOException("crash"));
            }
        };
        ulong acknowledged = 0;
        Venue? venue = null;
        try
        {
            venue = Venue.Start(storage, Options);
            acknowledged = Drive(venue, 60);
        }
        catch (StorageException)
        {
            // The crash came while the venue was starting.
        }

        storage.Before = static (operation, file) => throw new StorageException(
            operation, file, 0, new IOException("dead"));
        SimulatedStorage killed = storage.AfterKill();
        SimulatedStorage[] lost = [storage.AfterPowerLoss(random), storage.AfterPowerLoss(random)];
        venue?.Dispose();
        Check(killed, acknowledged, what + " kill");
        foreach (SimulatedStorage disk in lost)
        {
            Check(disk, acknowledged, what + " power loss");
        }
    }

    private static void Check(SimulatedStorage disk, ulong acknowledged, string what)
    {
        ulong last;
        uint epoch;
        using (Venue venue = Start(disk, what))
        {
            last = venue.Recovered.Tail.LastSequence;
            epoch = venue.Journal.Epoch;
            Assert.That(last, Is.GreaterThanOrEqualTo(acknowledged), what);
            Assert.That(venue.Engine.LastSequence, Is.EqualTo(last), what);
            Assert.That(venue.Events.Last.Sequence, Is.EqualTo(last), what);
            venue.Run(3);
            venue.Journal.Stop();
        }

        using Venue again = Start(disk, what + " again");
        Assert.That(again.Recovered.Tail.LastSequence, Is.EqualTo(last + 3), what);
        Assert.That(again.Journal.Epoch, Is.GreaterThan(epoch), what);
        EventLogChecks.IsComplete(disk, last + 3, what);
    }

    private static Venue Start(SimulatedStorage disk, string what)
    {
        try
        {
            return Venue.Start(disk, Options);
        }
        catch (Exception e)
        {
            throw new AssertionException($"{what}: {e.Message}", e);
        }
    }
}
