using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;
using HftEngine.Server.CommandLine;
using HftEngine.Server.Configuration;
using HftEngine.Server.Demo;
using HftEngine.Server.Shadow;

namespace HftEngine.Server.Hosting;

/// <summary>
/// The venue as a process: recovery, pipeline, warm-up, ready, and an orderly stop on SIGTERM or SIGINT.
/// </summary>
internal sealed class VenueHost : IDisposable
{
    private const int StopTimeoutMs = 20_000;
    private const int WatchMs = 200;
    private const string SimulationMark = "simulated";

    private readonly ServeSettings _settings;
    private readonly ManualResetEventSlim _stopRequested = new();
    private readonly VenueStatus _status;
    private HealthServer? _health;
    private VenueLine? _line;
    private DemoMarket? _market;
    private ShadowKeeper? _shadow;
    private ulong _recoveredHash;

    private VenueHost(ServeSettings settings)
    {
        _settings = settings;
        _status = new VenueStatus(
            () => _line, () => _market, () => _shadow) { Simulated = settings.Demo || IsMarkedSimulated(settings) };
    }

    public static int Run(ServeSettings settings)
    {
        using VenueHost host = new(settings);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM, host.RequestStop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT, host.RequestStop);
        return host.Serve();
    }

    private bool HasShadow => _settings.Durability != Durability.None && _settings.Shadow.Enabled;

    public void Dispose()
    {
        _shadow?.Dispose();
        _market?.Dispose();
        _line?.Dispose();
        _health?.Dispose();
        _stopRequested.Dispose();
    }

    private int Serve()
    {
        RequireHonestFolder();
        _health = HealthServer.Start(_settings, _status);
        long started = Stopwatch.GetTimestamp();
        EngineWarmUp.Run(_stopRequested.WaitHandle);
        _line = VenueLine.Open(new VenueLineOptions
        {
            Limits = _settings.Limits,
            Durability = _settings.Durability,
            Folder = _settings.DataFolder,
            Layout = _settings.Layout,
            Wait = _settings.Wait,
            Journal = _settings.Journal,
            WithShadow = HasShadow,
            RecoveryProgress = PrintProgress,
            Gateways = GatewaysOf(_settings),
        });
        bool isNew = _line.Engine.LastSequence == 0;

        // Before the first command of this start: what an independent replay of the journal must come to.
        _recoveredHash = _line.Engine.ComputeStateHash();
        _line.Pipeline.Start();
        if (_settings.Demo)
        {
            if (isNew)
            {
                DemoDefinitions.Send(_line);
            }

            _market = new DemoMarket(_line, _settings);
            _market.Start();
        }

        if (HasShadow)
        {
            _shadow = new ShadowKeeper(Path.GetFullPath(_settings.DataFolder), _settings.Shadow);
        }

        PutUpPosts();
        _status.Ready = true;
        PrintBanner(Stopwatch.GetElapsedTime(started));
        WatchUntilStopped();
        return Stop();
    }

    private static GatewayOptions[] GatewaysOf(ServeSettings settings)
    {
        GatewayOptions[] demo =
            settings.Demo ? [new GatewayOptions { GatewayId = DemoVenue.SimulationGateway }] : [];
        return [.. demo, .. settings.Gateways.Select(gateway => gateway.Options)];
    }

    private string RunFolder => Path.Combine(_settings.DataFolder, "run");

    /// <summary>Gateways in other processes attach from now on.</summary>
    private void PutUpPosts()
    {
        foreach (IsolatedGateway gateway in _settings.Gateways)
        {
            new GatewayPost
            {
                ProcessId = Environment.ProcessId,
                GatewayId = gateway.Options.GatewayId,
                Epoch = _line!.Epoch,
                Commands = _line.Pipeline.GatewayPath(gateway.Options.GatewayId)!,
                Events = _line.Events.Path!,
            }.Write(RunFolder, gateway.Name);
        }
    }

    private void TakeDownPosts()
    {
        foreach (IsolatedGateway gateway in _settings.Gateways)
        {
            File.Delete(GatewayPost.PathOf(RunFolder, gateway.Name));
        }
    }

    private void RequestStop(PosixSignalContext context)
    {
        // The default would end the process at once.
        context.Cancel = true;
        _stopRequested.Set();
    }

    private void WatchUntilStopped()
    {
        while (!_stopRequested.Wait(WatchMs) && _line!.Pipeline.Halt is null)
        {
        }
    }

    private int Stop()
    {
        _status.Ready = false;
        _shadow?.Dispose();
        _shadow = null;
        TakeDownPosts();
        _market?.Stop();
        bool through = _line!.Stop(StopTimeoutMs);
        if (_line.Pipeline.Halt is { } halt)
        {
            return HftCommand.Complain(
                $"the venue halted in {halt.Stage} at sequence {halt.Sequence} (template {halt.TemplateId}): {halt.Message}",
                ExitCode.Failed);
        }

        if (!through)
        {
            return HftCommand.Complain(
                "the pipeline did not come to an end in time; the next start recovers", ExitCode.Failed);
        }

        if (_line.WriteSnapshot() is { } snapshot)
        {
            Console.Out.WriteLine($"wrote {snapshot.Name}, {snapshot.FileBytes >> 10} KiB");
        }

        Console.Out.WriteLine($"stopped in order at sequence {_line.Engine.LastSequence}");
        return ExitCode.Done;
    }

    /// <summary>Simulated and real trading never share a journal.</summary>
    private void RequireHonestFolder()
    {
        if (_settings.Durability == Durability.None || !_settings.Demo)
        {
            return;
        }

        string folder = _settings.DataFolder;
        bool hasFiles = Directory.Exists(folder) && Directory.GetFileSystemEntries(folder).Length > 0;
        if (hasFiles && !IsMarkedSimulated(_settings))
        {
            throw new ConfigurationException(
                [new ConfigurationFault("command line", "--demo", $"{folder} holds something else than a simulated venue; name another folder with --data")]);
        }

        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, SimulationMark), "Everything in this folder is simulated.\n");
    }

    private static bool IsMarkedSimulated(ServeSettings settings) =>
        settings.Durability != Durability.None
            && File.Exists(Path.Combine(settings.DataFolder, SimulationMark));

    private static string Describe(RecoveredVenue found)
    {
        string start = found.Snapshot is null ? string.Empty : $"{found.Snapshot.Name} and ";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{start}{found.ReplayedCommands} commands in {found.Elapsed.TotalSeconds:0.00} s ({found.CommandsPerSecond:0} a second)");
    }

    private string DescribeShadow() => _shadow is null
        ? "off: no snapshots but the one at an orderly stop"
        : $"snapshot every {_settings.Shadow.EveryCommands} commands or {_settings.Shadow.EverySeconds} s, "
            + $"segments before the oldest of {_settings.Shadow.KeptSnapshots}: {_settings.Shadow.Retention.ToString().ToLowerInvariant()}";

    private static void PrintProgress(RecoveryProgress progress) => Console.Error.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"recovering: {100.0 * progress.Bytes / Math.Max(1, progress.TotalBytes):0} %, sequence {progress.Sequence}, {progress.CommandsPerSecond:0} commands a second"));

    private void PrintBanner(TimeSpan took)
    {
        VenueLine line = _line!;
        string version = typeof(VenueHost).Assembly.GetName().Version?.ToString(3) ?? "0";
        string kind = _status.Simulated ? "SIMULATED MARKET: nothing here is real" : "venue";
        string journal = line.Journal is null
            ? "none: what happens is lost at the stop"
            : $"{_settings.Durability.ToString().ToLowerInvariant()}, epoch {line.Epoch}, {Path.GetFullPath(_settings.DataFolder)}";
        string recovered = line.Recovered is { Tail.LastSequence: > 0 } found
            ? Describe(found)
            : "nothing, this venue is new";
        Console.Out.WriteLine($"HftEngine {version}, {kind}");
        Console.Out.WriteLine($"  http       {_health!.Url} (/health/live, /health/ready)");
        Console.Out.WriteLine($"  journal    {journal}");
        Console.Out.WriteLine($"  recovered  {recovered}");
        Console.Out.WriteLine($"  state      {_recoveredHash:x16}");
        foreach (string warning in line.Recovered?.Warnings ?? [])
        {
            Console.Error.WriteLine($"hft: {warning}");
        }

        Console.Out.WriteLine(
            $"  threads    {line.Pipeline.State}, {_settings.Layout.Threads.Count} for the pipeline");
        Console.Out.WriteLine($"  memory     {Environment.WorkingSet >> 20} MiB in use{(line.Memory is null ? string.Empty : $"; planned {line.Memory}")}");
        Console.Out.WriteLine($"  shadow     {DescribeShadow()}");
        Console.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"ready after {took.TotalSeconds:0.0} s"));
    }
}
