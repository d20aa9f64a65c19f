using System;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The journal's background thread: names the segments, keeps the pages ahead writable, advances the digest
/// chain and closes what is finished. The committing thread never waits for it and takes no lock that it
/// holds.
/// </summary>
internal sealed class JournalAttendant : IDisposable
{
    private const int LongestPauseMs = 50;
    private const long PagesAheadBytes = 4 << 20;

    private readonly IStorage _storage;
    private readonly DigestWriter _writer;
    private readonly bool _flushes;
    private readonly Thread? _thread;
    private readonly ManualResetEventSlim _wake = new();
    private SegmentFile _oldest;
    private SegmentFile _named;
    private SegmentFile? _prepared;
    private long _preparedTo;
    private volatile Exception? _failure;
    private volatile bool _stopping;
    private volatile bool _abandoned;

    /// <param name="storage">The folder.</param>
    /// <param name="writer">The digest chain.</param>
    /// <param name="first">The segment that is written first; the others follow by its links.</param>
    /// <param name="flushes">Names and digests are brought to the disk as well.</param>
    /// <param name="threaded">False: the owner calls <see cref="Step"/> in place of the thread.</param>
    public JournalAttendant(
        IStorage storage, DigestWriter writer, SegmentFile first, bool flushes, bool threaded)
    {
        _storage = storage;
        _writer = writer;
        _flushes = flushes;
        _oldest = first;
        _named = first;
        _thread = threaded ? new Thread(Run) { IsBackground = true, Name = "journal-attendant" } : null;
    }

    /// <summary>What went wrong in the background; the journal is broken with it.</summary>
    public Exception? Failure => _failure;

    public void Start() => _thread?.Start();

    /// <summary>One round of the background's work.</summary>
    /// <returns>False: there was nothing to do.</returns>
    public bool Step()
    {
        Invariant.Require(_thread is null);
        if (_failure is not null)
        {
            return false;
        }

        try
        {
            return NameSegments() | PrepareAhead() | Digest();
        }
        catch (Exception e)
        {
            _failure = e;
            return true;
        }
    }

    /// <param name="abandon">The journal is broken: the current segment's end is not known to be its
    /// last.</param>
    public void Stop(bool abandon)
    {
        _abandoned = abandon;
        _stopping = true;
        _wake.Set();
        if (_thread is null)
        {
            TryFinish();
        }
        else if (_thread.IsAlive)
        {
            _thread.Join();
        }
    }

    /// <summary>
    /// Closes the files; nobody may be appending. They stay open until here, whatever failed before.
    /// </summary>
    public void Dispose()
    {
        Stop(abandon: true);
        for (SegmentFile? segment = _oldest; segment is not null; segment = segment.Next)
        {
            segment.File.Dispose();
        }

        _writer.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        // Digests may lag: they get what the stages leave. A refusal changes nothing but that.
        _ = Posix.SetPriority(0, 0, Posix.LowestPriority);
        try
        {
            int pauseMs = 1;
            while (!_stopping)
            {
                bool busy = NameSegments() | PrepareAhead() | Digest();
                pauseMs = busy ? 1 : int.Min(pauseMs * 2, LongestPauseMs);
                if (!busy)
                {
                    _ = _wake.Wait(pauseMs);
                }
            }

            Finish();
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void TryFinish()
    {
        try
        {
            if (_failure is null)
            {
                Finish();
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private void Finish()
    {
        while (!_abandoned && (NameSegments() | Digest()))
        {
        }

        if (!_abandoned)
        {
            _writer.Finish(_oldest.File, _oldest.FirstSequence, _oldest.CommittedEnd, flush: true);
            _storage.FlushFolder();
            _abandoned = true;
        }
    }

    /// <summary>
    /// A segment gets its name when something in it is committed: before that its header may not be safe.
    /// </summary>
    private bool NameSegments()
    {
        bool any = false;
        while (true)
        {
            if (FileNames.IsPrepared(_named.CurrentName))
            {
                if (_named.CommittedEnd <= SegmentHeader.Size)
                {
                    return any;
                }

                string name = FileNames.Journal(_named.FirstSequence);
                _storage.Rename(_named.CurrentName, name);
                _named.CurrentName = name;
                if (_flushes)
                {
                    _storage.FlushFolder();
                }

                any = true;
            }

            if (_named.Next is not { } next)
            {
                return any;
            }

            _named = next;
        }
    }

    private bool PrepareAhead()
    {
        SegmentFile current = _named;
        if (current.File is not IMappedFile pages)
        {
            return false;
        }

        if (_prepared != current)
        {
            // Its pages were made writable when it was created.
            _prepared = current;
            _preparedTo = PagesAheadBytes;
        }

        long end = current.CommittedEnd;
        if (end + (PagesAheadBytes / 2) <= _preparedTo)
        {
            return false;
        }

        pages.Prepare(end, PagesAheadBytes);
        _preparedTo = end + PagesAheadBytes;
        return true;
    }

    /// <summary>Digests one block of the oldest open segment, or closes it when it is done.</summary>
    private bool Digest()
    {
        SegmentFile segment = _oldest;
        SegmentFile? next = segment.Next;
        if (_writer.Advance(segment.File, segment.FirstSequence, segment.CommittedEnd))
        {
            return true;
        }

        if (next is null || FileNames.IsPrepared(segment.CurrentName))
        {
            return false;
        }

        _writer.Finish(segment.File, segment.FirstSequence, segment.CommittedEnd, _flushes);
        _oldest = next;
        segment.File.Dispose();
        return true;
    }
}
