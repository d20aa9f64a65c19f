using System;
using System.CommandLine;
using System.IO;
using HftEngine.Journal;
using Spectre.Console;

namespace HftEngine.Server.CommandLine;

/// <summary>The option `--data`, and how a command works on what it names.</summary>
internal static class DataFolder
{
    public static Option<string> Option() => new("--data")
    {
        Description = "Data folder of the venue.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "./data",
    };

    public static int With(string folder, bool changes, Func<DiskStorage, int> work)
    {
        if (!Directory.Exists(folder))
        {
            return HftCommand.Complain($"--data {folder}: there is no such folder", ExitCode.Unusable);
        }

        // What only reads may look at a running venue; what writes must be alone.
        using FolderLock? alone = changes ? FolderLock.Acquire(folder) : null;
        return work(new DiskStorage(folder));
    }

    public static int WithProgress(
        string folder, bool changes, Func<DiskStorage, JournalConsole, int> work) =>
        With(folder, changes, storage =>
        {
            using StringWriter said = new();
            int exitCode = Console.IsOutputRedirected
                ? work(storage, new JournalConsole(said))
                : AnsiConsole.Progress().AutoClear(true).Start(context =>
                {
                    ProgressTask task = context.AddTask(Path.GetFileName(storage.Folder));
                    return work(
                        storage,
                        new JournalConsole(
                            said, (done, total) => task.Value = 100.0 * done / Math.Max(1, total)));
                });
            TextWriter output = exitCode == ExitCode.Done ? Console.Out : Console.Error;
            output.Write(said.ToString());
            return exitCode;
        });
}
