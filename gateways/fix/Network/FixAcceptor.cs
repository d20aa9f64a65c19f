using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Session;

namespace HftEngine.Fix.Network;

public sealed record FixAcceptorOptions
{
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>Addresses that may connect; empty lets all in.</summary>
    public IReadOnlyList<IPNetwork> AllowedAddresses { get; init; } = [];

    /// <summary>Connections that may be open at once, logged on or not.</summary>
    public int MaxConnections { get; init; } = 1_024;

    /// <summary>Connections that one address may open within <see cref="LogonInterval"/>.</summary>
    public int LogonsPerInterval { get; init; } = 60;

    public TimeSpan LogonInterval { get; init; } = TimeSpan.FromMinutes(1);

    public ILogonAuthenticator? Authenticator { get; init; }

    /// <summary>Connections come by TLS when set.</summary>
    public FixTlsOptions? Tls { get; init; }
}

/// <summary>
/// Takes connections on one port, finds the session that each first message names, and hands the connection
/// to it. The version is chosen by BeginString.
/// </summary>
public sealed class FixAcceptor : IDisposable
{
    private const int Backlog = 256;

    private readonly FixAcceptorOptions _options;
    private readonly FixLoop _loop;
    private readonly Func<SessionId, FixSession?> _findSession;
    private readonly Action<string>? _onRefusal;
    private readonly LogonLimiter _limiter;
    private readonly FixWriter _writer = new(4_096);
    private readonly Socket _listener;
    private int _handshakes;

