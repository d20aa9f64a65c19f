using System;
using System.CommandLine;
using System.Globalization;
using HftEngine.Journal;
using HftEngine.Server.Shadow;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft snapshot …`: makes one by hand, checks them, lists them. The venue may be running.</summary>
internal static class SnapshotCommand
{
    private const int ReportEvery = 1 << 12;
    private static readonly JournalOptions Options = new();

    public static Command Create() => new("snapshot", "Snapshots of a venue's state.")
    {
        CreateOne(),
        Verify(),
        List(),
    };

    private static Command CreateOne()
    {
        Option<string> data = DataFolder.Option();
        Command command = new("create", "Replay to the last released command and write a snapshot.") { data };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) => Write(storage.Folder, console)));
        return command;
    }

    private static Command Verify()
    {
        Option<string> data = DataFolder.Option();
        Command command = new("verify", "Check every byte of every snapshot.") { data };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                SnapshotCommands.Verify(storage, Options, console)));
        return command;
    }

    private static Command List()
    {
        Option<string> data = DataFolder.Option();
        Command command = new("list", "What the folder has, newest last.") { data };
        command.SetAction(parsed => DataFolder.WithProgress(
            parsed.GetValue(data)!, changes: false, (storage, console) =>
                SnapshotCommands.List(storage, Options, console)));
        return command;
    }

    private static int Write(string folder, JournalConsole console)
    {
        using ShadowLine line = ShadowLine.Open(folder);
        ulong first = line.Shadow.LastSequence;
        for (long steps = 1; line.Shadow.Step(); steps++)
        {
            if (steps % ReportEvery == 0)
            {
                // How much there is to do is known only as far as the event log was read.
                console.Progress?.Invoke((long)(line.Shadow.LastSequence - first), (long)(line.Shadow.Released - first) + 1);
            }
        }

        if (line.Shadow.LastSequence == 0)
        {
            console.Output.WriteLine("the venue has no command yet");
            return ExitCode.Failed;
        }

        SnapshotEntry entry = line.Shadow.WriteSnapshot();
        console.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Name}: {entry.FileBytes >> 10} KiB, state hash {entry.StateHash:x16}, {line.Shadow.LastSequence - first} commands replayed"));
        return ExitCode.Done;
    }
}
