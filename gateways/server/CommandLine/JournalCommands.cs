using System;
using System.CommandLine;
using System.IO;
using HftEngine.Journal;

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
        Option<string> data = DataFolder.Option();
        Command command = new("verify", "Check every byte of journal and event log.") { data };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                JournalVerify.Run(storage, Options, console)));
        return command;
    }

    private static Command Stat()
    {
        Option<string> data = DataFolder.Option();
        Command command = new("stat", "What the journal holds, in numbers.") { data };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                JournalStat.Run(storage, Options, console)));
        return command;
    }

    private static Command Dump()
    {
        Option<string> data = DataFolder.Option();
        Option<ulong> from =
            new("--from") { Description = "First sequence.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<ulong> to =
            new("--to") { Description = "Last sequence.", HelpName = "N", DefaultValueFactory = _ => ulong.MaxValue };
        Option<bool> events = new("--events") { Description = "The events instead of the commands." };
        Command command = new("dump", "One JSON line for each command.") { data, from, to, events };

        // The lines are the output; a progress bar has no place among them.
        command.SetAction(parsed => DataFolder.With(parsed.GetValue(data)!, changes: false, storage =>
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
        Option<string> data = DataFolder.Option();
        Option<ulong?> after =
            new("--after") { Description = "Last sequence to keep; without it, all before the damage.", HelpName = "N" };
        Command command = new(
            "cut", "Give up everything behind a command; it is kept aside.") { data, after };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!,
            changes: true,
            (storage, console) => JournalCut.Run(storage, Options, console, parsed.GetValue(after))));
        return command;
    }

    private static Command VoidOne()
    {
        Option<string> data = DataFolder.Option();
        Option<ulong> sequence =
            new("--sequence") { Description = "The command.", HelpName = "N", Required = true };
        Option<string> reason =
            new("--reason") { Description = "Kept with it for ever.", HelpName = "TEXT", Required = true };
        Command command = new("void", "Make every replay reject a command.") { data, sequence, reason };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!,
            changes: true,
            (storage, console) => JournalVoid.Run(
                storage, Options, console, parsed.GetValue(sequence), parsed.GetValue(reason)!, DateTime.UtcNow)));
        return command;
    }
}
