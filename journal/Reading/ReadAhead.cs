using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// Reads and checks the next pieces of a journal while the ones before are applied. Gives the same runs, and at the
/// same place the same exception, as the reader alone.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    /// <summary>One is applied, one is filled, the others stand ready.</summary>
    private const int Windows = 4;

    private readonly JournalReader _reader;
    private readonly Thread? _thread;
    private readonly object _gate = new();
    private readonly Queue<Piece> _ready = new(Windows);

    // Windows that must not be filled again: those that stand ready, and the one that is being applied.
    private int _inUse;
    private bool _holdsOne;
    private bool _stopping;

    /// <param name="storage">The folder.</param>
    /// <param name="segments">To be read, in order.</param>
    /// <param name="threaded">False: each piece is read when it is asked for.</param>
    public ReadAhead(IStorage storage, List<SegmentEntry> segments, bool threaded)
    {
        _reader = new JournalReader(storage, segments, threaded ? Windows : 1);
        LastSequence = _reader.LastSequence;
        if (threaded)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "journal-read-ahead" };
            _thread.Start();
        }
    }

    public long TotalBytes => _reader.TotalBytes;

    /// <summary>Up to the end of the run that was given last.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Of the run that was given last.</summary>
    public ulong LastSequence { get; private set; }

    /// <inheritdoc cref="JournalReader.Next"/>
    public bool Next(out RecordRun run)
    {
        Piece piece = _thread is null ? Read() : Take();
        piece.Failure?.Throw();
        run = piece.Run;
        ReadBytes = piece.ReadBytes;
        LastSequence = piece.LastSequence;
        return piece.Any;
    }

    /// <inheritdoc cref="JournalReader.Tail"/>
    public JournalTail Tail() => _reader.Tail();

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        _thread?.Join();
        _reader.Dispose();
    }

    private Piece Take()
    {
        lock (_gate)
        {
            if (_holdsOne)
            {
                _holdsOne = false;
                _inUse--;
                Monitor.PulseAll(_gate);
            }

            while (_ready.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            Piece piece = _ready.Peek();
            if (piece.Any)
            {
                // The last piece, which has no run, stays: the end is the end however often it is asked for.
                _ = _ready.Dequeue();
                _holdsOne = true;
            }

            return piece;
        }
    }

    private void Run()
    {
        Piece piece;
        do
        {
            lock (_gate)
            {
                while (_inUse == Windows - 1 && !_stopping)
                {
                    Monitor.Wait(_gate);
                }

                if (_stopping)
                {
                    return;
                }
            }

            piece = ReadOrFail();
            lock (_gate)
            {
                _inUse++;
                _ready.Enqueue(piece);
                Monitor.PulseAll(_gate);
            }
        }
        while (piece.Any);
    }

    private Piece ReadOrFail()
    {
        try
        {
            return Read();
        }
        catch (Exception e)
        {
            // Thrown again behind all that was whole before it.
            return new Piece { Failure = ExceptionDispatchInfo.Capture(e) };
        }
    }

    private Piece Read()
    {
        bool any = _reader.Next(out RecordRun run);
        return new Piece
        {
            Any = any, Run = run, ReadBytes = _reader.ReadBytes, LastSequence = _reader.LastSequence,
        };
    }

    private readonly struct Piece
    {
        public bool Any { get; init; }

        public RecordRun Run { get; init; }

        public long ReadBytes { get; init; }

        public ulong LastSequence { get; init; }

        public ExceptionDispatchInfo? Failure { get; init; }
    }
}
