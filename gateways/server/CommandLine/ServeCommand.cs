using System;
using System.Collections.Generic;
using System.CommandLine;
using HftEngine.Server.Configuration;
using HftEngine.Server.Hosting;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft serve` and `hft config check`, which take the same configuration.</summary>
internal static class ServeCommand
{
    private static readonly Option<bool> Demo =
        new("--demo") { Description = "A simulated market with demonstration accounts." };
    private static readonly Option<string> Data =
        new("--data") { Description = "Folder of the journal.", HelpName = "DIR" };
    private static readonly Option<string> ConfigFile =
        new("--config") { Description = "YAML or JSON.", HelpName = "FILE" };
    private static readonly Option<string> Journal = MakeJournal();
    private static readonly Option<int?> Port =
        new("--http-port") { Description = "Of the health pages; 0 takes a free one.", HelpName = "N" };

    public static Command CreateServe()
    {
        Command command = new("serve", "Run the venue.") { Demo, Data, ConfigFile, Journal, Port };
        command.SetAction(parsed =>
        {
            ServeSettings settings = SettingsReader.Read(Sources(parsed));
            return VenueHost.Run(settings);
        });
        return command;
    }

    public static Command CreateConfig()
    {
        Command check = new("check", "Say what is wrong with the configuration, or what it comes to.")
        {
            Demo, Data, ConfigFile, Journal, Port,
        };
        check.SetAction(Check);
        return new Command("config", "The configuration.") { check };
    }

    private static int Check(ParseResult parsed)
    {
        ConfigurationSources sources = Sources(parsed);
        try
        {
            SettingsReader.Read(sources);
        }
        catch (ConfigurationException exception)
        {
            foreach (ConfigurationFault fault in exception.Faults)
            {
                Console.Error.WriteLine(fault);
            }

            return ExitCode.Unusable;
        }

        foreach ((string key, ConfiguredValue value) in new SortedDictionary<string, ConfiguredValue>(
            new Dictionary<string, ConfiguredValue>(sources.Values), StringComparer.Ordinal))
        {
            Console.Out.WriteLine($"{key} = {value.Text}  ({value.Source})");
        }

        Console.Out.WriteLine("the configuration is usable");
        return ExitCode.Done;
    }

    private static ConfigurationSources Sources(ParseResult parsed)
    {
        List<(string Key, string Value)> commandLine = [];
        Add("data", parsed.GetValue(Data));
        Add("journal", parsed.GetValue(Journal));
        Add("http.port", parsed.GetValue(Port)?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Add("demo.enabled", parsed.GetValue(Demo) ? "true" : null);
        return ConfigurationSources.Read(
            parsed.GetValue(ConfigFile), Environment.GetEnvironmentVariables(), commandLine);

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                commandLine.Add((key, value));
            }
        }
    }

    private static Option<string> MakeJournal()
    {
        Option<string> option =
            new("--journal") { Description = "When a command counts as safe: none, os or sync." };
        option.AcceptOnlyFromAmong("none", "os", "sync");
        return option;
    }
}
