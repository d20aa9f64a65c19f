using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using HftEngine.Core.Storage;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class CrashTests
{
    private static readonly JournalOptions Options = Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void A_crash_at_any_operation_loses_nothing_that_was_acknowledged()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("HFT_SEED") ?? "977", CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"HFT_SEED={seed}");
        var random = new Random(seed);
        var points = new SortedDictionary<string, int>(StringComparer.Ordinal);
        long operations = CountOperations();
        int cases = 0;
        for (long at = 1; at <= operations; at += 1 + random.Next(3))
        {
            Crash(at, random, points, $"HFT_SEED={seed} operation {at}");
            cases++;
        }

        TestContext.Out.WriteLine($"{cases} crashes over {operations} operations");
        foreach ((string point, int count) in points)
        {
            TestContext.Out.WriteLine($"{point,-28} {count}");
        }

        Assert.That(points.Keys, Is.SupersetOf(new[] { "write journal-", "flush journal-", "rename prepared-", "flush-folder .", "write events-" }));
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
        file.StartsWith("journal-", StringComparison.Ordinal) || file.StartsWith("prepared-", StringComparison.Ordinal);

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

    private static long CountOperations()
    {
        var storage = new SimulatedStorage();
        using Venue venue = Venue.Start(storage, Options);
        Drive(venue, 60);
        return storage.Operations;
    }

    private static void Crash(long at, Random random, SortedDictionary<string, int> points, string what)
    {
        var storage = new SimulatedStorage();
        bool dead = false;
        storage.Before = (operation, file) =>
        {
            if (dead || storage.Operations >= at)
            {
                if (!dead)
                {
                    int dash = file.IndexOf('-', StringComparison.Ordinal);
                    string point = $"{operation} {(dash < 0 ? file : file[..(dash + 1)])}";
                    points[point] = points.GetValueOrDefault(point) + 1;
                }

                dead = true;
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

        storage.Before = static (operation, file) => throw new StorageException(operation, file, 0, new IOException("dead"));
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
