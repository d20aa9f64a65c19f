using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace HftEngine.Journal;

/// <summary>
/// Keeps a second process off the folder. The kernel lets go of it when the holder dies, however it dies.
/// </summary>
public sealed class FolderLock : IDisposable
{
    public const string FileName = "lock";

    private readonly SafeFileHandle _handle;

    private FolderLock(SafeFileHandle handle) => _handle = handle;

    /// <exception cref="StorageException">Another process holds it; the message names its process
    /// id.</exception>
    public static FolderLock Acquire(string folder, string name = FileName)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(Path.GetFullPath(folder), name);

        // The class library takes a shared lock of its own on what it opens for writing: it would run into
        // the holder's lock before the holder's name could be read.
        SafeFileHandle handle = Posix.OpenFile(path, Posix.ReadWriteCreate, Posix.OwnerReadWrite);
        if (handle.IsInvalid)
        {
            throw new StorageException("lock", path, 0, Posix.LastError());
        }

        if (Posix.FLock(handle, Posix.LockExclusive | Posix.LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            Exception cause = error == Posix.WouldBlock ? Held(handle) : Posix.LastError();
            handle.Dispose();
            throw new StorageException("lock", path, 0, cause);
        }

        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(
            handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
        return new FolderLock(handle);
    }

    public void Dispose() => _handle.Dispose();

    private static IOException Held(SafeFileHandle handle)
    {
        Span<byte> text = stackalloc byte[16];
        int length = RandomAccess.Read(handle, text, 0);
        string holder = length > 0 ? Encoding.ASCII.GetString(text[..length]) : "unknown";
        return new IOException($"the folder is in use by process {holder}");
    }
}
