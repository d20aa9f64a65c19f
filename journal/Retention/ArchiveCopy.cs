using System;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Puts a file into an archive: aside, flushed, read back and compared, named, folder flushed.</summary>
internal static class ArchiveCopy
{
    private const int ChunkBytes = 1 << 18;

    public static void Put(IStorage from, IStorage archive, string name, Action<long>? afterBytes)
    {
        using IStorageFile source = from.Open(name, writable: false);
        if (archive.Exists(name) && AreEqual(source, archive, name, afterBytes))
        {
            // An earlier run came so far.
            return;
        }

        string aside = name + FileNames.AsideSuffix;
        if (archive.Exists(aside))
        {
            archive.Delete(aside);
        }

        using (IStorageFile copy = archive.Create(aside, 0))
        {
            byte[] chunk = new byte[ChunkBytes];
            long length = source.LengthBytes;
            for (long offset = 0; offset < length; offset += ChunkBytes)
            {
                int read = source.Read(offset, chunk.AsSpan(0, (int)long.Min(ChunkBytes, length - offset)));
                copy.Write(offset, chunk.AsSpan(0, read));
                copy.Flush();
                afterBytes?.Invoke(read);
            }

            copy.Flush();
        }

        if (!AreEqual(source, archive, aside, afterBytes))
        {
            throw new JournalDamageException(aside, 0, "the copy in the archive differs from its source");
        }

        archive.Rename(aside, name);
        archive.FlushFolder();
    }

    private static bool AreEqual(IStorageFile source, IStorage archive, string name, Action<long>? afterBytes)
    {
        using IStorageFile copy = archive.Open(name, writable: false);
        long length = source.LengthBytes;
        if (copy.LengthBytes != length)
        {
            return false;
        }

        byte[] own = new byte[ChunkBytes];
        byte[] other = new byte[ChunkBytes];
        for (long offset = 0; offset < length; offset += ChunkBytes)
        {
            int bytes = (int)long.Min(ChunkBytes, length - offset);
            bool read = source.Read(offset, own.AsSpan(0, bytes)) == bytes
                && copy.Read(offset, other.AsSpan(0, bytes)) == bytes;
            if (!read || !own.AsSpan(0, bytes).SequenceEqual(other.AsSpan(0, bytes)))
            {
                return false;
            }

            afterBytes?.Invoke(bytes);
        }

        return true;
    }
}
