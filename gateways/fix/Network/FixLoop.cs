using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Fix.Session;

namespace HftEngine.Fix.Network;

/// <summary>Sizes and waiting of a loop. All buffers are made when a connection comes.</summary>
public sealed record FixLoopOptions
{
    public int MaxMessageBytes { get; init; } = 16_384;

    /// <summary>
    /// Bytes that a session's socket has not taken yet; more means a counterparty that is too slow.
    /// </summary>
    public int OutboundBytes { get; init; } = 1 << 20;

    public int InboundBytes { get; init; } = 1 << 17;

    /// <summary>How long the loop polls without sleeping after it had something to do.</summary>
    public long SpinNs { get; init; }

    /// <summary>Longest sleep; heartbeats, timeouts and schedules are looked at this often.</summary>
    public int TickMs { get; init; } = 20;

    /// <summary>How long a connection may go without a whole first message.</summary>
    public long LogonTimeoutNs { get; init; } = 10_000_000_000;

    public FixLoopOptions Checked()
    {
        // A resend waits for room for two of the largest messages, and a whole message must fit behind
        // another.
        ArgumentOutOfRangeException.ThrowIfLessThan(OutboundBytes, 8 * MaxMessageBytes + 65_536);
        ArgumentOutOfRangeException.ThrowIfLessThan(InboundBytes, 2 * MaxMessageBytes + 4_096);
        return this;
    }
}

/// <summary>
/// Work that a loop does for an application beside its sockets, such as reading the engine's events.
/// </summary>
public interface IFixLoopWork
{
    /// <summary>True when something was done: the loop then does not sleep.</summary>
    bool Poll(FixLoop loop, long nowNs);
}

/// <summary>
/// One thread with many sockets and the sessions on them. Sessions stay with their loop, so nothing of
/// theirs is locked.
/// </summary>
public sealed class FixLoop : IDisposable
{
    private readonly Epoll _epoll = new();
    private readonly FixLoopOptions _options;
    private readonly IFixLoopWork? _work;
    private readonly ConcurrentQueue<Action<long>> _posted = new();
    private readonly Dictionary<int, FixConnection> _connections = [];
    private readonly List<FixConnection> _toFlush = [];
    private readonly List<FixConnection> _all = [];
    private readonly List<FixSession> _sessions = [];
    private readonly Dictionary<int, Action<long>> _listeners = [];
    private readonly Thread _thread;
    private readonly SystemClock _clock = default;
    private int _nextToken;
    private long _lastTickNs;
    private long _lastWorkNs;
    private bool _mustNotSleep;
    private volatile bool _stopping;

