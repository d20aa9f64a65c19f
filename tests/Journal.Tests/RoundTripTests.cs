using System;
using System.IO;
using HftEngine.Core.Storage;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

internal sealed class RoundTripTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-journal-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(Durability.Os)]
    [TestCase(Durability.Sync)]
    public void What_was_appended_is_replayed_over_segments_and_epochs(Durability durability)
    {
        JournalOptions options = Venue.Small with { Durability = durability };
        ulong expected = 0;
        for (uint start = 1; start <= 4; start++)
        {
            using Venue venue = Venue.Start(new DiskStorage(_folder), options);
            Assert.That(venue.Recovered.Tail.LastSequence, Is.EqualTo(expected));
            Assert.That(venue.Recovered.ReplayedCommands, Is.EqualTo(expected));
            Assert.That(venue.Journal.Epoch, Is.EqualTo(start));
            Assert.That(venue.Recovered.Tail.OrderlyStop, Is.EqualTo(start is 2 or 4));
            for (int batch = 1; batch < 60; batch++)
            {
                venue.Run(batch * 4);
                expected += (ulong)batch * 4;
            }

            Assert.That(venue.Journal.SegmentsRolled, Is.GreaterThan(2));
            if (start % 2 == 1)
            {
                venue.Journal.Stop();
            }
        }

        using Venue last = Venue.Start(new DiskStorage(_folder), options);
        Assert.That(last.Recovered.Tail.LastSequence, Is.EqualTo(expected));
        Assert.That(last.Events.Last.Sequence, Is.EqualTo(expected));
    }

    [Test]
    public void An_empty_folder_is_a_new_journal()
    {
        using Venue venue = Venue.Start(new DiskStorage(_folder));
        Assert.That(venue.Journal.Epoch, Is.EqualTo(1));
        Assert.That(venue.Journal.LastSequence, Is.Zero);
        Assert.That(venue.Journal.LastCrc, Is.Zero);
    }

    [Test]
    public void The_epoch_rises_at_every_start_even_without_commands()
    {
        var storage = new DiskStorage(_folder);
        for (uint epoch = 1; epoch <= 5; epoch++)
        {
            using Venue venue = Venue.Start(storage);
            Assert.That(venue.Journal.Epoch, Is.EqualTo(epoch));
            if (epoch == 3)
            {
                venue.Run(5);
            }
        }
    }

    [Test]
    public void A_gap_in_the_sequence_breaks_the_journal()
    {
        using Venue venue = Venue.Start(new DiskStorage(_folder));
        venue.Run(3);
        var other = new FakeSequencer(venue.Journal.Epoch, 5, venue.Journal.LastCrc, 9);
        byte[] records = other.Next(1).ToArray();
        Assert.That(() => venue.Journal.Append(1, 6, records), Throws.Exception);
        Assert.That(() => venue.Run(1), Throws.InstanceOf<StorageException>());
        Assert.That(venue.Journal.LastSequence, Is.EqualTo(3));
    }

    [Test]
    public void Another_process_cannot_take_the_lock()
    {
        Assume.That(File.Exists("/usr/bin/flock"), "needs flock(1)");
        using FolderLock held = FolderLock.Acquire(_folder);
        string path = Path.Combine(_folder, FolderLock.FileName);
        using System.Diagnostics.Process other =
            System.Diagnostics.Process.Start("/usr/bin/flock", ["--nonblock", path, "true"]);
        other.WaitForExit();
        Assert.That(other.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public void Two_holders_of_one_folder_are_refused_and_the_message_names_the_first()
    {
        using FolderLock first = FolderLock.Acquire(_folder);
        Assert.That(
            () => FolderLock.Acquire(_folder),
            Throws.InstanceOf<StorageException>().With.Message.Contains($"process {Environment.ProcessId}"));
    }
}
