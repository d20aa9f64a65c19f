using System;
using System.Diagnostics;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>Prints what reading and checking costs, apart from what the engine does with a command.</summary>
[NonParallelizable]
internal sealed class RecoverySpeedTests
{
    [TestCase(480)]
    [TestCase(1)]
    public void Reading_prints_its_cost_per_record(int perBatch)
    {
        const int commands = 240_000;
        var options = new JournalOptions { Durability = Durability.Os, SegmentBytes = 16 << 20 };
        var storage = new SimulatedStorage();
        using (CommandJournal journal = CommandJournal.Start(storage, JournalTail.Fresh(), options))
        {
            var sequencer = new FakeSequencer(journal);
            for (int i = 0; i < commands / perBatch; i++)
            {
                ReadOnlySpan<byte> records = sequencer.Next(perBatch);
                journal.Append(journal.Epoch, sequencer.LastSequence - (ulong)perBatch + 1, records);
            }

            journal.Stop();
        }

        double best = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long started = Stopwatch.GetTimestamp();
            using var reader = new JournalReader(storage, options);
            while (reader.Next(out _))
            {
            }

            Assert.That(reader.LastSequence, Is.EqualTo(commands));
            best = double.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / commands);
        }

        TestContext.Out.WriteLine($"read and check, {perBatch} records a batch: {best:F1} ns/record (best of 5)");
    }
}
