using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using System.Linq;
using HftEngine.Core;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Server.Configuration;
using HftEngine.Server.Replay;
using HftEngine.Server.Shadow;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.CommandLine;

/// <summary>The command line `hft`: which commands there are, and how failures reach the user.</summary>
internal static class HftCommand
{
    public static int Run(string[] arguments)
    {
        RootCommand root = new("HftEngine, a trading venue.")
        {
            ServeCommand.CreateServe(),
            ReplayCommand.Create(),
            JournalCommands.Create(),
            SnapshotCommand.Create(),
            ShadowCommand.Create(),
            ServeCommand.CreateConfig(),
            FixCommand.Create(),
            WorkloadCommand.Create(),
        };
        ParseResult parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Errors.Count > 0)
        {
            return Complain(Choose(parsed.Errors), ExitCode.Unusable);
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception)
        {
            return Explain(exception);
        }
    }

    /// <summary>A word that nobody knows explains more than what is missing because of it.</summary>
    private static string Choose(IReadOnlyList<ParseError> errors)
    {
        ParseError? unknown = errors.FirstOrDefault(
            error => error.Message.StartsWith("Unrecognized", StringComparison.Ordinal));
        return string.Join(
            ' ', (unknown ?? errors[0]).Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    public static int Complain(string message, int exitCode)
    {
        Console.Error.WriteLine($"hft: {message.ReplaceLineEndings(" ")}");
        return exitCode;
    }

    /// <summary>Every failure is one line. What nobody foresaw says so and names its type.</summary>
    private static int Explain(Exception exception) => exception switch
    {
        ReplayException or ConfigurationException => Complain(exception.Message, ExitCode.Unusable),
        TapeException or StorageException or InvalidDataException
            or JournalDamageException or RecoveryRefusedException or ShadowDivergedException =>
                Complain(exception.Message, ExitCode.Failed),
        IOException or UnauthorizedAccessException => Complain(exception.Message, ExitCode.Failed),
        OutOfMemoryException => Complain("there is not enough memory for this", ExitCode.Failed),
        InvariantException => Complain($"the engine stopped itself: {exception.Message}", ExitCode.Failed),
        _ => Complain($"unexpected {exception.GetType().Name}: {exception.Message}", ExitCode.Failed),
    };
}
