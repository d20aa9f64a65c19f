using System;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// The helper program as a process of its own. What is not ended before is killed at the end.
/// </summary>
internal sealed class ProducerProcess : IDisposable
{
    private readonly Process _process;

    public ProducerProcess(params object[] arguments)
    {
        // The helper is built beside the tests, with the same configuration and framework.
        string own = AppContext.BaseDirectory.TrimEnd('/');
        string[] tail = own.Split('/')[^3..];
        string assembly = Path.Combine(
            own, "../../../..", "Core.Tests.Producer", tail[0], tail[1], tail[2], "Core.Tests.Producer.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.GetFullPath(assembly));
        foreach (string? argument in arguments.Select(argument => argument.ToString()))
        {
            start.ArgumentList.Add(argument!);
        }

        // One compiler pass and no background compilation: the process is killed within milliseconds.
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = Process.Start(start)!;
    }

    public string? ReadLine() => _process.StandardOutput.ReadLine();

    public int WaitForExit(int timeoutMs = 60_000) => _process.WaitForExit(timeoutMs)
        ? _process.ExitCode
        : throw new TimeoutException("The helper process did not end.");

    /// <summary>SIGKILL, at whatever instruction it is.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
