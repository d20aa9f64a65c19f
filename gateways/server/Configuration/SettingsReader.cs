using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Numerics;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;
using HftEngine.Server.Shadow;

namespace HftEngine.Server.Configuration;

/// <summary>
/// Reads the keys that exist, finds fault with every other and with every value that makes no sense.
/// </summary>
internal sealed class SettingsReader
{
    private readonly ConfigurationSources _sources;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ConfigurationFault> _faults;

    private SettingsReader(ConfigurationSources sources)
    {
        _sources = sources;
        _faults = [.. sources.Faults];
    }

    /// <exception cref="ConfigurationException">Names everything that is wrong, not only the
    /// first.</exception>
    public static ServeSettings Read(ConfigurationSources sources)
    {
        SettingsReader reader = new(sources);
        ServeSettings settings = reader.ReadAll();
        reader.FindUnknownKeys();
        if (reader._faults.Count > 0)
        {
            throw new ConfigurationException(reader._faults);
        }

        return settings;
    }

    private ServeSettings ReadAll() => new()
    {
        DataFolder = Text("data", "./data"),
        Durability = Choice("journal", Durability.Sync),
        HttpAddress = Address("http.address", "127.0.0.1"),
        HttpPort = (int)Number("http.port", 8080, 0, 65_535),
        Layout = Layout(),
        Wait = Choice("pipeline.wait", WaitKind.Backoff),
        Limits = Limits(),
        Journal = Segments(),
        Shadow = Shadow(),
        Gateways = Gateways(),
        Demo = Choice("demo.enabled", Flag.False) == Flag.True,
        DemoSeed = (ulong)Number("demo.seed", 1, 0, long.MaxValue),
        DemoOrdersPerSecond = (int)Number("demo.ordersPerSecond", 200, 1, 100_000),
    };

    private enum Flag
    {
        False,
        True,
    }

    private EngineLimits Limits()
    {
        EngineLimits standard = new();
        EngineLimits limits = standard with
        {
            MaxOrders = Capacity("capacity.maxOrders", standard.MaxOrders),
            MaxPricePages = Capacity("capacity.maxPricePages", standard.MaxPricePages),
            MaxInstruments = Capacity("capacity.maxInstruments", standard.MaxInstruments),
            MaxCurrencies = Capacity("capacity.maxCurrencies", standard.MaxCurrencies),
            MaxAccounts = Capacity("capacity.maxAccounts", standard.MaxAccounts),
            MaxBalances = Capacity("capacity.maxBalances", standard.MaxBalances),
            MaxSessions = Capacity("capacity.maxSessions", standard.MaxSessions),
            ClientIdWindow = Capacity("capacity.clientIdWindow", standard.ClientIdWindow),
            MaxClientIds = Capacity("capacity.maxClientIds", standard.MaxClientIds),
            MaxFillsPerCommand = Capacity("capacity.maxFillsPerCommand", standard.MaxFillsPerCommand),
            MaxOwners = Capacity("capacity.maxOwners", standard.MaxOwners),
        };
        if ((limits.ClientIdWindow & (limits.ClientIdWindow - 1)) != 0)
        {
            Fault("capacity.clientIdWindow", $"{limits.ClientIdWindow} is not a power of two");
        }

        return limits;
    }

    private JournalOptions Segments()
    {
        JournalOptions standard = new();
        return standard with
        {
            SegmentBytes = Number("segments.commandMiB", standard.SegmentBytes >> 20, 1, 1 << 14) << 20,
            EventSegmentBytes = Number("segments.eventMiB", standard.EventSegmentBytes >> 20, 4, 1 << 14) << 20,
            SegmentsAhead = (int)Number("segments.commandsAhead", standard.SegmentsAhead, 1, 1000),
            EventSegmentsAhead = (int)Number("segments.eventsAhead", standard.EventSegmentsAhead, 1, 1000),
        };
    }

    private ShadowSettings Shadow()
    {
        ShadowSettings standard = new();
        ShadowSettings shadow = new()
        {
            Enabled = Choice("shadow.enabled", Flag.True) == Flag.True,
            EveryCommands = Number("shadow.everyCommands", standard.EveryCommands, 1, long.MaxValue),
            EverySeconds = (int)Number("shadow.everySeconds", standard.EverySeconds, 1, 1_000_000),
            BudgetPercent = (int)Number("shadow.budgetPercent", standard.BudgetPercent, 1, 100),
            Retention = Choice("retention.mode", standard.Retention),
            ArchiveFolder = Text("retention.archive", standard.ArchiveFolder),
            KeptSnapshots = (int)Number("retention.snapshots", standard.KeptSnapshots, 1, 1000),
        };
        if (shadow.Retention == RetentionMode.Archive && shadow.ArchiveFolder.Length == 0)
        {
            Fault("retention.archive", "the mode 'archive' needs a folder");
        }

        return shadow;
    }

