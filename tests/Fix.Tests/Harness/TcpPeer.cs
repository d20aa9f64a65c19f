using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using HftEngine.Core.Pipeline;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Network;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;

namespace HftEngine.Fix.Tests.Harness;

/// <summary>A socket to an acceptor of this process.</summary>
internal sealed class TcpPeer : Peer
{
    private const int ReadTimeoutMs = 10_000;

    private readonly FixLoop _loop = new("test", new FixLoopOptions());
    private readonly FixAcceptor _acceptor;
    private readonly List<byte> _received = [];
    private Socket _socket;

    public TcpPeer(string beginString)
        : base(beginString)
    {
        Session = new FixSession(
            Settings(beginString), new EchoApplication(), new MemoryStore(), _loop.Workspace);
        _loop.Own(Session);
        _acceptor = new FixAcceptor(
            new FixAcceptorOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) },
            _loop,
            id => id == Session.Id ? Session : null);
        _loop.Start();
        _socket = Open();
    }

    public FixSession Session { get; }

    public override long NowNs => default(SystemClock).UtcNowNs();

    /// <summary>One more connection to the same acceptor.</summary>
    public Socket Open()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(_acceptor.EndPoint);
        return socket;
    }

    public override void SendBytes(byte[] bytes) => _socket.Send(bytes);

    public override void Reconnect()
    {
        _socket.Dispose();
        _received.Clear();
        _socket = Open();
    }

    protected override string? Read()
    {
        byte[] buffer = new byte[4_096];
        while (true)
        {
            FixFrame frame = FixFrame.Read([.. _received], 65_536);
            if (frame.Kind == FrameKind.Message)
            {
                string message = FixText.Show([.. _received.GetRange(frame.Skip, frame.Length)]);
                _received.RemoveRange(0, frame.Skip + frame.Length);
                return message;
            }

            if (!_socket.Poll(TimeSpan.FromMilliseconds(ReadTimeoutMs), SelectMode.SelectRead))
            {
                return null;
            }

            int read = _socket.Receive(buffer);
            if (read == 0)
            {
                return null;
            }

            _received.AddRange(buffer.AsSpan(0, read).ToArray());
        }
    }

    protected override bool ReadEnd()
    {
        if (_received.Count > 0
            || !_socket.Poll(TimeSpan.FromMilliseconds(ReadTimeoutMs), SelectMode.SelectRead))
        {
            return false;
        }

        try
        {
            return _socket.Receive(new byte[1]) == 0;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public override void Dispose()
    {
        _socket.Dispose();
        _loop.Stop();
        _acceptor.Dispose();
        _loop.Dispose();
        if (_loop.Failure is { } failure)
        {
            throw new InvalidOperationException("the loop failed", failure);
        }
    }
}
