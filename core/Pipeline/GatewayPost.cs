using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace HftEngine.Core.Pipeline;

#pragma warning disable CA1416 // The pipeline's shared memory exists on Linux only; there modes of files mean something.

/// <summary>
/// Where a gateway's process finds the rings of a running venue: a small file, <c>DATA/run/NAME.gateway</c>, readable by
/// the venue's own user only. It is written when commands are taken and removed at an orderly stop; after a crash it
/// names a process that is no more.
/// </summary>
public sealed record GatewayPost
{
    public const string Suffix = ".gateway";

    private const UnixFileMode OwnerFolder =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public required int ProcessId { get; init; }

    public required ushort GatewayId { get; init; }

    /// <summary>Of this start of the venue; a new one means that the venue started anew.</summary>
    public required uint Epoch { get; init; }

    /// <summary>The gateway's own command ring, writable.</summary>
    public required string Commands { get; init; }

    /// <summary>The event ring; the kernel refuses to map it writable.</summary>
    public required string Events { get; init; }

    public static string PathOf(string runFolder, string name) => Path.Combine(runFolder, name + Suffix);

    /// <summary>Puts the post up, whole or not at all.</summary>
    public void Write(string runFolder, string name)
    {
        Directory.CreateDirectory(runFolder, OwnerFolder);
        File.SetUnixFileMode(runFolder, OwnerFolder);
        string path = PathOf(runFolder, name);
        string aside = path + ".tmp";
        File.Delete(aside);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"pid={ProcessId}\ngateway={GatewayId}\nepoch={Epoch}\ncommands={Commands}\nevents={Events}\n");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerFile,
        };
        using (var writer = new StreamWriter(aside, options))
        {
            writer.Write(text);
        }

        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Null when there is no post, or none that is whole.</summary>
    public static GatewayPost? Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                values[line[..equals]] = line[(equals + 1)..];
            }
        }

        bool isWhole = int.TryParse(values.GetValueOrDefault("pid"), CultureInfo.InvariantCulture, out int pid)
            & ushort.TryParse(values.GetValueOrDefault("gateway"), CultureInfo.InvariantCulture, out ushort gateway)
            & uint.TryParse(values.GetValueOrDefault("epoch"), CultureInfo.InvariantCulture, out uint epoch)
            & values.TryGetValue("commands", out string? commands)
            & values.TryGetValue("events", out string? events);
        return isWhole
            ? new GatewayPost
            {
                ProcessId = pid,
                GatewayId = gateway,
                Epoch = epoch,
                Commands = commands!,
                Events = events!,
            }
            : null;
    }
}
