using System;
using System.Buffers.Binary;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Remembers from which command on the event log is kept. The log is never flushed on its way, so a power
/// loss can take its oldest file as well as its newest: only this mark tells a lost file from a deleted one.
/// </summary>
internal static class EventLogRetention
{
    private const int Bytes = 16;

    public static ulong FirstKept(IStorage storage)
    {
        if (!storage.Exists(FileNames.EventsKept))
        {
            return 1;
        }

        using IStorageFile file = storage.Open(FileNames.EventsKept, writable: false);
        Span<byte> mark = stackalloc byte[Bytes];
        if (file.LengthBytes != Bytes || file.Read(0, mark) != Bytes
            || BinaryPrimitives.ReadUInt64LittleEndian(mark[8..]) != Crc32C.Append(0, mark[..8]))
        {
            throw new JournalDamageException(FileNames.EventsKept, 0, "the mark does not match its checksum");
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(mark);
    }

    /// <summary>Durable when it returns; the files before may then be deleted.</summary>
    public static void Mark(IStorage storage, ulong firstKept)
    {
        Span<byte> mark = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(mark, firstKept);
        BinaryPrimitives.WriteUInt64LittleEndian(mark[8..], Crc32C.Append(0, mark[..8]));
        string aside = FileNames.EventsKept + FileNames.AsideSuffix;
        if (storage.Exists(aside))
        {
            storage.Delete(aside);
        }

        using (IStorageFile file = storage.Create(aside, Bytes))
        {
            file.Write(0, mark);
            file.Flush();
        }

        storage.Rename(aside, FileNames.EventsKept);
        storage.FlushFolder();
    }
}
