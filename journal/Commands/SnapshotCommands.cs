using System;
using System.Globalization;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>`hft snapshot list` and `verify`: what stands in the folder, and whether it is whole.</summary>
public static class SnapshotCommands
{
    /// <summary>One line for each snapshot, from its header alone.</summary>
    public static int List(IStorage storage, JournalOptions options, JournalConsole console)
    {
        var store = new SnapshotStore(storage, options);
        console.Output.WriteLine(
            $"{"snapshot",-44} {"epoch",6} {"sequence",12} {"rules",6} {"KiB",10} {"state hash",17} event digest");
        foreach (string name in store.List())
        {
            console.Output.WriteLine(Describe(store, name));
        }

        return 0;
    }

    /// <summary>Every byte of every snapshot, and whether the journal beside it continues it.</summary>
    /// <returns>0 when all are whole; 1 otherwise.</returns>
    public static int Verify(IStorage storage, JournalOptions options, JournalConsole console)
    {
        var store = new SnapshotStore(storage, options);
        bool whole = true;
        long total = 0;
        foreach (string name in store.List())
        {
            using IStorageFile file = storage.Open(name, writable: false);
            total += file.LengthBytes;
        }

        long done = 0;
        foreach (string name in store.List())
        {
            whole &= VerifyOne(storage, store, options, name, console, bytes =>
            {
                done += bytes;
                console.Report(Math.Min(done, total - 1), total);
            });
        }

        console.Report(total, total);
        return whole ? 0 : 1;
    }

    private static string Describe(SnapshotStore store, string name)
    {
        try
        {
            SnapshotEntry entry = store.Read(name);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-44} {entry.Point.Epoch,6} {entry.Point.Sequence,12} {entry.Point.RuleLevel,6} {entry.FileBytes >> 10,10} {entry.StateHash,17:x16} {entry.Point.EventDigest:x16}");
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException)
        {
            return $"{name,-44} {e.Message}";
        }
    }

    private static bool VerifyOne(
        IStorage storage,
        SnapshotStore store,
        JournalOptions options,
        string name,
        JournalConsole console,
        Action<long> progress)
    {
        try
        {
            SnapshotEntry entry = store.Read(name, out UInt128 journalId);
            store.Check(entry, progress);
            (string? note, bool isFault) = LookAtJournal(storage, options, entry, journalId);
            console.Output.WriteLine($"{name}: whole{(note is null ? string.Empty : $", but {note}")}");
            return !isFault;
        }
        catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException or StorageException)
        {
            console.Output.WriteLine(e.Message);
            return false;
        }
    }

    /// <summary>Why no start would use it, and whether that is a fault or just its age.</summary>
    private static (string? Note, bool IsFault) LookAtJournal(
        IStorage storage, JournalOptions options, SnapshotEntry entry, UInt128 journalId)
    {
        var segments = SegmentCatalog.Read(storage, options);
        if (segments.Count == 0 || segments[0].Header.JournalId != journalId)
        {
            return (segments.Count == 0 ? "there is no journal beside it" : "it belongs to another journal", true);
        }

        if (entry.Point.Sequence + 1 < segments[0].Header.FirstSequence)
        {
            return ($"the journal begins behind it, at {segments[0].Header.FirstSequence}", false);
        }

        ulong[] voided = VoidList.Read(storage, journalId).Sequences();
        if (SnapshotStore.VoidsUpTo(voided, entry.Point.Sequence) != entry.VoidsCrc)
        {
            return ("commands before it were voided since", false);
        }

        bool belongs = RecoveryStart.IsInJournal(storage, segments, entry.Point);
        return belongs ? (null, false) : ("the journal has not this command at its place", true);
    }
}
