using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using HftEngine.Core.Histograms;
using HftEngine.Core;
using HftEngine.Core.Matching;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>The order book alone: no accounts, no messages, trades as the only output.</summary>
internal sealed class BookMode : ReplayMode
{
    // A slot takes 32 bytes in the book and 8 here.
    private const long MaxVenueOrders = 1 << 27;

    private readonly BookReplay<TradeSink> _book;
    private readonly int _instruments;
    private readonly BookIds? _ids;

    public BookMode(ReplayVenue venue, TapeSurvey survey)
    {
        long maxId = survey.IsVenueTape ? survey.NewOrders : (long)Math.Min(survey.MaxId, long.MaxValue);
        if (maxId > (survey.IsVenueTape ? MaxVenueOrders : uint.MaxValue))
        {
            throw new ReplayException(survey.IsVenueTape
                ? $"--through book takes tapes of up to {MaxVenueOrders} orders; use --limit"
                : "--through book takes ids of at most 32 bits, the tape has larger ones");
        }

        _ids = survey.IsVenueTape ? new BookIds(maxId) : null;
        _instruments = venue.Instruments;
        _book = new BookReplay<TradeSink>((uint)maxId, (uint)venue.Instruments, venue.Limits.MaxPricePages);
    }

    public override ulong? EventDigest => null;

    public override void BeginPreparation() => _ids?.Clear();

    public override IPreparedBatch Prepare(RequestBatch requests, TapeReader names, IPreparedBatch? reused)
    {
        BookBatch batch = (BookBatch?)reused ?? new BookBatch(requests.Requests.Count);
        batch.Fill(requests, _ids);
        return batch;
    }

    public override void Reset(long commands)
    {
        _book.Clear();
        _book.Trades.Ids = _ids;
    }

    public override void Apply(IPreparedBatch batch) => _book.Apply(((BookBatch)batch).Operations);

    public override void ApplyTimed(IPreparedBatch batch, ref Pace pace, Histogram latencies)
    {
        ReadOnlySpan<BookOperation> operations = ((BookBatch)batch).Operations;
        for (int i = 0; i < operations.Length; i++)
        {
            long due = pace.Next();
            _book.Apply(operations.Slice(i, 1));
            latencies.RecordClamped(Latency.ToNs(Stopwatch.GetTimestamp() - due));
        }
    }

    public override void ApplyTapped(IPreparedBatch batch, RequestBatch requests, EventTap tap)
    {
        ReadOnlySpan<BookOperation> operations = ((BookBatch)batch).Operations;
        _book.Trades.Kept ??= [];
        List<(ulong Taker, ulong Maker, long Price, long Lots)> kept = _book.Trades.Kept;
        for (int i = 0; i < operations.Length; i++)
        {
            ReplayRequest request = requests.Requests[i];
            tap.BeginBareRequest(in request);
            _book.Apply(operations.Slice(i, 1));
            foreach ((ulong taker, ulong maker, long price, long lots) in kept)
            {
                tap.OnBareTrade(in request, taker, maker, price, lots);
            }

            tap.EndBareRequest(in request, kept.Count > 0);
            kept.Clear();
        }
    }

    public override FinalState ReadFinalState(EventTap tap)
    {
        ulong orders = 0;
        ulong levels = 0;
        for (uint i = 0; i < _instruments; i++)
        {
            for (uint side = 0; side < 2; side++)
            {
                (ulong sideOrders, ulong sideLevels, _) = _book.Resting(i, side);
                orders += sideOrders;
                levels += sideLevels;
            }
        }

        Invariant.Require(_book.BookFull == 0);
        return new FinalState(
            null, null, (long)orders, (long)levels, (long)_book.Cancels, (long)_book.CancelMisses);
    }

    protected override void Dispose(bool disposing) => _book.Dispose();

    /// <summary>Digests trades as the yardstick does; keeps them only outside the timed part.</summary>
    private struct TradeSink : ITradeHandler
    {
        public TradeDigest Digest;
        public BookIds? Ids;
        public List<(ulong Taker, ulong Maker, long Price, long Lots)>? Kept;

        public void OnTrade(ulong takerId, ulong makerId, long price, long lots)
        {
            if (Ids is not null)
            {
                takerId = Ids.TapeIdOf(takerId);
                makerId = Ids.TapeIdOf(makerId);
            }

            Digest.Add(takerId, makerId, price, lots);
            Kept?.Add((takerId, makerId, price, lots));
        }
    }

    private sealed class BookBatch(int capacity) : IPreparedBatch
    {
        private BookOperation[] _operations = new BookOperation[capacity];

        public bool WarmUp { get; private set; }

        public int Commands { get; private set; }

        public ReadOnlySpan<BookOperation> Operations => _operations.AsSpan(0, Commands);

        public void Fill(RequestBatch batch, BookIds? ids)
        {
            WarmUp = batch.WarmUp;
            Commands = batch.Requests.Count;
            if (_operations.Length < Commands)
            {
                _operations = new BookOperation[Commands];
            }

            ReadOnlySpan<ReplayRequest> requests = CollectionsMarshal.AsSpan(batch.Requests);
            for (int i = 0; i < requests.Length; i++)
            {
                ref readonly ReplayRequest request = ref requests[i];
                _operations[i] = new BookOperation
                {
                    Kind = request.Action switch
                    {
                        RequestAction.Cancel => BookOperationKind.Cancel,
                        RequestAction.ImmediateOrCancel => BookOperationKind.ImmediateOrCancel,
                        RequestAction.Amend => BookOperationKind.Reduce,
                        _ => BookOperationKind.Add,
                    },
                    Side = (byte)request.Side,
                    Instrument = (ushort)request.Symbol,
                    Lots = request.Action == RequestAction.Amend ? request.ReducedLots : request.Quantity,
                    Id = ids is null ? request.Id : ids.SlotOf(in request),
                    Price = request.Price,
                };
            }
        }

        public void Dispose()
        {
        }
    }
}
