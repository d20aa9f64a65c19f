using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using HftEngine.Core.Readers;
using HftEngine.Simulation;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class BitFlipTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10, Simulated = 1234567 };

    [Test]
    public void Every_flipped_bit_is_detected_or_harmless()
    {
        int flips = TestCounts.Of("HFT_FLIPS");
        ulong seed = TestCounts.Seed(20241);
        (SimulatedStorage disk, ulong last, ulong digest) = Build();
        (string Name, long Bytes)[] files = Files(disk);
        var outcomes = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        Parallel.For(0, flips, i =>
        {
            var random = new SimulationRandom(seed + (ulong)i);
            (string name, long bytes) = files[random.Next(files.Length)];
            SimulatedStorage copy = disk.AfterKill();
            long offset = random.NextInt64(random.Next(8) == 0 ? copy.Bytes(name).Length : bytes);
            int bit = random.Next(8);
            copy.Bytes(name)[offset] ^= (byte)(1 << bit);
            string what = $"HFT_SEED={seed + (ulong)i} HFT_FLIPS=1: {name} offset {offset} bit {bit}";
            string outcome = name.EndsWith(FileNames.ImageSuffix, StringComparison.Ordinal)
                ? OpenImage(copy, name, what)
                : Recover(copy, name, last, digest, what);
            string key = name[..name.IndexOf('-', StringComparison.Ordinal)] + " " + outcome;
            outcomes.AddOrUpdate(key, 1, static (_, count) => count + 1);
        });

        foreach ((string key, int count) in outcomes.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            TestContext.Out.WriteLine($"{key,-24} {count}");
        }
    }

    /// <summary>A damaged image is passed over for the one before.</summary>
    private static string OpenImage(SimulatedStorage disk, string flipped, string what)
    {
        using var reader = new JournalReader(disk, Options);
        while (reader.Next(out _))
        {
        }

        var images = new ImageStore(disk, reader.Tail().JournalId);
        List<EventPosition> all = images.List();
        using IImage image = images.OpenNewest();
        EventPosition damaged = all.Find(at => FileNames.Image(at.Epoch, at.Sequence) == flipped);
        Assert.That(image.At, Is.EqualTo(damaged == all[^1] ? all[^2] : all[^1]), what);
        Assert.That(images.IsWhole(damaged), Is.False, what);
        return "detected";
    }

    private static (SimulatedStorage Disk, ulong Last, ulong Digest) Build()
    {
        var storage = new SimulatedStorage();
        ulong digest = 0;
        for (int start = 0; start < 2; start++)
        {
            using Venue venue = Venue.Start(storage, Options);
            for (int i = 0; i < 50; i++)
            {
                venue.Run(1 + (i % 20));
                venue.Attend();
            }

            EventPosition at = venue.Events.Last;
            new ImageStore(storage, venue.Journal.JournalId).Write(
                at, sink => sink(ImageTests.ImageFrame(at, digest)));

            digest = venue.Engine.EventDigest;
            if (start == 0)
            {
                venue.Journal.Stop();
            }
            else
            {
                // The last write's events did not come out before the end, so the journal's tail alone speaks
                // of them.
                ReadOnlySpan<byte> records = venue.Sequencer.Next(3);
                venue.Journal.Append(venue.Sequencer.Epoch, venue.Sequencer.LastSequence - 2, records);
                _ = venue.Engine.Apply(records);
                digest = venue.Engine.EventDigest;
                return (storage.AfterKill(), venue.Sequencer.LastSequence, digest);
            }
        }

        throw new InvalidOperationException();
    }

    private static (string Name, long Bytes)[] Files(SimulatedStorage disk)
    {
        var files = new List<(string, long)>();
        foreach (string name in disk.List())
        {
            bool counts = name.StartsWith("journal-", StringComparison.Ordinal) || name.StartsWith(
                "events-", StringComparison.Ordinal);
            counts |= name.EndsWith(FileNames.ImageSuffix, StringComparison.Ordinal);
            int last = disk.Bytes(name).AsSpan().LastIndexOfAnyExcept((byte)0);
            if (counts && last >= 0)
            {
                files.Add((name, last + 1));
            }
        }

        return [.. files];
    }

    private static string Recover(
        SimulatedStorage disk, string flipped, ulong last, ulong digest, string what)
    {
        var engine = new StubEngine();
        try
        {
            RecoveredVenue recovered = new Recovery(disk, Options).Run(engine);
            using EventLog log = recovered.EventLog;
            if (recovered.Cut is { } cut)
            {
                Assert.That(cut.File, Is.EqualTo(flipped), what);
                Assert.That(recovered.Tail.LastSequence, Is.InRange(last - 3, last), what);
                return "cut";
            }

            Assert.That(recovered.Tail.LastSequence, Is.EqualTo(last), what);
            Assert.That(engine.EventDigest, Is.EqualTo(digest), what);
            Assert.That(log.Last.Sequence, Is.EqualTo(last), what);
            return "harmless";
        }
        catch (JournalDamageException damage)
        {
            Assert.That(damage.File, Is.EqualTo(flipped), what);
            return "detected";
        }
        catch (RecoveryRefusedException refused)
        {
            Assert.That(refused.Message, Does.Contain(flipped), what);
            return "refused";
        }
    }
}
