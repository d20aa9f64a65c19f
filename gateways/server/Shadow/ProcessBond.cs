using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace HftEngine.Server.Shadow;

/// <summary>How a child process depends on the venue's: dies with it, and works only when nobody else wants to.</summary>
internal static partial class ProcessBond
{
    private const int SetParentDeathSignal = 1;
    private const int KillSignal = 9;
    private const int LowestPriority = 19;

    /// <summary>The kernel ends this process with its parent. False: the parent is gone already.</summary>
    public static bool DieWith(int parent)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        _ = ProcessControl(SetParentDeathSignal, KillSignal, 0, 0, 0);

        // The parent may have died before the kernel was asked.
        return GetParent() == parent;
    }

    /// <summary>Lowest priority for every thread there is; threads made later inherit it.</summary>
    public static void YieldToOthers()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            // A thread that ended meanwhile needs no priority.
            _ = SetPriority(0, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), LowestPriority);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int ProcessControl(int option, ulong a, ulong b, ulong c, ulong d);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int nice);
}
