using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using HftEngine.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace HftEngine.Journal;

/// <summary>A folder on a real disk.</summary>
public sealed class DiskStorage : IMappingStorage
{
    // Shared, because files are made while the venue runs.
    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly byte[] _folderBytes;

    public DiskStorage(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
        _folderBytes = Encoding.UTF8.GetBytes(Folder);
    }

    public string Folder { get; }

    public IStorageFile Create(string name, long sizeBytes)
    {
        SafeFileHandle handle = OpenHandle("create", name, FileMode.CreateNew, FileAccess.ReadWrite);
        var file = new DiskFile(PathOf(name), name, handle);
        try
        {
            // Blocks that were written once are flushed about twice as fast as blocks that are only reserved:
            // the file system need not record that they became valid.
            for (long offset = 0; offset < sizeBytes; offset += Zeros.Length)
            {
                file.Write(offset, Zeros.AsSpan(0, (int)long.Min(Zeros.Length, sizeBytes - offset)));
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    IStorageFile IMappingStorage.CreateMapped(string name, long sizeBytes)
    {
        SafeFileHandle handle = OpenHandle("create", name, FileMode.CreateNew, FileAccess.ReadWrite);
        return MappedFile.Create(PathOf(name), name, handle, sizeBytes);
    }

    public IStorageFile Open(string name, bool writable)
    {
        FileAccess access = writable ? FileAccess.ReadWrite : FileAccess.Read;
        return new DiskFile(PathOf(name), name, OpenHandle("open", name, FileMode.Open, access));
    }

    public bool Exists(string name) => File.Exists(PathOf(name));

    public IReadOnlyList<string> List()
    {
        var names = new List<string>();
        Guard("list", ".", () =>
        {
            foreach (string path in Directory.EnumerateFiles(Folder))
            {
                names.Add(Path.GetFileName(path));
            }
        });
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    public void Rename(string from, string to) =>
        Guard("rename", from, () => File.Move(PathOf(from), PathOf(to), overwrite: true));

    unsafe void IFileRenames.Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        int room = _folderBytes.Length + int.Max(from.Length, to.Length) + 2;
        Span<byte> fromPath = stackalloc byte[room];
        Span<byte> toPath = stackalloc byte[room];
        WritePath(from, fromPath);
        WritePath(to, toPath);
        int result;
        fixed (byte* source = fromPath, target = toPath)
        {
            result = Posix.Rename(source, target);
        }

        if (result != 0)
        {
            throw new StorageException("rename", PathOf(Encoding.ASCII.GetString(from)), 0, Posix.LastError());
        }
    }

    public void Delete(string name) => Guard("delete", name, () => File.Delete(PathOf(name)));

    public void FlushFolder()
    {
        // The class library opens no folders, and only a descriptor can be flushed.
        int descriptor = Posix.Open(Folder, Posix.ReadOnlyFolder);
        if (descriptor < 0)
        {
            throw new StorageException("open", Folder, 0, Posix.LastError());
        }

        int result = Posix.FSync(descriptor);
        StorageException? failure =
            result == 0 ? null : new StorageException("flush", Folder, 0, Posix.LastError());
        _ = Posix.Close(descriptor);
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Folder, slash, name, zero.</summary>
    private void WritePath(ReadOnlySpan<byte> name, Span<byte> path)
    {
        _folderBytes.CopyTo(path);
        path[_folderBytes.Length] = (byte)'/';
        name.CopyTo(path[(_folderBytes.Length + 1)..]);
        path[_folderBytes.Length + 1 + name.Length] = 0;
    }

    private string PathOf(string name) => Path.Combine(Folder, name);

    private SafeFileHandle OpenHandle(string operation, string name, FileMode mode, FileAccess access)
    {
        try
        {
            // Sharing is left open: the folder's lock keeps a second writer off, and readers must never be
            // refused.
            return File.OpenHandle(PathOf(name), mode, access, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(operation, PathOf(name), 0, e);
        }
    }

    private void Guard(string operation, string name, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(operation, PathOf(name), 0, e);
        }
    }
}
