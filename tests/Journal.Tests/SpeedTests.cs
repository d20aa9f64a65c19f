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

    [TestCase(Durability.Os, 480, 24_000)]
    [TestCase(Durability.Os, 1, 400_000)]
    [TestCase(Durability.Sync, 1, 400)]
    [TestCase(Durability.Sync, 480, 200)]
    public void Append_allocates_nothing_and_prints_its_cost(Durability durability, int perBatch, int batches)
    {
        var options = new JournalOptions { Durability = durability, SegmentBytes = 32 << 20 };
        var storage = new DiskStorage(_folder);
        using CommandJournal journal = CommandJournal.Start(storage, JournalTail.Fresh(), options);
        var sequencer = new FakeSequencer(journal);
        byte[] batch = sequencer.Next(perBatch).ToArray();
        int bytes = batch.Length;
        ulong first = 1;
        for (int i = 0; i < int.Min(batches / 10, 2000); i++)
        {
            first = Append(journal, batch, first, perBatch);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < batches; i++)
        {
            first = Append(journal, batch, first, perBatch);
        }

        double ns = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double perRecord = ns / ((double)batches * perBatch);
        double gigabytes = (double)batches * bytes / ns;
        TestContext.Out.WriteLine(
            $"{durability} {bytes} B/append: {perRecord:F1} ns/record, {ns / batches / 1000:F2} us/append, {gigabytes:F2} GB/s, "
            + $"{journal.SegmentsRolled} rolls, {journal.SegmentWaits} waits");
        Assert.That(allocated, Is.Zero);
        if (durability == Durability.Sync)
        {
            PrintBare(bytes + ControlRecord.Size, batches, ns);
        }
    }

    /// <summary>The same records again with the next sequences: the checksums are not what is measured.</summary>
    private static unsafe ulong Append(CommandJournal journal, byte[] batch, ulong first, int count)
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

        return journal.Append(journal.Epoch, first, batch) + 1;
    }

    private void PrintBare(int bytes, int count, double journalNs)
    {
        var storage = new DiskStorage(_folder);
        using IStorageFile file = storage.Create("bare", 32 << 20);
        file.Flush();
        byte[] block = new byte[bytes];
        block.AsSpan().Fill(7);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            file.Write((long)i * bytes, block);
            file.Flush();
        }

        double ns = Stopwatch.GetElapsedTime(started).TotalNanoseconds;
        TestContext.Out.WriteLine($"bare write + fdatasync: {ns / count / 1000:F2} us; the journal reaches {ns / journalNs:P0} of it");
    }
}
