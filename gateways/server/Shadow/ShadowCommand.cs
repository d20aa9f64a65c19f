using System;
using System.CommandLine;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Journal;
using HftEngine.Server.CommandLine;

namespace HftEngine.Server.Shadow;

/// <summary>`hft shadow`: what `serve` starts beside itself; it can also follow a venue by hand.</summary>
internal static class ShadowCommand
{
    public static Command Create()
    {
        ShadowSettings standard = new();
        Option<string> data = new("--data")
        {
            Description = "Data folder of the venue.", HelpName = "DIR", DefaultValueFactory = _ => "./data",
        };
        Option<long> commands = Number("--every-commands", "A snapshot after so many.", standard.EveryCommands);
        Option<long> seconds = Number("--every-seconds", "A snapshot after so long.", standard.EverySeconds);
        Option<long> budget = Number("--budget", "Percent of one CPU.", standard.BudgetPercent);
        Option<long> keep = Number("--keep", "Snapshots that stay.", standard.KeptSnapshots);
        Option<string> retention = new("--retention")
        {
            Description = "What becomes of old segments.", DefaultValueFactory = _ => "keep",
        };
        retention.AcceptOnlyFromAmong("keep", "delete", "archive");
        Option<string?> archive = new("--archive") { Description = "Where archived segments go.", HelpName = "DIR" };
        Option<int> parent = new("--parent") { Description = "Process to die with.", HelpName = "PID" };
        Command command = new("shadow", "Follow a venue's journal, compare digests, write snapshots.")
        {
            data, commands, seconds, budget, keep, retention, archive, parent,
        };
        command.SetAction(parsed =>
        {
            ShadowSettings settings = new()
            {
                EveryCommands = parsed.GetValue(commands),
                EverySeconds = (int)parsed.GetValue(seconds),
                BudgetPercent = (int)parsed.GetValue(budget),
                KeptSnapshots = (int)parsed.GetValue(keep),
                Retention = Enum.Parse<RetentionMode>(parsed.GetValue(retention)!, ignoreCase: true),
                ArchiveFolder = parsed.GetValue(archive) ?? string.Empty,
            };
            return Run(parsed.GetValue(data)!, settings, parsed.GetValue(parent));
        });
        return command;
    }

    private static Option<long> Number(string name, string description, long standard) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };

    private static int Run(string folder, ShadowSettings settings, int parent)
    {
        if (settings.Retention == RetentionMode.Archive && settings.ArchiveFolder.Length == 0)
        {
            return HftCommand.Complain("--retention archive needs --archive DIR", ExitCode.Unusable);
        }

        if (settings.BudgetPercent is < 1 or > 100 || settings.KeptSnapshots < 1
            || settings.EveryCommands < 1 || settings.EverySeconds < 1)
        {
            return HftCommand.Complain("--budget is 1 to 100, the other numbers are at least 1", ExitCode.Unusable);
        }

        if (parent != 0 && !ProcessBond.DieWith(parent))
        {
            return ExitCode.Done;
        }

        using ManualResetEvent stop = new(false);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Set();
        }

        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        ProcessBond.YieldToOthers();
        using ShadowLine line = ShadowLine.Open(folder);
        new ShadowRun(line, settings, stop).Follow();
        return ExitCode.Done;
    }
}
