using System;
using System.Collections.Generic;
using System.Threading;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The journal's background thread: names and closes the finished segments, keeps the pages ahead writable, and
/// advances the digest chain. Nothing that it does is waited for.
/// </summary>
internal sealed class JournalAttendant : IDisposable
{
    private const int LongestPauseMs = 50;
    private const long PagesAheadBytes = 4 << 20;

    private readonly IStorage _storage;
    private readonly DigestWriter _writer;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly Queue<SegmentFile> _finished = new(64);
    private SegmentFile _current;
    private ulong _preparedSegment;
    private long _preparedTo;
    private volatile Exception? _failure;
    private volatile bool _stopping;
    private volatile bool _abandoned;

    public JournalAttendant(IStorage storage, DigestWriter writer, SegmentFile first)
    {
        _storage = storage;
        _writer = writer;
        _current = first;
        _thread = new Thread(Run) { IsBackground = true, Name = "journal-attendant" };
    }

    /// <summary>What went wrong in the background; the journal is broken with it.</summary>
    public Exception? Failure => _failure;

    public void Start() => _thread.Start();

    /// <summary>The journal writes into <paramref name="next"/> from now on.</summary>
    public void Roll(SegmentFile next)
    {
        lock (_gate)
        {
            _finished.Enqueue(_current);
            _current = next;
            Monitor.PulseAll(_gate);
        }
    }

    /// <param name="abandon">The journal is broken: the current segment's end is not known to be its last.</param>
    public void Stop(bool abandon)
    {
        _abandoned = abandon;
        _stopping = true;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    /// <summary>Closes the files; nobody may be appending. They stay open until here, whatever failed before.</summary>
    public void Dispose()
    {
        Stop(abandon: true);
        _current.File.Dispose();
        while (_finished.TryDequeue(out SegmentFile? segment))
        {
            segment.File.Dispose();
        }

        _writer.Dispose();
    }

    private void Run()
    {
        try
        {
            int pauseMs = 1;
            while (!_stopping)
            {
                bool busy = Attend();
                pauseMs = busy ? 1 : int.Min(pauseMs * 2, LongestPauseMs);
                if (!busy)
                {
                    Pause(pauseMs);
                }
            }

            while (Attend())
            {
            }

            if (!_abandoned)
            {
                _writer.Finish(_current.File, _current.FirstSequence, _current.CommittedEnd);
            }
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _failure = e;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void Pause(int pauseMs)
    {
        lock (_gate)
        {
            if (!_stopping && _finished.Count == 0)
            {
                Monitor.Wait(_gate, pauseMs);
            }
        }
    }

    /// <summary>Closes one finished segment or goes on with the current one; false when nothing was to do.</summary>
    private bool Attend()
    {
        SegmentFile? finished;
        SegmentFile current;
        lock (_gate)
        {
            _ = _finished.TryPeek(out finished);
            current = _current;
        }

        if (finished is not null)
        {
            NameSegment(finished);
            _writer.Finish(finished.File, finished.FirstSequence, finished.CommittedEnd);
            finished.File.Dispose();
            lock (_gate)
            {
                _finished.Dequeue();
            }

            return true;
        }

        // A segment gets its name when something in it is committed: before that its header may not be safe.
        long end = current.CommittedEnd;
        bool named = end > SegmentHeader.Size && NameSegment(current);
        return PrepareAhead(current, end) | _writer.Advance(current.File, current.FirstSequence, end) | named;
    }

    private bool NameSegment(SegmentFile segment)
    {
        if (!FileNames.IsPrepared(segment.CurrentName))
        {
            return false;
        }

        string name = FileNames.Journal(segment.FirstSequence);
        _storage.Rename(segment.CurrentName, name);
        segment.CurrentName = name;
        _storage.FlushFolder();
        return true;
    }

    private bool PrepareAhead(SegmentFile current, long end)
    {
        if (current.File is not IMappedFile pages)
        {
            return false;
        }

        if (_preparedSegment != current.FirstSequence)
        {
            _preparedSegment = current.FirstSequence;
            _preparedTo = 0;
        }

        if (end + (PagesAheadBytes / 2) <= _preparedTo)
        {
            return false;
        }

        pages.Prepare(end, PagesAheadBytes);
        _preparedTo = end + PagesAheadBytes;
        return true;
    }
}
