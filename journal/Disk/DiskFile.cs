using System;
using System.IO;
using HftEngine.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace HftEngine.Journal;

/// <summary>Positioned reads and writes on one file.</summary>
internal sealed class DiskFile(string path, string name, SafeFileHandle handle) : IStorageFile
{
    public string Name => name;

    public long LengthBytes
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (IOException e)
            {
                throw new StorageException("length", path, 0, e);
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw new StorageException("write", path, offset, e);
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        int total = 0;
        try
        {
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw new StorageException("read", path, offset + total, e);
        }

        return total;
    }

    public void Flush()
    {
        // The class library's flush is fsync, which also writes times and costs a second round on most file
        // systems.
        if (Posix.FDataSync(handle) != 0)
        {
            throw new StorageException("flush", path, 0, Posix.LastError());
        }
    }

    public void Truncate(long lengthBytes)
    {
        try
        {
            RandomAccess.SetLength(handle, lengthBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException("truncate", path, lengthBytes, e);
        }
    }

    public void Dispose() => handle.Dispose();
}
