using System;
using System.Collections.Generic;
using HftEngine.Core;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Applies the retention rule to a folder. Nothing goes before as many later snapshots and images as the rule names have
/// been read whole, just now; the oldest goes first, so that what is left is always contiguous.
/// </summary>
public sealed class SegmentRetention(IStorage storage, JournalOptions options, UInt128 journalId, RetentionRule rule)
{
    private readonly SnapshotStore _snapshots = new(storage, options);

    /// <param name="afterBytes">Called between the pieces of what is read and copied, to pace it.</param>
    public RetentionResult Apply(Action<long>? afterBytes = null)
    {
        Invariant.Require(rule.Snapshots >= 1);
        Invariant.Require(rule.Mode != RetentionMode.Archive || rule.Archive is not null);
        var images = new ImageStore(storage, journalId);
        if (FindOldestKept(afterBytes) is not { } oldest || !TryFindOldestImage(images, out EventPosition image))
        {
            return default;
        }

        int removedSnapshots = DeleteSnapshotsBefore(oldest);
        int before = images.List().Count;
        images.Retain(rule.Snapshots);
        int removedImages = before - images.List().Count;
        storage.FlushFolder();
        if (rule.Mode == RetentionMode.Keep)
        {
            return new RetentionResult(removedSnapshots, removedImages, 0, 0);
        }

        ulong needed = ulong.Min(oldest.Point.Sequence, image.Sequence) + 1;
        return new RetentionResult(
            removedSnapshots,
            removedImages,
            RemoveCommandSegments(needed, afterBytes),
            RemoveEventSegments(needed, afterBytes));
    }

    /// <summary>The oldest of the newest whole snapshots; null when there are not enough.</summary>
    private SnapshotEntry? FindOldestKept(Action<long>? afterBytes)
    {
        List<string> names = _snapshots.List();
        int whole = 0;
        for (int i = names.Count - 1; i >= 0; i--)
        {
            try
            {
                SnapshotEntry entry = _snapshots.Read(names[i], out UInt128 owner);
                if (owner == journalId)
                {
                    _snapshots.Check(entry, afterBytes);
                    if (++whole == rule.Snapshots)
                    {
                        return entry;
                    }
                }
            }
            catch (Exception e) when (e is JournalDamageException or RecoveryRefusedException)
            {
                // It does not count. What it leaves unprotected stays.
            }
        }

        return null;
    }

    private bool TryFindOldestImage(ImageStore images, out EventPosition oldest)
    {
        List<EventPosition> all = images.List();
        int whole = 0;
        oldest = default;
        for (int i = all.Count - 1; i >= 0 && whole < rule.Snapshots; i--)
        {
            if (images.IsWhole(all[i]))
            {
                oldest = all[i];
                whole++;
            }
        }

        return whole == rule.Snapshots;
    }

    private int DeleteSnapshotsBefore(SnapshotEntry oldest)
    {
        List<string> names = _snapshots.List();
        int count = names.IndexOf(oldest.Name);
        for (int i = 0; i < count; i++)
        {
            storage.Delete(names[i]);
        }

        return count;
    }

    private int RemoveCommandSegments(ulong needed, Action<long>? afterBytes)
    {
        List<ulong> segments = SegmentsOf(FileNames.JournalPrefix, FileNames.JournalSuffix);
        int removed = 0;

        // The first segment that stays has a value of the digest chain: those before it are digested to their ends.
        while (removed + 1 < segments.Count
            && segments[removed + 1] <= needed
            && DigestResume.HasAny(storage, journalId, segments[removed + 1]))
        {
            Remove(FileNames.Journal(segments[removed]), afterBytes);
            RemoveDigestsBefore(segments[removed], afterBytes);
            removed++;
        }

        return removed;
    }

    /// <summary>The side file of the last segment that went stays: the chain goes on from its value.</summary>
    private void RemoveDigestsBefore(ulong segment, Action<long>? afterBytes)
    {
        foreach (ulong first in SegmentsOf(FileNames.JournalPrefix, FileNames.DigestSuffix))
        {
            if (first < segment)
            {
                Remove(FileNames.Digest(first), afterBytes);
            }
        }
    }

    private int RemoveEventSegments(ulong needed, Action<long>? afterBytes)
    {
        List<ulong> segments = EventLogScan.SegmentsOf(storage);
        int removed = 0;
        while (removed + 1 < segments.Count && segments[removed + 1] <= needed)
        {
            string name = FileNames.Events(segments[removed]);
            Copy(name, afterBytes);

            // The mark tells a file that was removed from one that a power loss took.
            EventLogRetention.Mark(storage, segments[removed + 1]);
            storage.Delete(name);
            storage.FlushFolder();
            removed++;
        }

        return removed;
    }

    private void Remove(string name, Action<long>? afterBytes)
    {
        Copy(name, afterBytes);
        storage.Delete(name);
        storage.FlushFolder();
    }

    private void Copy(string name, Action<long>? afterBytes)
    {
        if (rule.Mode == RetentionMode.Archive)
        {
            ArchiveCopy.Put(storage, rule.Archive!, name, afterBytes);
        }
    }

    private List<ulong> SegmentsOf(string prefix, string suffix)
    {
        var found = new List<ulong>();
        foreach (string name in storage.List())
        {
            if (FileNames.TryParse(name, prefix, suffix, out ulong first))
            {
                found.Add(first);
            }
        }

        return found;
    }
}
