using System;
using System.Collections.Generic;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>Requests of consecutive records, either all of the warm-up or none.</summary>
internal sealed class RequestBatch
{
    /// <summary>
    /// Small enough to be refilled from the cache, large enough that the borders between batches vanish.
    /// </summary>
    public const int Capacity = 1 << 16;

    public List<ReplayRequest> Requests { get; } = new(Capacity);

    /// <summary>
    /// Per record its instrument and how many of the requests belong to it and those before it.
    /// </summary>
    public List<(long Record, int Symbol, int RequestsUpTo)> Records { get; } = [];

    public bool WarmUp { get; set; }

    public void Clear()
    {
        Requests.Clear();
        Records.Clear();
        WarmUp = false;
    }
}

/// <summary>One way through a tape from its beginning, record by record, as batches of requests.</summary>
internal sealed class TapePass : IDisposable
{
    private readonly Tape _tape;
    private readonly long _limit;
    private readonly bool _skipBad;
    private readonly bool _noteRecords;
    private readonly TapeFlow _flow;
    private TapeOperation _operation;
    private TapeOperation _held;
    private bool _hasHeld;

    /// <param name="tape">Where from.</param>
    /// <param name="limit">Records to read at most.</param>
    /// <param name="skipBad">Count bad records and go on; otherwise the first one ends the pass.</param>
    /// <param name="noteRecords">Fill <see cref="RequestBatch.Records"/>.</param>
    public TapePass(Tape tape, long limit, bool skipBad, bool noteRecords)
    {
        _tape = tape;
        _limit = limit;
        _skipBad = skipBad;
        _noteRecords = noteRecords;
        Reader = tape.Open();
        _flow = TapeFlow.For(Reader);
    }

    public TapeReader Reader { get; }

    public TapeCounts Counts => _flow.Counts;

    /// <summary>Fills <paramref name="batch"/> anew; false when the tape has no more records.</summary>
    /// <exception cref="TapeException">A record is bad and bad ones are not skipped.</exception>
    public bool Next(RequestBatch batch)
    {
        batch.Clear();
        while (batch.Requests.Count < RequestBatch.Capacity - 2 && TryRead())
        {
            if (batch.Requests.Count > 0 && batch.WarmUp != _operation.WarmUp)
            {
                _held = _operation;
                _hasHeld = true;
                return true;
            }

            batch.WarmUp = _operation.WarmUp;
            Translate(batch);
        }

        return batch.Requests.Count > 0 || batch.Records.Count > 0;
    }

    public void Dispose() => Reader.Dispose();

    private void Translate(RequestBatch batch)
    {
        int before = batch.Requests.Count;
        string? problem = _flow.Translate(in _operation, batch.Requests);
        if (problem is not null)
        {
            Reader.Fail(problem);
            SkipOrThrow();
        }

        int added = batch.Requests.Count - before;
        Counts.Requests += added;
        Counts.TimedRequests += _operation.WarmUp ? 0 : added;
        if (_noteRecords && _operation.EndsRecord)
        {
            int symbol = added > 0 ? batch.Requests[^1].Symbol : _operation.Symbol;
            batch.Records.Add((_operation.Record, symbol, batch.Requests.Count));
        }
    }

    private bool TryRead()
    {
        if (_hasHeld)
        {
            _operation = _held;
            _hasHeld = false;
            return true;
        }

        while (true)
        {
            // A record may make several operations; all of them belong within the limit.
            bool full = Counts.Records + Counts.BadRecords >= _limit;
            if (full && _operation.EndsRecord)
            {
                return false;
            }

            switch (Reader.Read(ref _operation))
            {
                case TapeRead.End:
                    return false;
                case TapeRead.Bad:
                    SkipOrThrow();
                    _operation.EndsRecord = true;
                    break;
                default:
                    Counts.Records += _operation.EndsRecord ? 1 : 0;
                    Counts.WarmUpRecords += _operation.WarmUp && _operation.EndsRecord ? 1 : 0;
                    return true;
            }
        }
    }

    private void SkipOrThrow()
    {
        if (!_skipBad)
        {
            throw new TapeException(_tape.Path, Reader.Fault);
        }

        Counts.BadRecords++;
    }
}
