using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace HftEngine.Journal;

/// <summary>
/// A file whose pages are mapped into the process. A write is a copy into the page cache: what the process
/// wrote before it died is in the file, without a system call per write.
/// </summary>
/// <remarks>
/// Used where nothing is flushed on the way. A page that the kernel cannot bring in kills the process by a
/// signal, which is as final as the failed write that it stands for; the space is reserved before, so a full
/// disk shows at creation.
/// </remarks>
internal sealed unsafe class MappedFile : IMappedFile
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly long _length;
    private byte* _pages;

    private MappedFile(string path, string name, SafeFileHandle handle, long length, byte* pages)
    {
        _path = path;
        Name = name;
        _handle = handle;
        _length = length;
        _pages = pages;
    }

    public static MappedFile Create(string path, string name, SafeFileHandle handle, long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (IOException e)
        {
            handle.Dispose();
            throw new StorageException("allocate", path, length, e);
        }

        void* pages = Posix.Map(
            null, (nuint)length, Posix.ProtectionReadWrite, Posix.MapShared, handle, 0);
        if (pages == Posix.MapFailed)
        {
            StorageException failure = new("map", path, 0, Posix.LastError());
            handle.Dispose();
            throw failure;
        }

        var file = new MappedFile(path, name, handle, length, (byte*)pages);
        try
        {
            file.Reserve();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public long LengthBytes => _length;

    public void Prepare(long offset, long bytes)
    {
        long end = long.Min(offset + bytes, _length);
        long start = offset & ~4095L;
        if (start >= end || _pages == null)
        {
            return;
        }

        // A page that the kernel wrote back is write-protected until the next store faults, some microseconds
        // each; asking ahead moves that off the commit path. An old kernel does not know the advice: then the
        // faults stay.
        _ = TryPopulate(start, end - start);
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Invariant.Require(_pages != null);
        Invariant.Require(offset >= 0);
        Invariant.Require(offset + bytes.Length <= _length);
        fixed (byte* source = bytes)
        {
            StreamingCopy.Copy(_pages + offset, source, bytes.Length);
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        Invariant.Require(_pages != null);
        int bytes = (int)long.Clamp(_length - offset, 0, buffer.Length);
        new ReadOnlySpan<byte>(_pages + offset, bytes).CopyTo(buffer);
        return bytes;
    }

    public void Flush()
    {
        // Covers what was stored through the mapping as well: both are the same pages.
        if (Posix.FDataSync(_handle) != 0)
        {
            throw new StorageException("flush", _path, 0, Posix.LastError());
        }
    }

    public void Truncate(long lengthBytes) =>
        throw new StorageException(
            "truncate", _path, lengthBytes, new NotSupportedException("The file is mapped."));

    public void Dispose()
    {
        if (_pages != null)
        {
            _ = Posix.Unmap(_pages, (nuint)_length);
            _pages = null;
        }

        _handle.Dispose();
    }

    /// <summary>Takes the space for every page, so that no later store can run out of it.</summary>
    private void Reserve()
    {
        if (!TryPopulate(0, _length))
        {
            int error = Posix.Allocate(_handle, 0, _length);
            if (error != 0)
            {
                throw new StorageException("allocate", _path, _length, new Win32Exception(error));
            }
        }
    }

    private bool TryPopulate(long start, long bytes)
    {
        if (Posix.Advise(_pages + start, (nuint)bytes, Posix.PopulateWrite) == 0)
        {
            return true;
        }

        if (Marshal.GetLastPInvokeError() != Posix.InvalidArgument)
        {
            throw new StorageException("populate", _path, start, Posix.LastError());
        }

        return false;
    }
}