    /// <param name="options">Where and whom to accept.</param>
    /// <param name="loop">
    /// The loop that accepts and reads first messages; sessions may live on others.
    /// </param>
    /// <param name="findSession">The session behind an id, owned by a loop, or null.</param>
    /// <param name="onRefusal">Told why a connection is refused; the counterparty often is not.</param>
    public FixAcceptor(
        FixAcceptorOptions options,
        FixLoop loop,
        Func<SessionId, FixSession?> findSession,
        Action<string>? onRefusal = null)
    {
        _options = options;
        _loop = loop;
        _findSession = findSession;
        _onRefusal = onRefusal;
        _limiter = new LogonLimiter(
            options.LogonsPerInterval, (long)options.LogonInterval.TotalMilliseconds * 1_000_000);
        _listener = new Socket(
            options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            Blocking = false,
        };
        _listener.Bind(options.EndPoint);
        _listener.Listen(Backlog);
        loop.Listen(_listener, Accept);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Takes no more connections; those that are open stay.</summary>
    public void Dispose() => _loop.Unlisten(_listener);

    private void Accept(long nowNs)
    {
        while (TryAccept() is { } socket)
        {
            if (AddressOf(socket) is not { } address)
            {
                socket.Dispose();
                continue;
            }

            if (RefusalOf(address, nowNs) is { } refusal)
            {
                _onRefusal?.Invoke($"{address}: {refusal}");
                socket.Dispose();
            }
            else if (_options.Tls is { } tls)
            {
                Interlocked.Increment(ref _handshakes);
                _ = Task.Run(() => Secure(socket, tls, address));
            }
            else
            {
                Admit(socket, new ConnectionOrigin(address, null));
            }
        }
    }

    private Socket? TryAccept()
    {
        try
        {
            return _listener.Accept();
        }
        catch (SocketException)
        {
            // Nobody waits any more, or whoever waited has gone again.
            return null;
        }
    }

    /// <summary>Null when whoever connected has gone again.</summary>
    private static IPAddress? AddressOf(Socket socket)
    {
        try
        {
            IPAddress? address = (socket.RemoteEndPoint as IPEndPoint)?.Address;
            return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private string? RefusalOf(IPAddress address, long nowNs) => this switch
    {
        _ when _options.AllowedAddresses.Count > 0
            && !_options.AllowedAddresses.Any(net => net.Contains(address)) =>
            "the address is not allowed",
        _ when _loop.ConnectionCount + Volatile.Read(ref _handshakes) >= _options.MaxConnections =>
            "too many connections",
        _ when !_limiter.TryTake(address, nowNs) => "too many connections in a short time",
        _ => null,
    };

    private async Task Secure(Socket socket, FixTlsOptions tls, IPAddress address)
    {
        try
        {
            (Socket plain, string? subject) = await TlsBridge.Open(socket, tls).ConfigureAwait(false);
            _loop.Post(_ => Admit(plain, new ConnectionOrigin(address, subject)));
        }
        catch (Exception exception) when (exception is System.IO.IOException or SocketException
            or System.Security.Authentication.AuthenticationException or OperationCanceledException)
        {
            _onRefusal?.Invoke($"{address}: {exception.Message}");
            socket.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
    }

    private void Admit(Socket socket, ConnectionOrigin origin) =>
        _loop.Adopt(socket, origin).FirstMessage = ReadFirstMessage;

    private void ReadFirstMessage(FixConnection connection, FixMessage message)
    {
        if (!message.MsgType.SequenceEqual("A"u8)
            || !message.TryGet(FixTag.SenderCompId, out ReadOnlySpan<byte> sender)
            || !message.TryGet(FixTag.TargetCompId, out ReadOnlySpan<byte> target))
        {
            Refuse(connection, "the first message is no Logon");
            return;
        }

        SessionId id = new(TextOf(message.BeginString), TextOf(target), TextOf(sender));
        if (_findSession(id) is not { Owner: { } owner } session)
        {
            Refuse(connection, $"there is no session {id}");
            return;
        }

        if (session.Settings.AllowedAddresses is { Count: > 0 } allowed
            && !allowed.Any(net => net.Contains(connection.Origin.Address)))
        {
            Refuse(connection, $"the address is not allowed for {id}");
            return;
        }

        if (_options.Authenticator is not { } authenticator)
        {
            // Later, because the connection is in the middle of reading.
            _loop.Post(laterNs => HandOver(connection, session, owner, laterNs));
            return;
        }

        LogonAttempt attempt = AttemptOf(id, connection.Origin, message);
        _ = Task.Run(() => Authenticate(authenticator, attempt, connection, session, owner));
    }

    private void Authenticate(
        ILogonAuthenticator authenticator,
        LogonAttempt attempt,
        FixConnection connection,
        FixSession session,
        FixLoop owner)
    {
        string? refusal;
        try
        {
            refusal = authenticator.Refuse(attempt);
        }
        catch (Exception exception)
        {
            // A check that fails lets nobody on, whatever the reason.
            _onRefusal?.Invoke($"{attempt.Session}: {exception}");
            refusal = "logon is not possible now";
        }

        _loop.Post(nowNs =>
        {
            if (refusal is null)
            {
                HandOver(connection, session, owner, nowNs);
                return;
            }

            SendRefusal(connection, attempt.Session, refusal, nowNs);
            Refuse(connection, $"{attempt.Session}: {refusal}");
        });
    }

    private void HandOver(FixConnection connection, FixSession session, FixLoop owner, long nowNs)
    {
        if (connection.IsClosed)
        {
            return;
        }

        if (owner == _loop)
        {
            BindOrRefuse(connection, session, nowNs);
            return;
        }

        connection.MoveTo(owner);
        owner.Post(laterNs =>
        {
            owner.Register(connection);
            BindOrRefuse(connection, session, laterNs);
        });
    }

    private void BindOrRefuse(FixConnection connection, FixSession session, long nowNs)
    {
        if (session.State != SessionState.Disconnected)
        {
            Refuse(connection, $"{session.Id} is logged on already");
            return;
        }

        connection.Bind(session, nowNs);
    }

    private void Refuse(FixConnection connection, string reason)
    {
        _onRefusal?.Invoke($"{connection.Origin.Address}: {reason}");
        connection.Close();
    }

    // Outside of the session's sequence: who failed to log on must not use up its numbers.
    private void SendRefusal(FixConnection connection, SessionId id, string text, long nowNs)
    {
        _writer.Begin("5"u8);
        _writer.Int(FixTag.MsgSeqNum, 1);
        _writer.Text(FixTag.SenderCompId, id.SenderCompId);
        _writer.Timestamp(FixTag.SendingTime, nowNs, TimePrecision.Milliseconds);
        _writer.Text(FixTag.TargetCompId, id.TargetCompId);
        _writer.Text(FixTag.Text, text);
        connection.Send(_writer.Finish(Encoding.ASCII.GetBytes(id.BeginString)));
    }

    private static LogonAttempt AttemptOf(SessionId id, ConnectionOrigin origin, FixMessage message)
    {
        message.TryGet(FixTag.Username, out ReadOnlySpan<byte> username);
        message.TryGet(FixTag.Password, out ReadOnlySpan<byte> password);
        message.TryGet(FixTag.RawData, out ReadOnlySpan<byte> signature);
        message.TryGet(FixTag.MsgSeqNum, out ReadOnlySpan<byte> number);
        message.TryGet(FixTag.SendingTime, out ReadOnlySpan<byte> time);
        string signed = string.Join(
            '\u0001', "A", id.TargetCompId, id.SenderCompId, TextOf(number), TextOf(time));
        return new LogonAttempt(
            id,
            origin,
            TextOf(username),
            TextOf(password),
            Encoding.ASCII.GetBytes(signed),
            signature.ToArray());
    }

    private static string TextOf(ReadOnlySpan<byte> value) => Encoding.ASCII.GetString(value);
}