    /// <summary>`gateways.NAME.id`, `.ringBytes`, `.heartbeatTimeoutMs`.</summary>
    private List<IsolatedGateway> Gateways()
    {
        const string group = "gateways.";
        IEnumerable<string> names = _sources.Values.Keys
            .Where(key => key.StartsWith(group, StringComparison.OrdinalIgnoreCase))
            .Select(key => key[group.Length..].Split('.')[0].ToLowerInvariant());
        var gateways = new List<IsolatedGateway>();
        foreach (string name in names.Distinct().Order(StringComparer.Ordinal))
        {
            string own = group + name;
            var options = new GatewayOptions
            {
                GatewayId = (ushort)Number(own + ".id", 0, 2, 63),
                CapacityBytes = Number(own + ".ringBytes", 1 << 20, 4096, 1 << 30),
                HeartbeatTimeoutMs = (int)Number(own + ".heartbeatTimeoutMs", 5000, 50, 600_000),
                Shared = true,
            };
            if (!BitOperations.IsPow2(options.CapacityBytes))
            {
                Fault(own + ".ringBytes", $"{options.CapacityBytes} is not a power of two");
            }

            if (gateways.Exists(other => other.Options.GatewayId == options.GatewayId))
            {
                Fault(own + ".id", $"{options.GatewayId} is taken by another gateway");
            }

            if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                Fault(own, "a name has letters, digits, - and _");
            }

            gateways.Add(new IsolatedGateway(name, options));
        }

        return gateways;
    }

    private uint Capacity(string key, uint standard) => (uint)Number(key, standard, 1, 1L << 30);

    private PipelineLayout Layout()
    {
        string cpus = Text("pipeline.cpus", string.Empty);
        long threads = Number("pipeline.threads", 0, 0, 4);
        if (cpus.Length == 0)
        {
            return threads == 0 ? PipelineLayout.Automatic() : PipelineLayout.Unpinned((int)threads);
        }

        try
        {
            return PipelineLayout.Parse(cpus);
        }
        catch (FormatException exception)
        {
            Fault("pipeline.cpus", exception.Message);
            return PipelineLayout.Automatic();
        }
    }

    private string Address(string key, string standard)
    {
        string text = Text(key, standard);
        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            Fault(key, $"'{text}' is not an IP address");
        }
        else if (!IPAddress.IsLoopback(address))
        {
            Fault(
                key,
                $"{text} is not a loopback address; serving others needs TLS, which is not available yet");
        }

        return text;
    }

    private string Text(string key, string standard)
    {
        _known.Add(key);
        return _sources.Values.TryGetValue(key, out ConfiguredValue value) ? value.Text : standard;
    }

    private long Number(string key, long standard, long least, long most)
    {
        string text = Text(key, standard.ToString(CultureInfo.InvariantCulture));
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= least && number <= most)
        {
            return number;
        }

        Fault(key, $"'{text}' is not a whole number from {least} to {most}");
        return standard;
    }

    private T Choice<T>(string key, T standard)
        where T : struct, Enum
    {
        string text = Text(key, standard.ToString());
        string? name = Enum.GetNames<T>().FirstOrDefault(
            name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
        {
            return Enum.Parse<T>(name);
        }

        Fault(key, $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>().Select(Camel))}");
        return standard;
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private void FindUnknownKeys()
    {
        foreach (
            (string key, ConfiguredValue value) in _sources.Values.OrderBy(
                entry => entry.Key, StringComparer.Ordinal))
        {
            // Other programs of the project have variables of their own with the same beginning; none has a
            // dot in it.
            bool isForeign = value.Source == ConfigurationSources.EnvironmentPrefix + key;
            if (!_known.Contains(key) && !isForeign)
            {
                _faults.Add(new ConfigurationFault(value.Source, key, "there is no such key"));
            }
        }
    }

    private void Fault(string key, string reason)
    {
        string source = _sources.Values.TryGetValue(key, out ConfiguredValue value)
            ? value.Source
            : "default";
        _faults.Add(new ConfigurationFault(source, key, reason));
    }
}
