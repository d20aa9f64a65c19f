using System;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Memory that is followed by a page which nobody may touch.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Page = 4096;
    private const int Usable = 17 * Page;
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _start;

    public GuardedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("skipped: needs mmap");
        }

        _start = Map(0, Usable + Page, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.That(_start, Is.GreaterThan((nint)0));
        Assert.That(Protect(_start + Usable, Page, 0), Is.Zero);
    }

    /// <summary>A copy whose last byte is the last one that may be read.</summary>
    public ReadOnlySpan<byte> Place(ReadOnlySpan<byte> bytes)
    {
        Span<byte> place = new((byte*)_start + Usable - bytes.Length, bytes.Length);
        bytes.CopyTo(place);
        return place;
    }

    public void Dispose() => _ = Unmap(_start, Usable + Page);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(
        nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
