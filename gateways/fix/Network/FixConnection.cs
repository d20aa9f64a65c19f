using System;
using System.Net.Sockets;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Session;

namespace HftEngine.Fix.Network;

/// <summary>
/// One TCP connection with its two buffers, made with it and never larger. Owned by its loop's thread.
/// </summary>
internal sealed class FixConnection : ISessionChannel, IDisposable
{
    // Reading stops after this many bytes, so that one fast counterparty does not keep the others waiting.
    private const int TurnBytes = 1 << 18;
    private const long LingerNs = 1_000_000_000;

    private readonly Socket _socket;
    private readonly byte[] _inbound;
    private readonly byte[] _outbound;
    private readonly long _logonTimeoutNs;
    private FixLoop _loop;
    private int _received;
    private int _outStart;
    private int _outEnd;
    private bool _isClosing;
    private bool _hasShutDown;
    private long _closeByNs;
    private uint _interest = Epoll.Readable;

    public FixConnection(FixLoop loop, Socket socket, ConnectionOrigin origin, FixLoopOptions options)
    {
        _loop = loop;
        _socket = socket;
        _logonTimeoutNs = options.LogonTimeoutNs;
        Descriptor = (int)socket.Handle;
        _inbound = new byte[options.InboundBytes];
        _outbound = new byte[options.OutboundBytes];
        Origin = origin;
        OpenedNs = loop.NowNs;
    }

    public int Token { get; set; }

    public int Descriptor { get; }

    public ConnectionOrigin Origin { get; }

    /// <summary>What receives messages.</summary>
    public FixSession? Session { get; private set; }

    /// <summary>
    /// Looks at the first message of a connection that has no session yet. The message stays in the buffer,
    /// so that the session gets it when it is found.
    /// </summary>
    public Action<FixConnection, FixMessage>? FirstMessage { get; set; }

    /// <summary>
    /// No message is taken until this instant: a throttle, or a logon that is being checked.
    /// </summary>
    public long ReadableAtNs { get; set; }

    public long OpenedNs { get; }

    /// <summary>Whether the loop has it among those whose output waits.</summary>
    public bool IsMarked { get; set; }

    public bool IsClosed { get; private set; }

    public int FreeBytes => _outbound.Length - (_outEnd - _outStart);

    public bool HasOutput => _outEnd > _outStart;

    public bool Send(ReadOnlySpan<byte> bytes)
    {
        if (_isClosing || bytes.Length > FreeBytes)
        {
            return false;
        }

        if (bytes.Length > _outbound.Length - _outEnd)
        {
            _outbound.AsSpan(_outStart, _outEnd - _outStart).CopyTo(_outbound);
            _outEnd -= _outStart;
            _outStart = 0;
        }

        bytes.CopyTo(_outbound.AsSpan(_outEnd));
        _outEnd += bytes.Length;
        _loop.MarkForFlush(this);
        return true;
    }

    public void Close()
    {
        if (!_isClosing)
        {
            _isClosing = true;
            Session = null;
            _closeByNs = _loop.NowNs + LingerNs;
            _loop.MarkForFlush(this);
        }
    }

    /// <summary>Gives the connection to its session, which reads from the first message on.</summary>
    public void Bind(FixSession session, long nowNs)
    {
        FirstMessage = null;
        Session = session;
        ReadableAtNs = 0;
        session.Connect(this, nowNs);
        Resume(nowNs);
    }

    /// <summary>Takes the connection to another loop, which must register it.</summary>
    public void MoveTo(FixLoop loop)
    {
        _loop.Remove(this);
        _loop = loop;
        _interest = Epoll.Readable;
    }

