using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>The Linux system calls that the pipeline needs and .NET does not offer.</summary>
internal static unsafe partial class Kernel
{
    private const int FutexWaitOperation = 0;
    private const int FutexWakeOperation = 1;
    private const uint FutexWord32Bits = 2;
    private const int ClockRealtime = 0;
    private const int ClockMonotonic = 1;
    private const int MembarrierGlobalExpedited = 2;
    private const int MembarrierRegisterGlobalExpedited = 4;

    // Numbers from the kernel's system call tables; calls added since 2019 have one number on every
    // architecture.
    private const int FutexWaitVectorNumber = 449;
    private const int OpenProcessNumber = 434;
    private static readonly int FutexNumber = IsArm64 ? 98 : 202;
    private static readonly int MembarrierNumber = IsArm64 ? 283 : 324;

    /// <summary>Words that one <see cref="WaitAny"/> can watch: the kernel's own bound.</summary>
    public const int MaxWaitWords = 128;

    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>One entry of <see cref="WaitAny"/>, laid out as the kernel's <c>futex_waitv</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 24)]
    public struct WaitWord
    {
        [FieldOffset(0)]
        public ulong Expected;

        [FieldOffset(8)]
        public ulong Address;

        [FieldOffset(16)]
        public uint Flags;

        [FieldOffset(20)]
        public uint Reserved;

        public static WaitWord For(int* word, int expected) =>
            new() { Expected = (uint)expected, Address = (ulong)word, Flags = FutexWord32Bits };
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;

        public static TimeSpec Of(long ns) => new() { Seconds = ns / 1_000_000_000, Nanoseconds = ns % 1_000_000_000 };
    }

    public static long RealtimeNs() => ReadClock(ClockRealtime);

    /// <summary>For liveness and the bounds of waits only: it never reaches a command.</summary>
    public static long MonotonicNs() => ReadClock(ClockMonotonic);

    /// <summary>
    /// Sleeps while the word holds the expected value, at most the given time. Spurious returns are normal.
    /// </summary>
    public static void Wait(int* word, int expected, long timeoutNs)
    {
        TimeSpec timeout = TimeSpec.Of(timeoutNs);
        _ = Futex(FutexNumber, word, FutexWaitOperation, (uint)expected, &timeout, null, 0);
    }

    /// <summary>Sleeps while every word holds its expected value.</summary>
    /// <returns>
    /// False when the kernel refused (an old kernel, a sandbox): the caller sleeps on one word instead.
    /// </returns>
    public static bool WaitAny(WaitWord* words, int count, long timeoutNs)
    {
        // The kernel takes the end of the wait, not its length.
        TimeSpec until = TimeSpec.Of(MonotonicNs() + timeoutNs);
        long result = FutexWaitVector(FutexWaitVectorNumber, words, (uint)count, 0, &until, ClockMonotonic);
        if (result >= 0)
        {
            return true;
        }

        const int tryAgain = 11;
        const int interrupted = 4;
        const int timedOut = 110;
        int error = Marshal.GetLastPInvokeError();
        return error is tryAgain or interrupted or timedOut;
    }

    public static void WakeAll(int* word) => _ = Futex(FutexNumber, word, FutexWakeOperation, int.MaxValue, null, null, 0);

    /// <summary>
    /// Resolves every call above, so that no stage thread is the first to: the runtime allocates when it
    /// binds one.
    /// </summary>
    public static void Prepare()
    {
        int word = 0;
        WaitWord entry = WaitWord.For(&word, 1);
        Wait(&word, 1, 1);
        _ = WaitAny(&entry, 1, 1);
        WakeAll(&word);
        RegisterForBarriers();
        BarrierEverywhere();
        _ = RealtimeNs();
        Thread.Yield();
        Thread.SpinWait(1);
    }

    /// <summary>
    /// Lets <see cref="BarrierEverywhere"/> of any process reach this one's running threads.
    /// </summary>
    public static void RegisterForBarriers() => _ = Membarrier(MembarrierNumber, MembarrierRegisterGlobalExpedited, 0, 0);

    /// <summary>
    /// A full memory barrier on every running thread of every registered process. Whoever goes to sleep pays
    /// for it, so that whoever publishes needs none.
    /// </summary>
    public static void BarrierEverywhere() => _ = Membarrier(MembarrierNumber, MembarrierGlobalExpedited, 0, 0);

    /// <summary>A descriptor that stands for a process and for no other that gets its number later.</summary>
    /// <returns>Below 0: there is no such process.</returns>
    public static int OpenProcess(int processId) => (int)OpenProcessDescriptor(OpenProcessNumber, processId, 0);

    /// <summary>Whether the process behind a descriptor has ended.</summary>
    public static bool HasEnded(int process)
    {
        // The kernel makes the descriptor readable when the process ends.
        PollEntry entry = new() { Descriptor = process, Events = 1 };
        return Poll(&entry, 1, 0) > 0;
    }

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <summary>Pins the calling thread.</summary>
    public static bool PinTo(int cpu)
    {
        const int words = 16;
        ulong* mask = stackalloc ulong[words];
        new Span<ulong>(mask, words).Clear();
        mask[cpu >> 6] = 1UL << (cpu & 63);
        return SetAffinity(0, words * sizeof(ulong), mask) == 0;
    }

    private static long ReadClock(int clock)
    {
        TimeSpec now;
        _ = GetTime(clock, &now);
        return (now.Seconds * 1_000_000_000) + now.Nanoseconds;
    }

    // Reading a clock is some 20 ns in user space and never blocks: the transition around it would cost as
    // much again.
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, TimeSpec* time);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long Futex(
        long number, int* word, long operation, long value, TimeSpec* timeout, int* second, long third);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long FutexWaitVector(
        long number, WaitWord* words, long count, long flags, TimeSpec* until, long clock);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long Membarrier(long number, long command, long flags, long cpu);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial long OpenProcessDescriptor(long number, long processId, long flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollEntry* entries, ulong count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}
