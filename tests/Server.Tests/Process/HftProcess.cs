using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace HftEngine.Server.Tests.Process;

/// <summary>The built program, run as a user runs it.</summary>
internal sealed partial class HftProcess : IDisposable
{
    private const int TimeoutMs = 120_000;
    private const int TerminateSignal = 15;

    private readonly System.Diagnostics.Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private HftProcess(string[] arguments, IEnumerable<(string Name, string Value)> variables)
    {
        // The program is built beside the tests, as a reference of theirs.
        string program = Path.Combine(AppContext.BaseDirectory, "hft");
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = new System.Diagnostics.Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static HftProcess Start(params string[] arguments) => new(arguments, []);

    public static HftProcess StartWith(
        IEnumerable<(string Name, string Value)> variables, params string[] arguments) => new(arguments, variables);

    /// <summary>Runs to the end.</summary>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments) =>
        RunWith([], arguments);

    public static (int ExitCode, string Output, string Errors) RunWith(
        IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        using HftProcess process = new(arguments, variables);
        return (process.WaitForExit(), process.Output, process.Errors);
    }

    public bool HasExited => _process.HasExited;

    public int WaitForExit()
    {
        if (!_process.WaitForExit(TimeoutMs))
        {
            throw new TimeoutException($"hft did not end. It said: {Output} {Errors}");
        }

        // Without a limit this also waits until everything that was written has been read.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Terminate() => Signal(_process.Id, TerminateSignal);

    /// <summary>As a power cut would: nothing is flushed, nobody is told.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void WaitFor(Func<bool> condition, string what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!condition())
        {
            if (_process.HasExited || waited.ElapsedMilliseconds > TimeoutMs)
            {
                throw new TimeoutException($"{what} did not come. hft said: {Output} {Errors}");
            }

            Thread.Sleep(50);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (text)
            {
                text.AppendLine(line);
            }
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
