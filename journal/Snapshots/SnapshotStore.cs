using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Core.State;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The snapshots of a folder. A file gets its name when it was flushed and read back whole; under its name it is
/// verified, or it was damaged since.
/// </summary>
public sealed class SnapshotStore(IStorage storage, JournalOptions options)
{
    /// <summary>
    /// Writes a snapshot aside, flushes it, reads it back with its checksums and its state hash, and names it.
    /// </summary>
    /// <param name="journalId">Whose state it is.</param>
    /// <param name="point">After which command; the journal and the event log up to it are on the disk.</param>
    /// <param name="save">Gives the state and returns its hash: <c>Engine.SaveState</c>.</param>
    /// <param name="afterBytes">Called between blocks, to pace the writing.</param>
    public SnapshotEntry Write(
        UInt128 journalId, SnapshotPoint point, Func<StateSink, ulong> save, Action<long>? afterBytes = null)
    {
        string name = FileNames.Snapshot(point.Epoch, point.Sequence);
        string aside = name + FileNames.AsideSuffix;
        if (storage.Exists(aside))
        {
            storage.Delete(aside);
        }

        SnapshotHeader header = SnapshotHeader.Of(point, journalId, options);
        header.VoidsCrc = VoidsUpTo(VoidList.Read(storage, journalId).Sequences(), point.Sequence);
        using (IStorageFile file = storage.Create(aside, SegmentHeader.Size))
        {
            var writer = new SnapshotWriter(file, in header, bytes =>
            {
                // A backlog in the page cache would make the venue's next flush wait for all of it.
                file.Flush();
                afterBytes?.Invoke(bytes);
            });
            ulong hash = save(writer.Append);
            writer.Close(hash);
            file.Flush();
        }

        SnapshotEntry entry = Read(aside);
        Check(entry, afterBytes);
        storage.Rename(aside, name);
        storage.FlushFolder();
        return entry with { Name = name };
    }

    /// <summary>Names of the snapshots in the folder, by sequence, rising; whole or not.</summary>
    public List<string> List()
    {
        var found = new List<(EventPosition At, string Name)>();
        foreach (string name in storage.List())
        {
            if (FileNames.TryParsePosition(
                name, FileNames.SnapshotPrefix, FileNames.SnapshotSuffix, out EventPosition at))
            {
                found.Add((at, name));
            }
        }

        // A command that was lost and issued again has a higher epoch.
        found.Sort(static (a, b) => a.At.Sequence != b.At.Sequence
            ? a.At.Sequence.CompareTo(b.At.Sequence)
            : a.At.Epoch.CompareTo(b.At.Epoch));
        return found.ConvertAll(static f => f.Name);
    }

    /// <summary>What a snapshot's header says.</summary>
    /// <exception cref="JournalDamageException">The header does not match its checksum or the name.</exception>
    /// <exception cref="RecoveryRefusedException">It is from a newer program.</exception>
    public SnapshotEntry Read(string name) => Read(name, out _);

    /// <summary>Reads the whole file: each block's checksum, and the state's hash.</summary>
    /// <exception cref="JournalDamageException">Something does not match.</exception>
    public void Check(SnapshotEntry entry, Action<long>? afterBytes = null)
    {
        using var reader = new SnapshotReader(storage, entry.Name);
        int Source(Span<byte> buffer)
        {
            int read = reader.Read(buffer);
            afterBytes?.Invoke(read);
            return read;
        }

        bool whole = StateStream.TryHash(Source, entry.StateBytes, out ulong hash);
        if (!whole || hash != entry.StateHash || reader.Read(new byte[1]) != 0)
        {
            throw new JournalDamageException(entry.Name, 168, "the state has another hash than the header says");
        }
    }

    /// <summary>Loads a snapshot into a replay's target.</summary>
    /// <exception cref="RecoveryRefusedException">The target cannot take it.</exception>
    public void Load(SnapshotEntry entry, IReplayTarget target)
    {
        using var reader = new SnapshotReader(storage, entry.Name);
        ulong hash;
        try
        {
            hash = target.Restore(reader.Read);
        }
        catch (StateException e)
        {
            throw new RecoveryRefusedException($"{entry.Name} is whole, but cannot be loaded: {e.Message}", e);
        }

        bool agrees = hash == entry.StateHash
            && target.LastSequence == entry.Point.Sequence
            && target.EventDigest == entry.Point.EventDigest;
        if (!agrees)
        {
            throw new RecoveryRefusedException($"{entry.Name} holds another state than its header says.");
        }
    }

    /// <summary>
    /// The newest readable header; null when there is none. For what it says of the journal, not of its own state.
    /// </summary>
    public SnapshotEntry? FindNewest()
    {
        List<string> names = List();
        for (int i = names.Count - 1; i >= 0; i--)
        {
            try
            {
                return Read(names[i]);
            }
            catch (JournalDamageException)
            {
                // Recovery names it when it passes it over.
            }
        }

        return null;
    }

    /// <summary>Removes what an interrupted writing left.</summary>
    public void DeleteLeftovers()
    {
        foreach (string name in storage.List())
        {
            if (name.StartsWith(FileNames.SnapshotPrefix, StringComparison.Ordinal)
                && name.EndsWith(FileNames.AsideSuffix, StringComparison.Ordinal))
            {
                storage.Delete(name);
            }
        }
    }

    /// <summary>Distinguishes histories in which other commands were voided.</summary>
    internal static uint VoidsUpTo(ulong[] voided, ulong sequence)
    {
        int count = 0;
        while (count < voided.Length && voided[count] <= sequence)
        {
            count++;
        }

        return Crc32C.Append(0, MemoryMarshal.AsBytes(voided.AsSpan(0, count)));
    }

    internal SnapshotEntry Read(string name, out UInt128 journalId)
    {
        using IStorageFile file = storage.Open(name, writable: false);
        byte[] page = new byte[SegmentHeader.Size];
        int read = file.Read(0, page);
        if (!SegmentHeader.TryRead(page.AsSpan(0, read), out SegmentHeader segment)
            || segment.Magic != SnapshotHeader.Magic)
        {
            throw new JournalDamageException(name, 0, "the snapshot's header does not match its checksum");
        }

        Refuse(name, in segment);
        SnapshotHeader header = MemoryMarshal.Read<SnapshotHeader>(page);
        SnapshotPoint point = header.ToPoint();
        string own = FileNames.Snapshot(point.Epoch, point.Sequence);
        if (name != own && name != own + FileNames.AsideSuffix)
        {
            throw new JournalDamageException(name, 40, "the header is of another snapshot");
        }

        journalId = segment.JournalId;
        return new SnapshotEntry
        {
            Name = name,
            Point = point,
            StateHash = header.StateHash,
            StateBytes = header.StateBytes,
            FileBytes = file.LengthBytes,
            VoidsCrc = header.VoidsCrc,
        };
    }

    private void Refuse(string name, in SegmentHeader header)
    {
        if (header.FormatVersion != SegmentHeader.CurrentFormat
            || header.RuleLevel > options.KnownRuleLevel
            || header.SchemaId != options.SchemaId
            || header.SchemaVersion > options.SchemaVersion)
        {
            throw new RecoveryRefusedException(
                $"{name} is from a newer program: format {header.FormatVersion}, rule level {header.RuleLevel}, "
                + $"schema version {header.SchemaVersion}.");
        }
    }
}
