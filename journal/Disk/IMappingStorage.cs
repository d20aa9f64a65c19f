using System;
using System.Text;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// A storage that can lend a file's pages to the process, so that a write is a copy and no system call.
/// </summary>
internal interface IMappingStorage : IStorage, IFileRenames
{
    /// <summary>Creates a file of zeros whose space is reserved, and maps it. Fails when it exists.</summary>
    IStorageFile CreateMapped(string name, long sizeBytes);
}

/// <summary>Renames without strings, for threads that take nothing from the garbage collector.</summary>
internal interface IFileRenames
{
    /// <summary>As <see cref="IStorage.Rename"/>; both names in ASCII.</summary>
    void Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);
}

/// <summary>For a storage that knows names as strings only.</summary>
internal sealed class StringRenames(IStorage storage) : IFileRenames
{
    public void Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        storage.Rename(Encoding.ASCII.GetString(from), Encoding.ASCII.GetString(to));
}

/// <summary>A file whose pages can be made writable before they are needed.</summary>
internal interface IMappedFile : IStorageFile
{
    void Prepare(long offset, long bytes);
}
