using System;
using System.Collections.Generic;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;

namespace HftEngine.Fix.Tests.Harness;

/// <summary>The state machine alone: time and bytes are the test's.</summary>
internal sealed class MemoryPeer : Peer
{
    private readonly List<byte> _toSession = [];
    private Channel _channel = new();
    private long _nowNs = 1_800_000_000 * FixTime.NsPerSecond;

    public MemoryPeer(
        string beginString,
        Func<SessionSettings, SessionSettings>? change = null,
        IFixApplication? application = null,
        IMessageStore? store = null,
        int maxMessageBytes = 16_384)
        : base(beginString)
    {
        SessionSettings settings = Settings(beginString);
        Workspace = new FixWorkspace(maxMessageBytes);
        Session = new FixSession(
            change is null ? settings : change(settings),
            application ?? new EchoApplication(),
            store ?? new MemoryStore(),
            Workspace);
        Session.Connect(_channel, _nowNs);
    }

    public FixSession Session { get; }

    public FixWorkspace Workspace { get; }

    public override long NowNs => _nowNs;

    /// <summary>Room that the session's outbound buffer claims to have.</summary>
    public int FreeBytes
    {
        set => _channel.FreeBytes = value;
    }

    public override void SendBytes(byte[] bytes)
    {
        _toSession.AddRange(bytes);
        byte[] received = [.. _toSession];
        int at = 0;
        while (!_channel.IsClosed)
        {
            FixFrame frame = FixFrame.Read(received.AsSpan(at), Workspace.MaxMessageBytes);
            at += frame.Skip;
            if (frame.Kind == FrameKind.Incomplete)
            {
                break;
            }

            if (frame.Kind == FrameKind.Message
                && Workspace.Received.Parse(received, at, frame.Length) == ParseResult.Whole)
            {
                Session.Receive(Workspace.Received, _nowNs);
            }
            else
            {
                Session.ReceiveGarbled(_nowNs);
            }

            at += frame.Length;
        }

        _toSession.RemoveRange(0, at);
    }

    /// <summary>Lets time pass in small steps, as the loop does.</summary>
    public void Wait(double seconds)
    {
        long endNs = _nowNs + (long)(seconds * FixTime.NsPerSecond);
        while (_nowNs < endNs)
        {
            _nowNs = long.Min(endNs, _nowNs + 50_000_000);
            Session.Tick(_nowNs);
        }
    }

    public override void Reconnect()
    {
        Session.Disconnected("the test reconnects", _nowNs);
        _toSession.Clear();
        _channel = new Channel();
        Session.Connect(_channel, _nowNs);
    }

    protected override string? Read() =>
        _channel.Messages.TryDequeue(out byte[]? message) ? FixText.Show(message) : null;

    // An answer that is never given runs into the session's timeout.
    protected override bool ReadEnd()
    {
        if (!_channel.IsClosed)
        {
            Wait(Session.Settings.LogoutTimeoutNs / (double)FixTime.NsPerSecond);
        }

        return _channel.IsClosed && _channel.Messages.Count == 0;
    }

    public override void Dispose()
    {
    }

    private sealed class Channel : ISessionChannel
    {
        public Queue<byte[]> Messages { get; } = [];

        public bool IsClosed { get; private set; }

        public int FreeBytes { get; set; } = 1 << 20;

        public bool Send(ReadOnlySpan<byte> bytes)
        {
            if (IsClosed || bytes.Length > FreeBytes)
            {
                return false;
            }

            Messages.Enqueue(bytes.ToArray());
            return true;
        }

        public void Close() => IsClosed = true;
    }
}
