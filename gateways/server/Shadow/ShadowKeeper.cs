using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;

namespace HftEngine.Server.Shadow;

/// <summary>
/// Runs the shadow as a child process: starts it, reads what it reports, starts it again when it dies. One that found a
/// difference stays down, because another attempt would find the same.
/// </summary>
internal sealed class ShadowKeeper : IDisposable
{
    private const int FirstPauseMs = 1000;
    private const int LongestPauseMs = 30_000;

    private readonly string _folder;
    private readonly ShadowSettings _settings;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private Process? _child;
    private ShadowReport? _last;
    private string? _trouble;
    private int _restarts = -1;

    public ShadowKeeper(string folder, ShadowSettings settings)
    {
        _folder = folder;
        _settings = settings;

        // The kernel counts the thread that started the child as its parent, so that thread lives as long.
        _thread = new Thread(Keep) { IsBackground = true, Name = "shadow keeper" };
        _thread.Start();
    }

    /// <summary>What the shadow said last; null before it said anything.</summary>
    public ShadowReport? Last
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
    }

    /// <summary>The last failure; null when there was none.</summary>
    public string? Trouble
    {
        get
        {
            lock (_gate)
            {
                return _trouble;
            }
        }
    }

    public int Restarts => Math.Max(0, Volatile.Read(ref _restarts));

    public int? ProcessId
    {
        get
        {
            lock (_gate)
            {
                return _child?.Id;
            }
        }
    }

    public void Dispose()
    {
        _stop.Set();
        lock (_gate)
        {
            // Whatever it is writing has no name yet; the next start removes it.
            _child?.Kill();
        }

        _thread.Join();
        _stop.Dispose();
    }

    private void Keep()
    {
        int pauseMs = FirstPauseMs;
        while (!_stop.IsSet)
        {
            long started = Stopwatch.GetTimestamp();
            Volatile.Write(ref _restarts, _restarts + 1);
            if (!TryRunOnce() || Last?.State == ShadowReport.Diverged)
            {
                return;
            }

            pauseMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds > LongestPauseMs
                ? FirstPauseMs
                : Math.Min(pauseMs * 2, LongestPauseMs);
            _stop.Wait(pauseMs);
        }
    }

    /// <returns>False: it cannot be started at all, or the venue stops.</returns>
    private bool TryRunOnce()
    {
        using Process child = new() { StartInfo = MakeStart() };
        child.ErrorDataReceived += (_, line) => TakeTrouble(line.Data);
        lock (_gate)
        {
            if (_stop.IsSet)
            {
                return false;
            }

            try
            {
                child.Start();
            }
            catch (System.ComponentModel.Win32Exception exception)
            {
                _trouble = exception.Message;
                return false;
            }

            _child = child;
        }

        child.BeginErrorReadLine();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            TakeReport(line);
        }

        child.WaitForExit();
        lock (_gate)
        {
            _child = null;
        }

        return true;
    }

    private ProcessStartInfo MakeStart()
    {
        string program = Environment.ProcessPath ?? "hft";
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        Add(start, "shadow", "--data", _folder);
        Add(start, "--parent", Text(Environment.ProcessId));
        Add(start, "--every-commands", Text(_settings.EveryCommands), "--every-seconds", Text(_settings.EverySeconds));
        Add(start, "--budget", Text(_settings.BudgetPercent), "--keep", Text(_settings.KeptSnapshots));
        Add(start, "--retention", _settings.Retention.ToString().ToLowerInvariant());
        if (_settings.ArchiveFolder.Length > 0)
        {
            Add(start, "--archive", _settings.ArchiveFolder);
        }

        return start;
    }

    private static void Add(ProcessStartInfo start, params ReadOnlySpan<string> arguments)
    {
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void TakeReport(string line)
    {
        ShadowReport? report = Parse(line);
        if (report is null)
        {
            TakeTrouble(line);
            return;
        }

        lock (_gate)
        {
            _last = report;
        }

        if (report.State == ShadowReport.Diverged)
        {
            Console.Error.WriteLine(
                $"hft: THE SHADOW DIVERGED. {report.Message} No snapshot is written any more; compare both machines.");
        }
        else if (report.Message is not null)
        {
            Console.Out.WriteLine($"shadow: {report.Message}");
        }
    }

    private static ShadowReport? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<ShadowReport>(line, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // Not a report: the runtime itself may have something to say.
            return null;
        }
    }

    private void TakeTrouble(string? text)
    {
        if (string.IsNullOrWhiteSpace(text) || _stop.IsSet)
        {
            return;
        }

        lock (_gate)
        {
            _trouble = text;
        }

        Console.Error.WriteLine($"shadow: {text}");
    }
}
