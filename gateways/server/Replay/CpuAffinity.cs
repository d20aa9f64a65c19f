using System;
using System.Runtime.InteropServices;

namespace HftEngine.Server.Replay;

/// <summary>Binds a thread to one CPU.</summary>
internal static partial class CpuAffinity
{
    private const int MaskBytes = 128;

    /// <summary>Highest CPU number that the mask can name.</summary>
    public const int MaxCpu = (MaskBytes * 8) - 1;

    public static void PinCurrentThread(int cpu)
    {
        Span<byte> mask = stackalloc byte[MaskBytes];
        mask.Clear();
        mask[cpu / 8] = (byte)(1 << (cpu % 8));

        // Process 0 means the calling thread.
        if (SetAffinity(0, MaskBytes, ref mask[0]) != 0)
        {
            throw new ReplayException($"--pin: CPU {cpu} cannot be used here");
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int process, nint maskBytes, ref byte mask);
}
