using System;
using System.Collections.Generic;

namespace HftEngine.Core.Storage;

/// <summary>One folder of files. The real disk is one implementation; the simulated one loses and tears writes on purpose.</summary>
/// <remarks>Every operation throws <see cref="StorageException"/> on failure; nothing is retried below this seam.</remarks>
public interface IStorage
{
    /// <summary>Creates a file of <paramref name="sizeBytes"/> zeros, written, not only allocated. Fails when it exists.</summary>
    IStorageFile Create(string name, long sizeBytes);

    /// <summary>Opens an existing file.</summary>
    IStorageFile Open(string name, bool writable);

    bool Exists(string name);

    /// <summary>Names in ordinal order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Atomic; replaces <paramref name="to"/> when it exists. Durable after <see cref="FlushFolder"/>.</summary>
    void Rename(string from, string to);

    void Delete(string name);

    /// <summary>Makes creations, renames and deletions durable.</summary>
    void FlushFolder();
}

public interface IStorageFile : IDisposable
{
    string Name { get; }

    long LengthBytes { get; }

    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads up to the buffer's length; fewer only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Returns when everything written before is on the disk (fdatasync).</summary>
    void Flush();

    void Truncate(long lengthBytes);
}

/// <summary>A failed storage operation: what, which file, where. It always stops the engine's acceptance of commands.</summary>
public sealed class StorageException(string operation, string file, long offset, Exception? cause)
    : Exception($"{operation} of {file} at offset {offset} failed: {cause?.Message ?? "unknown cause"}", cause)
{
    public string Operation { get; } = operation;

    public string File { get; } = file;

    public long Offset { get; } = offset;
}
