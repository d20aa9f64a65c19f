using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>Makes files of zeros ahead of their use, on a thread of its own.</summary>
internal sealed class SegmentSupply : IDisposable
{
    private const int PieceBytes = 256 << 10;

    /// <summary>Two thirds of the disk's time stay with the commits.</summary>
    private const int PauseFactor = 2;

    private readonly IStorage _storage;
    private readonly Func<int, string> _nameOf;
    private readonly long _segmentBytes;
    private readonly bool _mapped;
    private readonly bool _flushed;
    private readonly Thread? _thread;
    private readonly object _gate = new();
    private readonly int _ahead;
    private readonly int _atStart;
    private readonly Queue<SegmentFile> _ready;
    private readonly Queue<IStorageFile> _retired;
    private int _number;
    private volatile bool _stopping;
    private volatile bool _isWaitedFor;
    private volatile Exception? _failure;

    /// <param name="storage">Where.</param>
    /// <param name="nameOf">Name of the n-th prepared file.</param>
    /// <param name="segmentBytes">Size of each.</param>
    /// <param name="mapped">Mapped where the storage can, for writers that do not flush.</param>
    /// <param name="flushed">Zeros and name are on the disk before the file is handed over.</param>
    /// <param name="ahead">How many stand ready.</param>
    /// <param name="atStart">How many <see cref="Start"/> makes before it returns.</param>
    /// <param name="threaded">False: the owner calls <see cref="Step"/> in place of the thread.</param>
    public SegmentSupply(
        IStorage storage,
        Func<int, string> nameOf,
        long segmentBytes,
        bool mapped,
        bool flushed,
        int ahead,
        int atStart,
        bool threaded)
    {
        _ahead = ahead;
        _atStart = atStart;
        _ready = new Queue<SegmentFile>(int.Max(ahead, atStart) + 1);
        _retired = new Queue<IStorageFile>(int.Max(ahead, atStart) + 2);
        _storage = storage;
        _nameOf = nameOf;
        _segmentBytes = segmentBytes;
        _mapped = mapped;
        _flushed = flushed;
        _thread = threaded ? new Thread(Run) { IsBackground = true, Name = "segment-supply" } : null;
    }

    public Exception? Failure => _failure;

    public void Start()
    {
        while (_ready.Count < _atStart)
        {
            _ready.Enqueue(Prepare());
        }

        _thread?.Start();
    }

    /// <summary>Makes one file if one is missing, closes what is done with.</summary>
    /// <returns>False: there was nothing to do.</returns>
    public bool Step()
    {
        Invariant.Require(_thread is null);
        bool any = CloseRetired();
        if (_ready.Count >= _ahead || _failure is not null)
        {
            return any;
        }

        try
        {
            _ready.Enqueue(Prepare(paced: _flushed));
        }
        catch (Exception e)
        {
            _failure = e;
        }

        return true;
    }

    /// <summary>Closes a file that is full, not on the caller's thread: unmapping it takes time and memory.</summary>
    public void Retire(IStorageFile full)
    {
        lock (_gate)
        {
            _retired.Enqueue(full);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>A file that stands in the folder, whole, under its prepared name.</summary>
    /// <param name="paced">Written in small flushed pieces with pauses, beside commits to the same
    /// disk.</param>
    public SegmentFile Prepare(bool paced = false)
    {
        string name = _nameOf(_number++);
        IStorageFile file = _mapped && _storage is IMappingStorage mapping
            ? mapping.CreateMapped(name, _segmentBytes)
            : _storage.Create(name, paced ? 0 : _segmentBytes);
        try
        {
            if (paced)
            {
                WriteZeros(file);
            }

            if (_flushed)
            {
                // The name must be safe before the first commit in the file: nothing on the commit path
                // flushes folders.
                file.Flush();
                _storage.FlushFolder();
            }

            return new SegmentFile(file, name);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Hands the next prepared file over; waits when it is not ready.</summary>
    public SegmentFile Take(out bool waited)
    {
        waited = false;
        lock (_gate)
        {
            while (_ready.Count == 0)
            {
                if (_failure is { } failure)
                {
                    throw failure as StorageException ?? new StorageException(
                        "prepare", "a segment", 0, failure);
                }

                waited = true;
                if (_thread is null)
                {
                    _ = Step();
                    continue;
                }

                _isWaitedFor = true;
                Monitor.Wait(_gate);
            }

            SegmentFile taken = _ready.Dequeue();
            _isWaitedFor = false;
            if (_ready.Count < _ahead)
            {
                Monitor.PulseAll(_gate);
            }

            return taken;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread is { IsAlive: true })
        {
            _thread.Join();
        }

        _ = CloseRetired();
        while (_ready.TryDequeue(out SegmentFile? unused))
        {
            unused.File.Dispose();
        }
    }

    /// <summary>Deletes what an earlier run prepared and did not use.</summary>
    public static void DeleteLeftovers(IStorage storage, Predicate<string> isPrepared)
    {
        foreach (string name in storage.List())
        {
            if (isPrepared(name))
            {
                storage.Delete(name);
            }
        }
    }

    private void Run()
    {
        try
        {
            while (WaitForNeed())
            {
                if (CloseRetired())
                {
                    continue;
                }

                SegmentFile prepared = Prepare(paced: _flushed);
                lock (_gate)
                {
                    _ready.Enqueue(prepared);
                    Monitor.PulseAll(_gate);
                }
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

    /// <summary>
    /// A commit that meets one of these flushes waits for that piece at most, not for the whole file.
    /// </summary>
    private void WriteZeros(IStorageFile file)
    {
        byte[] zeros = new byte[PieceBytes];
        for (long offset = 0; offset < _segmentBytes; offset += PieceBytes)
        {
            long started = Stopwatch.GetTimestamp();
            file.Write(offset, zeros.AsSpan(0, (int)long.Min(PieceBytes, _segmentBytes - offset)));
            file.Flush();
            if (!_isWaitedFor && !_stopping && _thread is not null)
            {
                Thread.Sleep(Stopwatch.GetElapsedTime(started) * PauseFactor);
            }
        }
    }

    private bool WaitForNeed()
    {
        lock (_gate)
        {
            while (_ready.Count >= _ahead && _retired.Count == 0 && !_stopping)
            {
                Monitor.Wait(_gate);
            }

            return !_stopping;
        }
    }

    private bool CloseRetired()
    {
        bool any = false;
        while (true)
        {
            IStorageFile? full;
            lock (_gate)
            {
                if (!_retired.TryDequeue(out full))
                {
                    return any;
                }
            }

            full.Dispose();
            any = true;
        }
    }
}
