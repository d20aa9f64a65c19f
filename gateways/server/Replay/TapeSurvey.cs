using System;
using System.Collections.Generic;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>
/// What the engine must have room for, found by a pass over the whole tape before it is replayed.
/// </summary>
internal sealed class TapeSurvey
{
    // Prices of one page of the book; see EngineLimits.MaxPricePages.
    private const int PricesPerPageBits = 4;

    private readonly HashSet<(long Page, int Book)> _pages = [];
    private readonly HashSet<ulong> _notCanceled = [];

    public required TapeCounts Counts { get; init; }

    public required IReadOnlyList<string> Symbols { get; init; }

    public bool IsVenueTape { get; private init; }

    /// <summary>See <see cref="TapeReader.NamesAccounts"/>.</summary>
    public bool NamesAccounts { get; private init; }

    /// <summary>Orders that enter, executions included.</summary>
    public long NewOrders { get; private set; }

    /// <summary>
    /// Orders that could rest at the same time, at most: what entered and was not cancelled, as if nothing
    /// traded.
    /// </summary>
    public long RestingOrders { get; private set; }

    /// <summary>Price pages used over the whole tape: at no time are more needed.</summary>
    public long PricePages => _pages.Count;

    public long MaxQuantity { get; private set; } = 1;

    public long MaxPrice { get; private set; } = 1;

    public ulong MaxId { get; private set; }

    public static TapeSurvey Of(Tape tape, long limit, bool skipBad, Action<long> progress)
    {
        using TapePass pass = new(tape, limit, skipBad, noteRecords: false);
        RequestBatch batch = new();
        List<string> symbols = [];
        TapeSurvey survey = new()
        {
            Counts = pass.Counts,
            Symbols = symbols,
            IsVenueTape = pass.Reader.IsVenueTape,
            NamesAccounts = pass.Reader.NamesAccounts,
        };
        while (pass.Next(batch))
        {
            survey.Add(batch);
            progress(pass.Reader.BytesRead);
        }

        for (int i = 0; i < pass.Reader.Symbols.Count; i++)
        {
            symbols.Add(pass.Reader.Symbols[i]);
        }

        return survey;
    }

    private void Add(RequestBatch batch)
    {
        foreach (ReplayRequest request in batch.Requests)
        {
            MaxId = Math.Max(MaxId, request.Id);
            if (request.Action is RequestAction.Cancel)
            {
                _notCanceled.Remove(request.Id);
                continue;
            }

            MaxQuantity = Math.Max(MaxQuantity, request.Quantity);
            MaxPrice = Math.Max(MaxPrice, request.Price);
            NewOrders += request.Action == RequestAction.Amend ? 0 : 1;
            if (request.Action == RequestAction.New)
            {
                _notCanceled.Add(request.Id);
                RestingOrders = Math.Max(RestingOrders, _notCanceled.Count);
                _pages.Add((request.Price >> PricesPerPageBits, (request.Symbol * 2) + (int)request.Side));
            }
        }
    }
}
