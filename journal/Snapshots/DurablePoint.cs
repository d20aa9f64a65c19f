using System;
using System.Collections.Generic;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Brings journal and event log up to a command to the disk, in every durability mode: a snapshot must never be ahead of
/// what a power loss leaves.
/// </summary>
public static class DurablePoint
{
    /// <param name="storage">The folder; another process may be writing its journal meanwhile.</param>
    /// <param name="after">Up to here it was done before.</param>
    /// <param name="upTo">The command.</param>
    public static void Flush(IStorage storage, ulong after, ulong upTo)
    {
        Flush(storage, FileNames.JournalPrefix, FileNames.JournalSuffix, after, upTo);
        Flush(storage, FileNames.EventPrefix, FileNames.EventSuffix, after, upTo);
        storage.FlushFolder();
    }

    private static void Flush(IStorage storage, string prefix, string suffix, ulong after, ulong upTo)
    {
        var segments = new List<(ulong First, string Name)>();
        foreach (string name in storage.List())
        {
            if (FileNames.TryParse(name, prefix, suffix, out ulong first))
            {
                segments.Add((first, name));
            }
        }

        for (int i = 0; i < segments.Count; i++)
        {
            bool endsBefore = i + 1 < segments.Count && segments[i + 1].First <= after + 1;
            if (!endsBefore && segments[i].First <= upTo)
            {
                using IStorageFile file = storage.Open(segments[i].Name, writable: true);
                file.Flush();
            }
        }
    }
}
