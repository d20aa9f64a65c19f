using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.IO;
using System.Linq;
using HftEngine.Server.Replay;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft replay`: a recorded tape through the engine.</summary>
internal static class ReplayCommand
{
    private static readonly (Option<string> Option, TapeFormat Format)[] TapeOptions =
    [
        (Text("--workload", "FILE", "Neutral order flow, 32-byte records."), TapeFormat.Workload),
        (Text("--lobster", "CSV", "LOBSTER messages."), TapeFormat.Lobster),
        (Text("--pitch", "FILE", "BATS PITCH, text form."), TapeFormat.Pitch),
        (Text("--itch", "FILE", "NASDAQ TotalView-ITCH 5.0, length-prefixed."), TapeFormat.Itch),
        (
            Text("--bitstamp", "CSV", "Bitstamp order events; .xz is unpacked on the way."),
            TapeFormat.Bitstamp),
        (Text("--orders", "FILE", "Lines id:instrument:quantity:price."), TapeFormat.Orders),
    ];

    private static readonly Option<string> Through = Choice(
        "--through", "core", "What is measured.", "book", "core", "pipeline");
    private static readonly Option<string> Journal = Choice(
        "--journal", "none", "Durability of the pipeline's journal.", "none", "os", "sync");
    private static readonly Option<string> Data = Text(
        "--data", "DIR", "Folder of the journal; a temporary one when absent.");
    private static readonly Option<string> Pin = Text(
        "--pin", "A[,B…]", "CPUs of the stage threads, in pipeline order.");
    private static readonly Option<string> Trades = Text("--tape", "CSV", "Write the trades.");
    private static readonly Option<string> Json = Text("--json", "FILE", "Write the result as JSON.");
    private static readonly Option<string> Book = Text(
        "--book-out", "CSV", "Write the best prices after every record.");
    private static readonly Option<string> Log = Text(
        "--hlog", "FILE", "Write the latencies as an HdrHistogram log.");
    private static readonly Option<int> Repeat = Positive("--repeat", 1, "Runs; the median counts.");
    private static readonly Option<bool> Latency =
        new("--latency") { Description = "Time every command, in a pass of its own." };
    private static readonly Option<long?> Rate = new("--rate")
    {
        Description = "Commands a second; latency counts from the intended time.",
        HelpName = "N",
    };

    private static readonly Option<long?> Limit = new("--limit")
    {
        Description = "Records to read at most, warm-up included.",
        HelpName = "N",
    };

    private static readonly Option<bool> SkipBad =
        new("--skip-bad") { Description = "Count bad records and go on." };

    public static Command Create()
    {
        Command command = new("replay", "Run a recorded tape through the engine.");
        foreach ((Option<string> option, _) in TapeOptions)
        {
            command.Add(option);
        }

        Option[] others =
        [
            Through, Journal, Data, Pin, Repeat, Latency, Rate, Trades, Json, Book, Log, Limit, SkipBad,
        ];
        foreach (Option option in others)
        {
            command.Add(option);
        }

        command.Validators.Add(Validate);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        ReplayOptions options = Read(parsed);
        RequireWritable(options.JsonFile, "--json");
        RequireWritable(options.TradesFile, "--tape");
        RequireWritable(options.BookFile, "--book-out");
        RequireWritable(options.LogFile, "--hlog");
        FileInfo tape = new(options.Tape.Path);
        ReplayReport report = ReplayProgress.Show(
            tape.Exists ? tape.Length : 0, progress => new ReplayRun(options, progress).Run());
        report.WriteText(Console.Out);
        if (options.JsonFile is not null)
        {
            report.WriteJson(options.JsonFile);
        }

        if (options.LogFile is not null)
        {
            report.WriteLog(options.LogFile);
        }

        return ExitCode.Done;
    }

    private static ReplayOptions Read(ParseResult parsed)
    {
        (Option<string> option, TapeFormat format) = TapeOptions.Single(
            entry => parsed.GetResult(entry.Option) is not null);
        return new ReplayOptions
        {
            Tape = new Tape(format, parsed.GetValue(option)!),
            Through = Enum.Parse<ReplayThrough>(parsed.GetValue(Through)!, ignoreCase: true),
            Journal = parsed.GetValue(Journal)!,
            DataFolder = parsed.GetValue(Data),
            Pin = ReadCpus(parsed.GetValue(Pin)) ?? [],
            Repeat = parsed.GetValue(Repeat),
            Latency = parsed.GetValue(Latency),
            Rate = parsed.GetValue(Rate),
            TradesFile = parsed.GetValue(Trades),
            JsonFile = parsed.GetValue(Json),
            BookFile = parsed.GetValue(Book),
            LogFile = parsed.GetValue(Log),
            Limit = parsed.GetValue(Limit) ?? long.MaxValue,
            SkipBad = parsed.GetValue(SkipBad),
        };
    }

    private static void Validate(CommandResult result)
    {
        int tapes = TapeOptions.Count(entry => result.GetResult(entry.Option) is not null);
        if (tapes != 1)
        {
            string names = string.Join(", ", TapeOptions.Select(entry => entry.Option.Name));
            result.AddError(
                tapes == 0
                    ? $"replay needs a tape: one of {names}"
                    : $"replay takes one tape only: one of {names}");
            return;
        }

        // A value that could not be read has its own error already.
        if (result.Errors.Any() || result.Children.OfType<SymbolResult>().Any(child => child.Errors.Any()))
        {
            return;
        }

        if (result.GetValue(Rate) is <= 0)
        {
            result.AddError("--rate must be at least 1");
        }
        else if (result.GetValue(Limit) is <= 0)
        {
            result.AddError("--limit must be at least 1");
        }
        else if (result.GetValue(Log) is not null && !result.GetValue(Latency) && result.GetValue(Rate) is null)
        {
            result.AddError("--hlog needs latencies: --latency or --rate");
        }
        else if (result.GetValue(Pin) is { } pin && ReadCpus(pin) is null)
        {
            result.AddError($"--pin takes CPU numbers separated by commas, not '{pin}'");
        }
    }

    private static List<int>? ReadCpus(string? text)
    {
        List<int> cpus = [];
        foreach (string part in text?.Split(',') ?? [])
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int cpu)
                || cpu > CpuAffinity.MaxCpu)
            {
                return null;
            }

            cpus.Add(cpu);
        }

        return cpus;
    }

    /// <summary>An output that cannot be written is told before the run, not after it.</summary>
    private static void RequireWritable(string? path, string option)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            File.Create(path).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ReplayException($"{option} {path} cannot be written: {exception.Message}");
        }
    }

    private static Option<string> Text(string name, string valueName, string description) => new(name)
    {
        Description = description,
        HelpName = valueName,
    };

    private static Option<string> Choice(
        string name, string standard, string description, params string[] values)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => standard };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static Option<int> Positive(string name, int standard, string description)
    {
        Option<int> option =
            new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
            {
                result.AddError($"{name} must be at least 1");
            }
        });
        return option;
    }
}
