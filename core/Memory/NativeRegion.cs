using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Memory;

/// <summary>
/// A block of zeroed memory outside the garbage collector's heap, aligned to 2 MiB when it is large, so that the
/// kernel can back it with huge pages, and touched once so that no page fault is left for the hot path.
/// </summary>
public sealed unsafe partial class NativeRegion : IDisposable
{
    private const nuint HugePageBytes = 2 * 1024 * 1024;
    private const nuint SmallPageBytes = 4096;
    private const int MadvHugePage = 14;

    // Not null while this thread only asks how much an object would take.
    [ThreadStatic]
    private static long? s_measured;

    private void* _base;

    /// <param name="bytes">Size, at least 1.</param>
    public NativeRegion(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        LengthBytes = bytes;

        // A small table would waste most of a huge page.
        nuint page = (nuint)bytes < HugePageBytes / 2 ? SmallPageBytes : HugePageBytes;
        nuint rounded = ((nuint)bytes + page - 1) & ~(page - 1);
        _base = NativeMemory.AlignedAlloc(rounded, page);
        if (page == HugePageBytes && OperatingSystem.IsLinux())
        {
            // Advice only: where huge pages are off the region works with small ones, so the result does not matter.
            _ = MAdvise(_base, rounded, MadvHugePage);
        }

        if (s_measured is not null)
        {
            // Address space alone: the kernel gives a page when it is touched.
            s_measured += (long)rounded;
            return;
        }

        NativeMemory.Clear(_base, rounded);
    }

    /// <summary>
    /// Bytes of native memory that an object takes from its construction on. The object is made in address space, which
    /// costs nothing, and thrown away.
    /// </summary>
    public static long Measure(Func<IDisposable> make)
    {
        s_measured = 0;
        try
        {
            make().Dispose();
            return s_measured.Value;
        }
        finally
        {
            s_measured = null;
        }
    }

    public byte* Pointer => (byte*)_base;

    public long LengthBytes { get; }

    public void Clear() => NativeMemory.Clear(_base, (nuint)LengthBytes);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_base);
        _base = null;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
