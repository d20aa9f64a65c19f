using System;
using System.Diagnostics;
using System.IO;
using HftEngine.Core.Storage;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>Prints what an append costs; asserts only what must hold on any machine.</summary>
[NonParallelizable]
internal sealed class SpeedTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-speed-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Durability.Os, 480, 8_000)]
    [TestCase(Durability.Os, 1, 400_000)]
    [TestCase(Durability.Sync, 1, 400)]
    [TestCase(Durability.Sync, 480, 600)]
    public void Append_allocates_nothing_and_prints_its_cost(Durability durability, int perBatch, int batches)
    {
        var options = new JournalOptions { Durability = durability };
        var storage = new DiskStorage(_folder);
        using CommandJournal journal = CommandJournal.Start(storage, JournalTail.Fresh(), options);
        using IStorageFile bare = storage.Create("bare", 64 << 20);
        bare.Flush();
        byte[] batch = new FakeSequencer(journal).Next(perBatch).ToArray();
        byte[] block = new byte[batch.Length + ControlRecord.Size];
        long[] journalTicks = new long[batches];
        long[] bareTicks = new long[batches];
        ulong next = 1;
        long allocated = 0;
        for (int i = -200; i < batches; i++)
        {
            Renumber(batch, next, perBatch);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long started = Stopwatch.GetTimestamp();
            next = journal.Append(journal.Epoch, next, batch) + 1;
            long middle = Stopwatch.GetTimestamp();
            allocated += i < 0 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
            if (durability == Durability.Sync)
            {
                bare.Write((i + 200L) * block.Length % (32 << 20), block);
                bare.Flush();
            }

            if (i >= 0)
            {
                bareTicks[i] = Stopwatch.GetTimestamp() - middle;
                journalTicks[i] = middle - started;
            }
        }

        Print(durability, batch.Length, perBatch, journalTicks, bareTicks, journal);
        Assert.That(allocated, Is.Zero);
    }

    private static void Print(
        Durability durability, int bytes, int perBatch, long[] journalTicks, long[] bareTicks, CommandJournal journal)
    {
        double mean = Mean(journalTicks);
        double bareMean = Mean(bareTicks);
        Array.Sort(journalTicks);
        Array.Sort(bareTicks);
        double median = Nanoseconds(journalTicks[journalTicks.Length / 2]);
        double bareMedian = Nanoseconds(bareTicks[bareTicks.Length / 2]);
        double p99 = Nanoseconds(journalTicks[journalTicks.Length * 99 / 100]);
        TestContext.Out.WriteLine(
            $"{durability}, {bytes} B per append: median {median / perBatch:F1} ns/record ({median / 1000:F2} us), "
            + $"mean {mean / perBatch:F1} ns/record, p99 {p99 / 1000:F1} us; "
            + $"{journal.SegmentsRolled} rolls, {journal.SegmentWaits} waits");
        if (durability == Durability.Sync)
        {
            TestContext.Out.WriteLine(
                $"bare write + fdatasync, interleaved: median {bareMedian / 1000:F2} us, mean {bareMean / 1000:F2} us; "
                + $"the journal reaches {bareMedian / median:P0} of it by median, {bareMean / mean:P0} by mean");
        }
    }

    private static double Mean(long[] ticks)
    {
        double sum = 0;
        foreach (long t in ticks)
        {
            sum += t;
        }

        return Nanoseconds(1) * sum / ticks.Length;
    }

    private static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency;

    /// <summary>
    /// The same records again with the next sequences: the checksums are not what is measured.
    /// </summary>
    private static unsafe void Renumber(byte[] batch, ulong first, int count)
    {
        fixed (byte* start = batch)
        {
            byte* at = start;
            for (int i = 0; i < count; i++)
            {
                *(ulong*)(at + 24) = first + (ulong)i;
                at += new RecordView(at).Bytes;
            }
        }
    }
}
