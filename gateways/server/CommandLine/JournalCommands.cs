using System;
using System.CommandLine;
using System.IO;
using HftEngine.Journal;
using Spectre.Console;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft journal …`: what can be done to the files of a venue that is not running.</summary>
internal static class JournalCommands
{
    private static readonly JournalOptions Options = new();

    public static Command Create() => new("journal", "Look at a journal, or repair it.")
    {
        Verify(),
        Stat(),
        Dump(),
        Cut(),
        VoidOne(),
    };

    private static Command Verify()
    {
        Option<string> data = Folder();
        Command command = new("verify", "Check every byte of journal and event log.") { data };
        command.SetAction(parsed => WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                JournalVerify.Run(storage, Options, console)));
        return command;
    }

    private static Command Stat()
    {
        Option<string> data = Folder();
        Command command = new("stat", "What the journal holds, in numbers.") { data };
        command.SetAction(parsed => WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                JournalStat.Run(storage, Options, console)));
        return command;
    }

    private static Command Dump()
    {
        Option<string> data = Folder();
        Option<ulong> from =
            new("--from") { Description = "First sequence.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<ulong> to =
            new("--to") { Description = "Last sequence.", HelpName = "N", DefaultValueFactory = _ => ulong.MaxValue };
        Option<bool> events = new("--events") { Description = "The events instead of the commands." };
        Command command = new("dump", "One JSON line for each command.") { data, from, to, events };

        // The lines are the output; a progress bar has no place among them.
        command.SetAction(parsed => WithFolder(parsed.GetValue(data)!, changes: false, storage =>
        {
            using StreamWriter lines = new(Console.OpenStandardOutput(), bufferSize: 1 << 16);
            JournalConsole console = new(lines);
            ulong first = parsed.GetValue(from);
            ulong last = parsed.GetValue(to);
            return parsed.GetValue(events)
                ? JournalDump.Events(storage, console, first, last)
                : JournalDump.Commands(storage, Options, console, first, last);
        }));
        return command;
    }

    private static Command Cut()
    {
        Option<string> data = Folder();
        Option<ulong?> after =
            new("--after") { Description = "Last sequence to keep; without it, all before the damage.", HelpName = "N" };
        Command command = new(
            "cut", "Give up everything behind a command; it is kept aside.") { data, after };
        command.SetAction(parsed => WithProgress(
            parsed.GetValue(data)!,
            changes: true,
            (storage, console) => JournalCut.Run(storage, Options, console, parsed.GetValue(after))));
        return command;
    }

    private static Command VoidOne()
    {
        Option<string> data = Folder();
        Option<ulong> sequence =
            new("--sequence") { Description = "The command.", HelpName = "N", Required = true };
        Option<string> reason =
            new("--reason") { Description = "Kept with it for ever.", HelpName = "TEXT", Required = true };
        Command command = new("void", "Make every replay reject a command.") { data, sequence, reason };
        command.SetAction(parsed => WithProgress(
            parsed.GetValue(data)!,
            changes: true,
            (storage, console) => JournalVoid.Run(
                storage, Options, console, parsed.GetValue(sequence), parsed.GetValue(reason)!, DateTime.UtcNow)));
        return command;
    }

    private static Option<string> Folder() => new("--data")
    {
        Description = "Data folder of the venue.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "./data",
    };

    private static int WithFolder(string folder, bool changes, Func<DiskStorage, int> work)
    {
        if (!Directory.Exists(folder))
        {
            return HftCommand.Complain($"--data {folder}: there is no such folder", ExitCode.Unusable);
        }

        // What only reads may look at a running venue; what writes must be alone.
        using FolderLock? alone = changes ? FolderLock.Acquire(folder) : null;
        return work(new DiskStorage(folder));
    }

    private static int WithProgress(
        string folder, bool changes, Func<DiskStorage, JournalConsole, int> work) =>
        WithFolder(folder, changes, storage =>
        {
            using StringWriter said = new();
            int exitCode = Console.IsOutputRedirected
                ? work(storage, new JournalConsole(said))
                : AnsiConsole.Progress().AutoClear(true).Start(context =>
                {
                    ProgressTask task = context.AddTask("journal");
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
