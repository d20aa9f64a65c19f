using System;
using System.Globalization;
using System.IO;
using HftEngine.Core;

namespace HftEngine.Server.Hosting;

/// <summary>What the venue and its shadow will take, held against what the machine or its control group has left.</summary>
internal sealed record MemoryNeed(long LiveBytes, long ShadowBytes, long AvailableBytes)
{
    // The runtime, the web server, buffers; measured on an idle demonstration and rounded up.
    private const long ProcessBytes = 256L << 20;

    public long TotalBytes => LiveBytes + ShadowBytes;

    public bool Fits => TotalBytes <= AvailableBytes;

    public static MemoryNeed Of(EngineLimits limits, long eventRingBytes, bool shadow)
    {
        long engine = EngineBytes(limits);
        return new MemoryNeed(
            engine + eventRingBytes + ProcessBytes,
            shadow ? engine + (4L * limits.MaxEventBytesPerCommand) + ProcessBytes : 0,
            Available());
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{LiveBytes >> 20} MiB for the engine, {ShadowBytes >> 20} MiB for its shadow; {AvailableBytes >> 20} MiB available");

    private static long EngineBytes(EngineLimits limits)
    {
        try
        {
            return Engine.MemoryBytesFor(limits);
        }
        catch (OutOfMemoryException)
        {
            // Not even the address space: more than the machine will ever have.
            return long.MaxValue / 4;
        }
    }

    private static long Available()
    {
        long available = FromMemInfo() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        const string root = "/sys/fs/cgroup";
        long limited = LeftIn($"{root}/memory/memory.limit_in_bytes", $"{root}/memory/memory.usage_in_bytes");
        for (string? group = OwnGroup(); group is not null; group = Path.GetDirectoryName(group))
        {
            string folder = root + group.TrimEnd('/');
            limited = Math.Min(limited, LeftIn($"{folder}/memory.max", $"{folder}/memory.current"));
        }

        return Math.Min(available, limited);
    }

    /// <summary>The process's place in the control groups; a limit above it holds as well.</summary>
    private static string? OwnGroup()
    {
        const string file = "/proc/self/cgroup";
        const string unified = "0::";
        foreach (string line in File.Exists(file) ? File.ReadLines(file) : [])
        {
            if (line.StartsWith(unified, StringComparison.Ordinal))
            {
                return line[unified.Length..];
            }
        }

        return "/";
    }

    private static long? FromMemInfo()
    {
        const string file = "/proc/meminfo";
        const string key = "MemAvailable:";
        if (!File.Exists(file))
        {
            return null;
        }

        foreach (string line in File.ReadLines(file))
        {
            if (line.StartsWith(key, StringComparison.Ordinal))
            {
                string kilobytes = line[key.Length..].Replace("kB", string.Empty, StringComparison.Ordinal).Trim();
                return long.Parse(kilobytes, CultureInfo.InvariantCulture) << 10;
            }
        }

        return null;
    }

    /// <summary>A group without a limit says "max", or a number beyond any memory.</summary>
    private static long LeftIn(string limitFile, string usedFile)
    {
        bool limited = File.Exists(limitFile) && File.Exists(usedFile)
            && long.TryParse(File.ReadAllText(limitFile).Trim(), CultureInfo.InvariantCulture, out long limit)
            && limit < long.MaxValue / 2;
        return limited
            ? long.Parse(File.ReadAllText(limitFile).Trim(), CultureInfo.InvariantCulture)
                - long.Parse(File.ReadAllText(usedFile).Trim(), CultureInfo.InvariantCulture)
            : long.MaxValue;
    }
}
