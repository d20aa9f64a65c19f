using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>One command segment that was found, in the order of the sequences.</summary>
internal sealed record SegmentEntry(string Name, SegmentHeader Header, long LengthBytes)
{
    public bool IsPrepared => FileNames.IsPrepared(Name);
}

/// <summary>The command segments of a folder, their headers checked against each other.</summary>
internal static class SegmentCatalog
{
    public static List<SegmentEntry> Read(IStorage storage, JournalOptions options) => Read(storage, options, null);

    /// <param name="storage">The folder.</param>
    /// <param name="options">What this program knows.</param>
    /// <param name="unreadable">
    /// Takes the names of segments whose headers are bad, for a cut that gives them up; null: they are damage.
    /// </param>
    public static List<SegmentEntry> Read(IStorage storage, JournalOptions options, List<string>? unreadable)
    {
        var entries = new List<SegmentEntry>();
        foreach (string name in storage.List())
        {
            bool named = FileNames.TryParse(
                name, FileNames.JournalPrefix, FileNames.JournalSuffix, out ulong sequence);
            if (named || FileNames.IsPrepared(name))
            {
                SegmentEntry? entry = ReadEntry(storage, name, named, sequence, options, unreadable);
                if (entry is not null)
                {
                    entries.Add(entry);
                }
            }
        }

        entries.Sort(static (a, b) => a.Header.FirstSequence.CompareTo(b.Header.FirstSequence));
        for (int i = 1; i < entries.Count; i++)
        {
            CheckNeighbours(entries[i - 1], entries[i]);
        }

        return entries;
    }

    /// <summary>
    /// The highest epoch among segments that a cut kept aside. A cut that a crash broke off may have left the epoch
    /// nowhere else, and no epoch may come twice.
    /// </summary>
    public static uint HighestCutEpoch(IStorage storage)
    {
        uint highest = 0;
        byte[] page = new byte[SegmentHeader.Size];
        foreach (string name in storage.List())
        {
            bool isCut = name.StartsWith(FileNames.JournalPrefix, StringComparison.Ordinal)
                && name.EndsWith(FileNames.CutSuffix, StringComparison.Ordinal);
            if (isCut)
            {
                using IStorageFile file = storage.Open(name, writable: false);
                int read = file.Read(0, page);
                bool isWhole = SegmentHeader.TryRead(page.AsSpan(0, read), out SegmentHeader header);
                highest = isWhole ? uint.Max(highest, header.Epoch) : highest;
            }
        }

        return highest;
    }

    /// <summary>
    /// Gives a segment that was rolled into just before a crash the name that it would have got.
    /// </summary>
    public static bool Adopt(IStorage storage, List<SegmentEntry> entries)
    {
        bool any = false;
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].IsPrepared)
            {
                string name = FileNames.Journal(entries[i].Header.FirstSequence);
                storage.Rename(entries[i].Name, name);
                entries[i] = entries[i] with { Name = name };
                any = true;
            }
        }

        if (any)
        {
            storage.FlushFolder();
        }

        return any;
    }

    private static SegmentEntry? ReadEntry(
        IStorage storage,
        string name,
        bool named,
        ulong sequence,
        JournalOptions options,
        List<string>? unreadable)
    {
        using IStorageFile file = storage.Open(name, writable: false);
        byte[] page = new byte[SegmentHeader.Size];
        int read = file.Read(0, page);
        if (!SegmentHeader.TryRead(page.AsSpan(0, read), out SegmentHeader header))
        {
            if (!named || SegmentBytes.AreZero(file, 0, file.LengthBytes))
            {
                // Prepared and not yet used, or used when power was lost in a mode that flushes nothing.
                return null;
            }

            if (unreadable is not null)
            {
                unreadable.Add(name);
                return null;
            }

            throw new JournalDamageException(name, 0, "the segment's header does not match its checksum");
        }

        CheckHeader(name, in header, options);
        if (named && header.FirstSequence != sequence)
        {
            throw new JournalDamageException(name, 40, "the header's first sequence is not the name's");
        }

        if (!named && SegmentBytes.AreZero(file, SegmentHeader.Size, SegmentHeader.Size + ControlRecord.Size))
        {
            return null;
        }

        return new SegmentEntry(name, header, long.Min(file.LengthBytes, header.SegmentBytes));
    }

    private static void CheckHeader(string name, in SegmentHeader header, JournalOptions options)
    {
        if (header.Magic != SegmentHeader.JournalMagic)
        {
            throw new JournalDamageException(name, 0, "this is not a journal segment");
        }

        if (header.FormatVersion != SegmentHeader.CurrentFormat)
        {
            throw new RecoveryRefusedException(
                $"{name} has format {header.FormatVersion}, known is {SegmentHeader.CurrentFormat}.");
        }

        if (header.RuleLevel > options.KnownRuleLevel)
        {
            throw new RecoveryRefusedException(
                $"{name} has rule level {header.RuleLevel}; this program knows {options.KnownRuleLevel}.");
        }

        if (header.SchemaId != options.SchemaId || header.SchemaVersion > options.SchemaVersion)
        {
            throw new RecoveryRefusedException(
                $"{name} has schema {header.SchemaId} version {header.SchemaVersion}; "
                + $"this program decodes {options.SchemaId} up to version {options.SchemaVersion}.");
        }
    }

    private static void CheckNeighbours(SegmentEntry before, SegmentEntry after)
    {
        if (after.Header.JournalId != before.Header.JournalId)
        {
            throw new JournalDamageException(
                after.Name, 16, $"it belongs to another journal than {before.Name}");
        }

        if (after.Header.FirstSequence == before.Header.FirstSequence)
        {
            throw new JournalDamageException(
                after.Name, 40, $"it starts at the same sequence as {before.Name}");
        }

        if (after.Header.Epoch < before.Header.Epoch)
        {
            throw new JournalDamageException(after.Name, 32, $"its epoch is below that of {before.Name}");
        }
    }
}
