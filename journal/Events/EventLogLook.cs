using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// A look through the event log that goes on beside the replay. What it has seen so far tells how far the replay may
/// go; the result decides whether files may be changed.
/// </summary>
internal sealed class EventLogLook : IDisposable
{
    private readonly object _gate = new();
    private readonly List<RecordedDigest> _digests = [];
    private readonly Thread? _thread;
    private ulong _whole;
    private bool _ended;
    private EventLogTail? _tail;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;

    private EventLogLook(IStorage storage, UInt128? journalId, ulong from, bool threaded)
    {
        From = from;
        if (!threaded)
        {
            _tail = EventLogScan.Run(storage, journalId, from: from);
            _ended = true;
            return;
        }

        _thread = new Thread(() => Run(storage, journalId, from)) { IsBackground = true, Name = "event-log-look" };
        _thread.Start();
    }

    /// <summary>The result is there.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
            {
                return _ended;
            }
        }
    }

    public bool IsStopping => _stopping;

    /// <summary>The first command of interest.</summary>
    public ulong From { get; }

    /// <param name="storage">The folder.</param>
    /// <param name="journalId">Whose the log must be; null when that is not known.</param>
    /// <param name="from">The first command of interest.</param>
    /// <param name="threaded">False: the look is over when this returns.</param>
    public static EventLogLook Start(IStorage storage, UInt128? journalId, ulong from, bool threaded) =>
        new(storage, journalId, from, threaded);

    /// <summary>Waits until the log is known to be whole up to the command, or to end before it.</summary>
    public bool ReachesUpTo(ulong sequence)
    {
        lock (_gate)
        {
            while (!_ended && _whole < sequence)
            {
                Monitor.Wait(_gate);
            }

            return _ended ? Tail().Last.Sequence >= sequence : _whole >= sequence;
        }
    }

    /// <summary>Gives a recorded digest that the log is whole up to, when it was seen already.</summary>
    public bool TryDigest(int index, out RecordedDigest digest)
    {
        lock (_gate)
        {
            digest = index < _digests.Count ? _digests[index] : default;
            return index < _digests.Count;
        }
    }

    /// <summary>Waits for a recorded digest; false when the look ends before there is one.</summary>
    public bool WaitForDigest(int index)
    {
        lock (_gate)
        {
            while (!_ended && index >= _digests.Count)
            {
                Monitor.Wait(_gate);
            }

            return !_ended;
        }
    }

    /// <summary>Waits for the end; throws what stopped the look.</summary>
    public EventLogTail Result()
    {
        lock (_gate)
        {
            while (!_ended)
            {
                Monitor.Wait(_gate);
            }

            return Tail();
        }
    }

    /// <summary>Called by the look: digests up to the command that the log is whole to.</summary>
    public void Publish(ulong whole, List<RecordedDigest> digests)
    {
        lock (_gate)
        {
            _whole = ulong.Max(_whole, whole);
            while (_digests.Count < digests.Count && digests[_digests.Count].Sequence <= whole)
            {
                _digests.Add(digests[_digests.Count]);
            }

            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _thread?.Join();
    }

    private EventLogTail Tail()
    {
        _failure?.Throw();
        return _tail!;
    }

    private void Run(IStorage storage, UInt128? journalId, ulong from)
    {
        EventLogTail? tail = null;
        ExceptionDispatchInfo? failure = null;
        try
        {
            tail = EventLogScan.Run(storage, journalId, from: from, look: this);
        }
        catch (Exception e)
        {
            // Thrown again where the result is asked for.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        lock (_gate)
        {
            _tail = tail;
            _failure = failure;
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }
}
