using System;
using System.Collections.Generic;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>
/// A tape in a mode's own form, batch by batch. It is kept in memory as a whole where it fits; a longer one
/// is read and prepared anew on each way through, between the timed batches.
/// </summary>
internal sealed class PreparedTape : IDisposable
{
    // The largest form of a command, with what is needed beside it.
    private const long BytesPerRequest = 200;

    private readonly ReplayOptions _options;
    private readonly ReplayMode _mode;
    private readonly List<IPreparedBatch>? _kept;

    public PreparedTape(ReplayOptions options, ReplayMode mode, TapeSurvey survey, Action<long> progress)
    {
        _options = options;
        _mode = mode;
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        if (survey.Counts.Requests * BytesPerRequest <= available)
        {
            _kept = [];
            foreach ((IPreparedBatch batch, _) in Stream(noteRecords: false, reuse: false, progress))
            {
                _kept.Add(batch);
            }
        }
    }

    /// <summary>The batches in order. They are valid until the next one is asked for.</summary>
    public IEnumerable<IPreparedBatch> Batches()
    {
        if (_kept is not null)
        {
            return _kept;
        }

        return Streamed();
    }

    /// <summary>
    /// The batches together with the requests that they were made from, read from the tape once more.
    /// </summary>
    public IEnumerable<(IPreparedBatch Batch, RequestBatch Requests)> BatchesWithRequests(
        Action<long> progress) =>
        Stream(_options.BookFile is not null, reuse: true, progress);

    public void Dispose()
    {
        foreach (IPreparedBatch batch in _kept ?? [])
        {
            batch.Dispose();
        }
    }

    private IEnumerable<IPreparedBatch> Streamed()
    {
        foreach ((IPreparedBatch batch, _) in Stream(noteRecords: false, reuse: true, _ => { }))
        {
            yield return batch;
        }
    }

    private IEnumerable<(IPreparedBatch Batch, RequestBatch Requests)> Stream(
        bool noteRecords, bool reuse, Action<long> progress)
    {
        using TapePass pass = new(_options.Tape, _options.Limit, _options.SkipBad, noteRecords);
        _mode.BeginPreparation();
        RequestBatch requests = new();
        IPreparedBatch? batch = null;
        try
        {
            while (pass.Next(requests))
            {
                batch = _mode.Prepare(requests, pass.Reader, reuse ? batch : null);
                progress(pass.Reader.BytesRead);
                yield return (batch, requests);
            }
        }
        finally
        {
            if (reuse)
            {
                batch?.Dispose();
            }
        }
    }
}
