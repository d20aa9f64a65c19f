using System;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using HftEngine.Fix.Session;

namespace HftEngine.Fix.Network;

public sealed record FixInitiatorOptions
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Pause between attempts to connect.</summary>
    public TimeSpan ReconnectInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connects by TLS when set.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }
}

/// <summary>Keeps one session connected: to a liquidity provider, or to whoever accepts.</summary>
public sealed class FixInitiator : IAsyncDisposable
{
    private static readonly TimeSpan StateInterval = TimeSpan.FromMilliseconds(20);

    private readonly FixInitiatorOptions _options;
    private readonly FixLoop _loop;
    private readonly FixSession _session;
    private readonly Action<string>? _onFailure;
    private readonly CancellationTokenSource _stop = new();
    private Task _work = Task.CompletedTask;

    public FixInitiator(
        FixInitiatorOptions options, FixLoop loop, FixSession session, Action<string>? onFailure = null)
    {
        if (!session.Settings.IsInitiator || session.Owner != loop)
        {
            throw new ArgumentException($"{session.Id} is no initiator of this loop");
        }

        _options = options;
        _loop = loop;
        _session = session;
        _onFailure = onFailure;
    }

    public void Start() => _work = Task.Run(Keep);

    /// <summary>Connects no more. A session that is logged on stays so.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task Keep()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan pause = StateInterval;
            if (_session.State == SessionState.Disconnected)
            {
                await TryConnect().ConfigureAwait(false);
                pause = _options.ReconnectInterval;
            }

            try
            {
                await Task.Delay(pause, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TryConnect()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using CancellationTokenSource timeout =
                CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            timeout.CancelAfter(_options.ConnectTimeout);
            await socket.ConnectAsync(_options.Host, _options.Port, timeout.Token).ConfigureAwait(false);
            IPAddress address = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
            Socket plain = _options.Tls is { } tls
                ? await TlsBridge.Connect(socket, tls, timeout.Token).ConfigureAwait(false)
                : socket;
            _loop.Post(nowNs => Bind(plain, address, nowNs));
        }
        catch (Exception exception) when (exception is SocketException or System.IO.IOException
            or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            _onFailure?.Invoke($"{_session.Id}: {exception.Message}");
        }
    }

    private void Bind(Socket socket, IPAddress address, long nowNs)
    {
        if (_session.State != SessionState.Disconnected)
        {
            socket.Dispose();
            return;
        }

        _loop.Adopt(socket, new ConnectionOrigin(address, null)).Bind(_session, nowNs);
    }
}
