using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Peers;

/// <summary>A process with QuickFIX in it, compiled when the tests run.</summary>
internal sealed class QuickFixPeer : IDisposable
{
    private const int WaitMs = 20_000;
    private const string Header = "/usr/include/quickfix/Application.h";

    private static readonly Lock Gate = new();
    private static string? _program;

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly ConcurrentQueue<string> _said = new();

    private QuickFixPeer(string settings, string role)
    {
        ProcessStartInfo start = new(Program(), [settings, role])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Expect("ready");
    }

    /// <summary>Skips the test, visibly, where QuickFIX is not installed.</summary>
    public static void Require()
    {
        if (!File.Exists(Header))
        {
            Assert.Ignore("libquickfix-dev is not installed");
        }
    }

    public static QuickFixPeer Start(
        string folder, string role, string beginString, int port, string more = "")
    {
        Directory.CreateDirectory(folder);
        string defaultVersion = beginString == "FIXT.1.1" ? "DefaultApplVerID=FIX.5.0SP2\n" : "";
        string settings = Path.Combine(folder, "settings.cfg");
        File.WriteAllText(settings, $"""
            [DEFAULT]
            ConnectionType={role}
            StartTime=00:00:00
            EndTime=00:00:00
            UseDataDictionary=N
            ReconnectInterval=1
            HeartBtInt=30
            SocketConnectHost=127.0.0.1
            SocketConnectPort={port}
            SocketAcceptPort={port}
            SocketReuseAddress=Y
            FileStorePath={Path.Combine(folder, "store")}
            {more}
            {defaultVersion}
            [SESSION]
            BeginString={beginString}
            SenderCompID=TW
            TargetCompID=ISLD

            """);
        return new QuickFixPeer(settings, role);
    }

    public void Tell(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for a line that begins so; what comes before it must not be an error.</summary>
    public string Expect(string start)
    {
        long endMs = Environment.TickCount64 + WaitMs;
        while (_lines.TryTake(out string? line, (int)long.Max(1, endMs - Environment.TickCount64)))
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new AssertionException(
            $"waited for '{start}', heard: {string.Join(" / ", _said.TakeLast(20))}");
    }

    /// <summary>Ends the process at once, as a crash does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Tell("quit");
            if (!_process.WaitForExit(WaitMs))
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        _lines.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is not null)
        {
            _said.Enqueue(line);
            _lines.Add(line);
        }
    }

    private static string Program()
    {
        lock (Gate)
        {
            return _program ??= Compile();
        }
    }

    private static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("hft-quickfix-").FullName;
        string program = Path.Combine(folder, "quickfix-peer");
        string source = Path.Combine(AppContext.BaseDirectory, "Peers", "quickfix-peer.cpp");
        ProcessStartInfo start = new(
            "g++", ["-std=c++14", "-w", "-O1", "-o", program, source, "-lquickfix", "-lpthread"])
        {
            RedirectStandardError = true,
        };
        using Process compiler = Process.Start(start)!;
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.That(compiler.ExitCode, Is.Zero, errors);
        return program;
    }
}
