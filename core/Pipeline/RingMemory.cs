using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// The memory of one ring: a control page, then a power of two of data. Either private to the process, or a
/// nameless file in memory that another process maps by <see cref="Path"/>.
/// </summary>
/// <remarks>
/// A shared ring is a memfd and not a file in a folder, because only a memfd can be sealed: against shrinking
/// (a mapped file that anyone truncates kills its readers with SIGBUS) and, for rings that others only read,
/// against any further write. It vanishes with the last process that holds it, so a crash leaves nothing to
/// clean up. Another process opens it as <c>/proc/PID/fd/N</c>, which the kernel grants to the same user, or
/// gets the descriptor by inheritance. Between processes of one user the writable rings are kept apart by the
/// path that each is given; who must not trust its own user runs its gateways as other users and passes
/// descriptors.
/// </remarks>
public sealed unsafe partial class RingMemory : IDisposable
{
    /// <summary>A page, so that data start on a page of their own; every control struct fits in it.</summary>
    internal const int ControlBytes = 4096;

    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int SealSeal = 1;
    private const int SealShrink = 2;
    private const int SealGrow = 4;
    private const int SealFutureWrite = 16;
    private const int ReadOnly = 0;
    private const int ReadWrite = 2;
    private const int CloseOnExecOpen = 0x80000;
    private const int ProtectRead = 1;
    private const int ProtectWrite = 2;
    private const int MapShared = 1;

    // Fault every page in now, so that no page fault is left for the hot path.
    private const int MapPopulate = 0x8000;
    private const int SeekEnd = 2;

    private readonly NativeRegion? _region;
    private readonly nuint _mappedBytes;
    private byte* _base;
    private RingHeader _header;
    private int _descriptor = -1;

    private RingMemory(NativeRegion region, long capacityBytes)
    {
        _region = region;
        _base = region.Pointer;
        CapacityBytes = capacityBytes;
    }

    private RingMemory(int descriptor, byte* address, nuint mappedBytes)
    {
        _descriptor = descriptor;
        _base = address;
        _mappedBytes = mappedBytes;
        CapacityBytes = (long)mappedBytes - ControlBytes;
    }

    /// <summary>Taken from the size of the mapping, never from the memory that others can write.</summary>
    public long CapacityBytes { get; }

    /// <summary>What another process opens; null for private memory.</summary>
    public string? Path => _descriptor < 0
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{_descriptor}");

    internal byte* Control => _base;

    internal byte* Data => _base + ControlBytes;

    internal static RingMemory CreatePrivate(RingKind kind, long capacityBytes, int gatewayId = 0)
    {
        RequireCapacity(capacityBytes);
        var memory = new RingMemory(new NativeRegion(capacityBytes + ControlBytes), capacityBytes);
        memory.WriteHeader(kind, gatewayId);
        return memory;
    }

    /// <param name="kind">What the ring is for.</param>
    /// <param name="capacityBytes">A power of two.</param>
    /// <param name="othersWrite">False: the kernel refuses every writable mapping after this one.</param>
    /// <param name="gatewayId">Of a command ring.</param>
    internal static RingMemory CreateShared(RingKind kind, long capacityBytes, bool othersWrite, int gatewayId = 0)
    {
        RequireCapacity(capacityBytes);
        int descriptor = CreateMemoryFile("hft-ring", CloseOnExec | AllowSealing);
        Check(descriptor, "memfd_create");
        long bytes = capacityBytes + ControlBytes;
        Check(Truncate(descriptor, bytes), "ftruncate");
        byte* address = MapWhole(descriptor, (nuint)bytes, ProtectRead | ProtectWrite);
        int seals = SealShrink | SealGrow | SealSeal | (othersWrite ? 0 : SealFutureWrite);
        Check(Control3(descriptor, AddSeals, seals), "fcntl(F_ADD_SEALS)");
        var memory = new RingMemory(descriptor, address, (nuint)bytes);
        memory.WriteHeader(kind, gatewayId);
        return memory;
    }

    /// <summary>Maps a ring that another process created.</summary>
    /// <exception cref="IOException">It cannot be opened or mapped.</exception>
    /// <exception cref="InvalidDataException">It is no ring of this kind and version.</exception>
    internal static RingMemory Open(string path, RingKind kind, bool writable)
    {
        int descriptor = OpenFile(path, (writable ? ReadWrite : ReadOnly) | CloseOnExecOpen);
        Check(descriptor, $"open {path}");
        long bytes = Seek(descriptor, 0, SeekEnd);
        Check(bytes, $"lseek {path}");
        if (bytes <= ControlBytes || !IsPowerOfTwo(bytes - ControlBytes))
        {
            _ = CloseFile(descriptor);
            throw new InvalidDataException($"{path} is no ring: its size is {bytes} bytes.");
        }

        byte* address = MapWhole(descriptor, (nuint)bytes, writable ? ProtectRead | ProtectWrite : ProtectRead);
        var memory = new RingMemory(descriptor, address, (nuint)bytes);
        memory.RequireHeader(path, kind);
        return memory;
    }

    /// <summary>
    /// The creator's page as it was at first, whatever the other side has written to it since.
    /// </summary>
    internal void ResetControl()
    {
        new Span<byte>(_base, ControlBytes).Clear();
        *(RingHeader*)_base = _header;
    }

    public void Dispose()
    {
        if (_base == null)
        {
            return;
        }

        if (_region is not null)
        {
            _region.Dispose();
        }
        else
        {
            _ = Unmap(_base, _mappedBytes);
            _ = CloseFile(_descriptor);
        }

        _base = null;
        _descriptor = -1;
    }

    private static bool IsPowerOfTwo(long value) => value > 0 && (value & (value - 1)) == 0;

    private static void RequireCapacity(long capacityBytes)
    {
        if (!IsPowerOfTwo(capacityBytes) || capacityBytes < ControlBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacityBytes), capacityBytes, $"A ring holds a power of two of at least {ControlBytes} bytes.");
        }
    }

    private static byte* MapWhole(int descriptor, nuint bytes, int protection)
    {
        nint address = Map(0, bytes, protection, MapShared | MapPopulate, descriptor, 0);
        Check(address, "mmap");
        return (byte*)address;
    }

    private static void Check(long result, string operation)
    {
        if (result < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException($"{operation}: {Marshal.GetPInvokeErrorMessage(error)} ({error})");
        }
    }

    private void WriteHeader(RingKind kind, int gatewayId)
    {
        _header = new RingHeader
        {
            Magic = RingHeader.ExpectedMagic,
            Version = RingHeader.CurrentVersion,
            Kind = (int)kind,
            CapacityBytes = CapacityBytes,
            GatewayId = gatewayId,
        };
        *(RingHeader*)_base = _header;
    }

    private void RequireHeader(string path, RingKind kind)
    {
        RingHeader header = *(RingHeader*)_base;
        bool matches = header.Magic == RingHeader.ExpectedMagic
            && header.Version == RingHeader.CurrentVersion
            && header.Kind == (int)kind
            && header.CapacityBytes == CapacityBytes;
        if (!matches)
        {
            Dispose();
            throw new InvalidDataException(
                $"{path} is no {kind} ring of version {RingHeader.CurrentVersion}: magic {header.Magic:x16}, "
                + $"version {header.Version}, kind {header.Kind}, capacity {header.CapacityBytes}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int Truncate(int descriptor, long bytes);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control3(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nuint bytes);
}
