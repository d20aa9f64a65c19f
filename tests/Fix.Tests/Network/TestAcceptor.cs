using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using HftEngine.Core.Pipeline;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Echo;
using HftEngine.Fix.Network;
using HftEngine.Fix.Session;
using HftEngine.Fix.Store;
using HftEngine.Fix.Tests.Harness;

namespace HftEngine.Fix.Tests.Network;

/// <summary>An acceptor with echoing sessions TW1, TW2 … of FIX 4.4, and clients for it.</summary>
internal sealed class TestAcceptor : IDisposable
{
    private readonly FixAcceptor _acceptor;
    private readonly FixLoop[] _loops;

    public TestAcceptor(
        Func<FixAcceptorOptions, FixAcceptorOptions>? change = null,
        Func<SessionSettings, SessionSettings>? changeSession = null,
        FixLoopOptions? loopOptions = null,
        int sessions = 2,
        int loops = 1)
    {
        _loops = [.. Enumerable.Range(
            0, loops).Select(i => new FixLoop($"loop {i}", loopOptions ?? new FixLoopOptions()))];
        Sessions = [.. Enumerable.Range(
            1, sessions).Select(i => Make($"TW{i}", _loops[i % loops], changeSession))];
        FixAcceptorOptions options = new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        _acceptor = new FixAcceptor(
            change is null ? options : change(options),
            _loops[0],
            id => Array.Find(Sessions, session => session.Id == id),
            Refusals.Enqueue);
        Array.ForEach(_loops, loop => loop.Start());
    }

    public FixSession[] Sessions { get; }

    public FixLoop Loop => _loops[0];

    public ConcurrentQueue<string> Refusals { get; } = new();

    public Client Connect(string name = "TW1") => new(Open(), name);

    public Socket Open()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(_acceptor.EndPoint);
        return socket;
    }

    public void Dispose()
    {
        _acceptor.Dispose();
        foreach (FixLoop loop in _loops)
        {
            loop.Dispose();
            if (loop.Failure is { } failure)
            {
                throw new InvalidOperationException("a loop failed", failure);
            }
        }
    }

    private static FixSession Make(string name, FixLoop loop, Func<SessionSettings, SessionSettings>? change)
    {
        SessionSettings settings = new()
        {
            Id = new SessionId(FixRules.Fix44, "ISLD", name),
            Rules = FixRules.Standard(FixRules.Fix44),
        };
        FixSession session = new(
            change is null ? settings : change(settings),
            new EchoApplication(),
            new MemoryStore(64 << 20, 1 << 18),
            loop.Workspace);
        loop.Own(session);
        return session;
    }
}

/// <summary>A client of few words.</summary>
internal sealed class Client(Stream stream, string name) : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _have;

    public Client(Socket socket, string name)
        : this(new NetworkStream(socket, true) { ReadTimeout = 20_000 }, name)
    {
    }

    public int Number { get; set; } = 1;

    public static string Time()
    {
        FixWriter writer = new(256);
        writer.Begin("0"u8);
        writer.Timestamp(52, default(SystemClock).UtcNowNs(), TimePrecision.Milliseconds);
        return FixText.Show(writer.Finish("F"u8)).Split("52=")[1].Split('|')[0];
    }

    public byte[] Build(string type, string body = "") => FixText.Build(
        FixRules.Fix44, $"35={type}|34={Number++}|49={name}|52={Time()}|56=ISLD|{body}");

    public void Send(string type, string body = "") => stream.Write(Build(type, body));

    public void SendBytes(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    public string LogOn(string more = "")
    {
        Send("A", "98=0|108=30|" + more);
        return Read()!;
    }

    public void SendOrder(string id) => Send("D", $"11={id}|40=1|54=1|55=X|60=20260102-03:04:05|38=1|");

    /// <summary>The next message, or null at the end of the connection.</summary>
    public string? Read()
    {
        while (true)
        {
            FixFrame frame = FixFrame.Read(_buffer.AsSpan(0, _have), 65_536);
            if (frame.Kind == FrameKind.Message)
            {
                string message = FixText.Show(_buffer.AsSpan(frame.Skip, frame.Length));
                _have -= frame.Skip + frame.Length;
                _buffer.AsSpan(frame.Skip + frame.Length, _have).CopyTo(_buffer);
                return message;
            }

            int read;
            try
            {
                read = stream.Read(_buffer, _have, _buffer.Length - _have);
            }
            catch (IOException exception) when (exception.InnerException is SocketException
                { SocketErrorCode: SocketError.ConnectionReset })
            {
                return null;
            }

            if (read == 0)
            {
                return null;
            }

            _have += read;
        }
    }

    public void Dispose() => stream.Dispose();
}