    /// <summary>Takes what the socket has.</summary>
    public void Receive(long nowNs)
    {
        int turn = 0;
        while (!IsClosed && turn < TurnBytes && (_isClosing || ReadableAtNs <= nowNs))
        {
            if (_isClosing)
            {
                // What still comes is of no interest, but a close with unread bytes would destroy what was
                // sent last.
                _received = 0;
            }

            int room = _inbound.Length - _received;
            int read = _socket.Receive(
                _inbound.AsSpan(_received, room), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            if (error != SocketError.Success || read == 0)
            {
                bool ended = error == SocketError.Success;
                Lose(ended ? "the counterparty closed the connection" : error.ToString(), nowNs);
                return;
            }

            turn += read;
            _received += read;
            if (!_isClosing)
            {
                TakeMessages(nowNs);
            }
        }
    }

    /// <summary>Messages that were received while nothing was taken.</summary>
    public void Resume(long nowNs)
    {
        if (!_isClosing && !IsClosed)
        {
            TakeMessages(nowNs);
        }

        UpdateInterest(nowNs);
    }

    /// <summary>Sends what waits; afterwards, or on failure, closes when that was asked for.</summary>
    public void Flush(long nowNs)
    {
        while (!IsClosed && _outEnd > _outStart)
        {
            int sent = _socket.Send(
                _outbound.AsSpan(_outStart, _outEnd - _outStart), SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
            {
                break;
            }

            if (error != SocketError.Success)
            {
                Lose(error.ToString(), nowNs);
                return;
            }

            _outStart += sent;
        }

        if (_outStart == _outEnd)
        {
            _outStart = 0;
            _outEnd = 0;
            if (_isClosing && !_hasShutDown && !IsClosed)
            {
                ShutDown(nowNs);
            }
        }

        UpdateInterest(nowNs);
    }

    /// <summary>Closes a connection whose other side does not take the end of the conversation.</summary>
    public void Tick(long nowNs)
    {
        if (_isClosing && nowNs >= _closeByNs)
        {
            Lose("closed", nowNs);
        }
        else if (FirstMessage is not null && nowNs - OpenedNs >= _logonTimeoutNs)
        {
            Lose("no Logon in time", nowNs);
        }
    }

    public void Lose(string reason, long nowNs)
    {
        if (IsClosed)
        {
            return;
        }

        IsClosed = true;
        FixSession? session = Session;
        Session = null;
        _loop.Remove(this);
        _socket.Dispose();
        if (session is not null && !_isClosing)
        {
            session.Disconnected(reason, nowNs);
        }
    }

    public void Dispose() => _socket.Dispose();

    private void TakeMessages(long nowNs)
    {
        int at = 0;
        while (!_isClosing && !IsClosed && ReadableAtNs <= nowNs)
        {
            FixFrame frame = FixFrame.Read(
                _inbound.AsSpan(at, _received - at), _loop.Workspace.MaxMessageBytes);
            at += frame.Skip;
            if (frame.Kind == FrameKind.Incomplete)
            {
                break;
            }

            if (!Take(frame, at, nowNs))
            {
                break;
            }

            at += frame.Length;
        }

        if (_isClosing || IsClosed)
        {
            _received = 0;
            return;
        }

        _inbound.AsSpan(at, _received - at).CopyTo(_inbound);
        _received -= at;
        UpdateInterest(nowNs);
    }

    /// <summary>False when the message stays in the buffer.</summary>
    private bool Take(FixFrame frame, int at, long nowNs)
    {
        FixMessage message = _loop.Workspace.Received;
        bool whole = frame.Kind == FrameKind.Message
            && message.Parse(_inbound, at, frame.Length) == ParseResult.Whole;
        if (Session is { } session)
        {
            if (whole)
            {
                session.Receive(message, nowNs);
                ReadableAtNs = session.ReadableAtNs;
            }
            else
            {
                session.ReceiveGarbled(nowNs);
            }
        }
        else if (whole && FirstMessage is { } first)
        {
            ReadableAtNs = long.MaxValue;
            first(this, message);
            return false;
        }
        else
        {
            Close();
        }

        return true;
    }

    private void ShutDown(long nowNs)
    {
        _hasShutDown = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The counterparty was faster.
            Lose("closed", nowNs);
        }
    }

    private void UpdateInterest(long nowNs)
    {
        if (IsClosed)
        {
            return;
        }

        bool reads = _isClosing || ReadableAtNs <= nowNs;
        uint interest = (reads ? Epoll.Readable : 0) | (HasOutput ? Epoll.Writable : 0);
        if (interest != _interest)
        {
            _interest = interest;
            _loop.UpdateInterest(this, interest);
        }
    }
}