    public FixLoop(string name, FixLoopOptions options, IFixLoopWork? work = null)
    {
        _options = options.Checked();
        _work = work;
        Workspace = new FixWorkspace(options.MaxMessageBytes);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public FixWorkspace Workspace { get; }

    /// <summary>The instant at which this round of the loop began.</summary>
    public long NowNs { get; private set; }

    /// <summary>Why the thread ended, when it did not end by itself.</summary>
    public Exception? Failure { get; private set; }

    internal int ConnectionCount => _connections.Count;

    public void Start()
    {
        NowNs = _clock.UtcNowNs();
        _thread.Start();
    }

    /// <summary>Runs an action on the loop's thread, soon.</summary>
    public void Post(Action<long> action)
    {
        _posted.Enqueue(action);
        _epoll.WakeUp();
    }

    /// <summary>Ends a sleep: there is work for <see cref="IFixLoopWork"/>.</summary>
    public void WakeUp() => _epoll.WakeUp();

    /// <summary>
    /// Makes a session this loop's, for as long as both live. On the loop's thread or before its start.
    /// </summary>
    public void Own(FixSession session)
    {
        session.Owner = this;
        _sessions.Add(session);
    }

    /// <summary>
    /// Orderly end of all sessions: Logout, and a wait for the answers. From outside of the loop's thread.
    /// </summary>
    public void LogoutAll(string text, TimeSpan longest)
    {
        if (!_thread.IsAlive)
        {
            return;
        }

        Post(nowNs =>
        {
            foreach (FixSession session in _sessions)
            {
                session.Logout(text, nowNs);
            }
        });
        using ManualResetEventSlim done = new();
        long endMs = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        while (!done.IsSet && Environment.TickCount64 < endMs && _thread.IsAlive)
        {
            Post(_ =>
            {
                if (_sessions.TrueForAll(session => session.State is SessionState.Disconnected)
                    && _connections.Count == 0)
                {
                    done.Set();
                }
            });
            done.Wait(_options.TickMs);
        }
    }

    public void Stop()
    {
        _stopping = true;
        _epoll.WakeUp();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    public void Dispose()
    {
        Stop();
        foreach (FixConnection connection in _all.ToArray())
        {
            connection.Lose("stopped", NowNs);
        }

        _epoll.Dispose();
    }

    internal void Listen(Socket listener, Action<long> accept)
    {
        int token = ++_nextToken;
        _listeners[token] = accept;
        _epoll.Register((int)listener.Handle, Epoll.Readable, token);
    }

    /// <summary>Closes a listener between two rounds, never while the loop accepts from it.</summary>
    internal void Unlisten(Socket listener)
    {
        if (!_thread.IsAlive || Thread.CurrentThread == _thread)
        {
            Close(listener);
            return;
        }

        using ManualResetEventSlim done = new();
        Post(_ =>
        {
            Close(listener);
            done.Set();
        });
        while (!done.Wait(_options.TickMs) && _thread.IsAlive)
        {
        }
    }

    private void Close(Socket listener)
    {
        _epoll.Unregister((int)listener.Handle);
        listener.Dispose();
    }

    internal FixConnection Adopt(Socket socket, ConnectionOrigin origin)
    {
        socket.Blocking = false;
        if (socket.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
        {
            socket.NoDelay = true;
        }

        FixConnection connection = new(this, socket, origin, _options);
        Register(connection);
        return connection;
    }

    internal void Register(FixConnection connection)
    {
        connection.Token = ++_nextToken;
        _connections[connection.Token] = connection;
        _all.Add(connection);
        _epoll.Register(connection.Descriptor, Epoll.Readable, connection.Token);
    }

    internal void Remove(FixConnection connection)
    {
        if (_connections.Remove(connection.Token))
        {
            _all.Remove(connection);
            _epoll.Unregister(connection.Descriptor);
        }
    }

    internal void MarkForFlush(FixConnection connection)
    {
        if (!connection.IsMarked)
        {
            connection.IsMarked = true;
            _toFlush.Add(connection);
        }
    }

    internal void UpdateInterest(FixConnection connection, uint interest) =>
        _epoll.Update(connection.Descriptor, interest, connection.Token);

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Round();
            }
        }
        catch (Exception exception)
        {
            // Whoever hosts the loop asks for the reason; a thread has nobody to throw to.
            Failure = exception;
        }
    }

    private void Round()
    {
        bool spins = _mustNotSleep || NowNs - _lastWorkNs < _options.SpinNs;
        _mustNotSleep = false;
        int ready = _epoll.Wait(spins ? 0 : _options.TickMs);
        NowNs = _clock.UtcNowNs();
        for (int i = 0; i < ready; i++)
        {
            (uint events, int token) = _epoll.EventAt(i);
            Serve(events, token);
        }

        while (_posted.TryDequeue(out Action<long>? action))
        {
            action(NowNs);
        }

        bool worked = _work is not null && _work.Poll(this, NowNs);
        if (NowNs - _lastTickNs >= _options.TickMs * 1_000_000L)
        {
            _lastTickNs = NowNs;
            Tick();
        }

        Settle();
        if (ready > 0 || worked)
        {
            _lastWorkNs = NowNs;
            _mustNotSleep |= worked;
        }
    }

    private void Serve(uint events, int token)
    {
        if (token == Epoll.WakeUpToken)
        {
            _epoll.ClearWakeUp();
        }
        else if (_listeners.TryGetValue(token, out Action<long>? accept))
        {
            accept(NowNs);
        }
        else if (_connections.TryGetValue(token, out FixConnection? connection))
        {
            if ((events & (Epoll.Readable | Epoll.HungUp | Epoll.Failed)) != 0)
            {
                connection.Receive(NowNs);
            }

            if ((events & Epoll.Writable) != 0)
            {
                MarkForFlush(connection);
            }
        }
    }

    private void Tick()
    {
        foreach (FixSession session in _sessions)
        {
            session.Tick(NowNs);
        }

        for (int i = _all.Count - 1; i >= 0; i--)
        {
            FixConnection connection = _all[i];
            if (connection.ReadableAtNs != 0 && connection.ReadableAtNs <= NowNs)
            {
                connection.ReadableAtNs = 0;
                connection.Resume(NowNs);
            }

            connection.Tick(NowNs);
        }
    }

    // What a counterparty may see must be in its session's store first: the files are written, then the
    // sockets.
    private void Settle()
    {
        foreach (FixSession session in _sessions)
        {
            if (session.IsResending)
            {
                session.ContinueResend(NowNs);
                _mustNotSleep |= session.CanContinueResend;
            }

            session.Store.Commit();
        }

        for (int i = 0; i < _toFlush.Count; i++)
        {
            _toFlush[i].IsMarked = false;
            _toFlush[i].Flush(NowNs);
        }

        _toFlush.Clear();
    }
}
