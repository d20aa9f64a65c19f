using System;
using System.Collections.Generic;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class BitFlipTests
{
    private static readonly JournalOptions Options =
        Venue.Small with { SegmentBytes = 128 << 10, EventSegmentBytes = 128 << 10 };

    [Test]
    public void Every_flipped_bit_is_detected_or_harmless()
    {
        int flips = int.Parse(Environment.GetEnvironmentVariable("HFT_FLIPS")
            ?? "20000", System.Globalization.CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("HFT_SEED")
            ?? "20241", System.Globalization.CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"HFT_SEED={seed} HFT_FLIPS={flips}");
        (SimulatedStorage disk, ulong last, ulong digest) = Build();
        (string Name, long Bytes)[] files = Files(disk);
        var random = new Random(seed);
        var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < flips; i++)
        {
            (string name, long bytes) = files[random.Next(files.Length)];
            SimulatedStorage copy = disk.AfterKill();
            long offset = random.NextInt64(random.Next(8) == 0 ? copy.Bytes(name).Length : bytes);
            int bit = random.Next(8);
            copy.Bytes(name)[offset] ^= (byte)(1 << bit);
            string outcome = Recover(
                copy, name, last, digest, $"seed {seed} flip {i}: {name} offset {offset} bit {bit}");
            string key = name[..name.IndexOf('-', StringComparison.Ordinal)] + " " + outcome;
            outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
        }

        foreach ((string key, int count) in outcomes)
        {
            TestContext.Out.WriteLine($"{key,-24} {count}");
        }
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
            }

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
