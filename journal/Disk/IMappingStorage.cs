using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// A storage that can lend a file's pages to the process, so that a write is a copy and no system call.
/// </summary>
internal interface IMappingStorage : IStorage
{
    /// <summary>Creates a file of zeros whose space is reserved, and maps it. Fails when it exists.</summary>
    IStorageFile CreateMapped(string name, long sizeBytes);
}

/// <summary>A file whose pages can be made writable before they are needed.</summary>
internal interface IMappedFile : IStorageFile
{
    void Prepare(long offset, long bytes);
}
