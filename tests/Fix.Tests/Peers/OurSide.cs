using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Network;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;
using HftEngine.Journal;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Peers;

/// <summary>
/// Our session with a store on disk: an acceptor that echoes, or an initiator that is told what to send.
/// </summary>
internal sealed class OurSide : IDisposable
{
    private const int WaitMs = 20_000;

    private readonly FixLoop _loop = new("ours", new FixLoopOptions());
    private readonly FixAcceptor? _acceptor;
    private readonly FixInitiator? _initiator;
    private readonly FixSession _session;
    private readonly Listener _listener = new();

    private OurSide(string folder, string beginString, int port, bool isInitiator, bool usesNextExpected)
    {
        SessionSettings settings = new()
        {
            Id = new SessionId(beginString, "ISLD", "TW"),
            Rules = FixRules.Standard(beginString),
            IsInitiator = isInitiator,
            UseNextExpected = usesNextExpected,
            TimePrecision = TimePrecision.Milliseconds,
        };
        FileStore store = FileStore.Open(
            new DiskStorage(Path.Combine(folder, "ours")),
            "session.fix",
            new FileStoreOptions { BlockNumbers = 100 },
            default(SystemClock).UtcNowNs());
        _session = new FixSession(settings, _listener, store, _loop.Workspace);
        _loop.Own(_session);
        if (!isInitiator)
        {
            _acceptor = new FixAcceptor(
                new FixAcceptorOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, port) },
                _loop,
                id => id == _session.Id ? _session : null);
        }

        _loop.Start();
        if (isInitiator)
        {
            _initiator = new FixInitiator(
                new FixInitiatorOptions
                {
                    Host = "127.0.0.1",
                    Port = port,
                    ReconnectInterval = TimeSpan.FromMilliseconds(300),
                },
                _loop,
                _session);
            _initiator.Start();
        }
    }

    public int Port => _acceptor!.EndPoint.Port;

    public static OurSide Accept(string folder, string beginString, int port = 0) =>
        new(folder, beginString, port, false, false);

    public static OurSide Initiate(
        string folder, string beginString, int port, bool usesNextExpected = false) =>
        new(folder, beginString, port, true, usesNextExpected);

    public string Expect(string start)
    {
        long endMs = Environment.TickCount64 + WaitMs;
        while (_listener.Events.TryTake(out string? line, (int)long.Max(1, endMs - Environment.TickCount64)))
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new AssertionException($"waited for '{start}'");
    }

    public void Order(string clOrdId) => Run(nowNs =>
    {
        FixWriter writer = _session.Begin("D"u8, nowNs);
        writer.Text(11, clOrdId);
        writer.Char(21, '1');
        writer.Char(40, '1');
        writer.Char(54, '1');
        writer.Text(55, "BTC-USD");
        writer.Timestamp(60, nowNs, TimePrecision.Milliseconds);
        _session.Send(nowNs);
    });

    public void Run(Action<FixSession, long> action) => Run(nowNs => action(_session, nowNs));

    /// <summary>Ends without a word and without closing the store, as a crash does.</summary>
    public void Crash()
    {
        Stop();
        _loop.Dispose();
    }

    public void Dispose()
    {
        _loop.LogoutAll("done", TimeSpan.FromSeconds(3));
        Stop();
        _loop.Dispose();
        _session.Store.Dispose();
        if (_loop.Failure is { } failure)
        {
            throw new InvalidOperationException("the loop failed", failure);
        }
    }

    private void Stop()
    {
        _initiator?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _loop.Stop();
        _acceptor?.Dispose();
    }

    private void Run(Action<long> action)
    {
        using ManualResetEventSlim done = new();
        _loop.Post(nowNs =>
        {
            action(nowNs);
            done.Set();
        });
        Assert.That(done.Wait(WaitMs), Is.True);
    }

    private sealed class Listener : IFixApplication
    {
        private readonly EchoApplication _echo = new();

        public BlockingCollection<string> Events { get; } = [];

        public void OnLogon(FixSession session, FixMessage logon, long nowNs)
        {
            _echo.OnLogon(session, logon, nowNs);
            Events.Add("logon");
        }

        public void OnLogout(FixSession session, string reason, long nowNs) => Events.Add($"logout {reason}");

        public void OnMessage(FixSession session, FixMessage message, long nowNs)
        {
            message.TryGet(FixTag.ClOrdId, out ReadOnlySpan<byte> id);
            string flag = message.IsSet(FixTag.PossDupFlag) ? "Y" : "N";
            Events.Add($"app {System.Text.Encoding.ASCII.GetString(id)} {flag}");
            if (!session.Settings.IsInitiator)
            {
                _echo.OnMessage(session, message, nowNs);
            }
        }

        public void OnReject(FixSession session, FixMessage reject, long nowNs) =>
            Events.Add("reject " + Harness.FixText.Show(reject.Bytes));
    }
}
