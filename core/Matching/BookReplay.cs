using System;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Matching;

public enum BookOperationKind : byte
{
    /// <summary>Limit order, the remainder rests.</summary>
    Add = 1,

    /// <summary>By id. An id that does not rest is counted as a miss.</summary>
    Cancel = 2,

    /// <summary>Limit order, the remainder is cancelled.</summary>
    ImmediateOrCancel = 3,

    /// <summary>By id: open lots fall by <see cref="BookOperation.Lots"/>, the order keeps its place.</summary>
    Reduce = 4,
}

/// <summary>One operation on a bare book; two share a cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct BookOperation
{
    [FieldOffset(0)]
    public BookOperationKind Kind;

    /// <summary>0 = buy, 1 = sell.</summary>
    [FieldOffset(1)]
    public byte Side;

    [FieldOffset(2)]
    public ushort Instrument;

    /// <summary>Dense: used as the slot.</summary>
    [FieldOffset(8)]
    public ulong Id;

    [FieldOffset(16)]
    public long Price;

    [FieldOffset(24)]
    public long Lots;
}

/// <summary>Receives the trades of a bare book.</summary>
public interface ITradeHandler
{
    void OnTrade(ulong takerId, ulong makerId, long price, long lots);
}

/// <summary>
/// The order book alone, without accounts or messages: what remains when everything else is taken away, for
/// comparison with bare books. Operations come in batches, so that what the next ones touch is fetched ahead.
/// </summary>
public sealed unsafe class BookReplay<TTrades> : IDisposable
    where TTrades : struct, ITradeHandler
{
    // How many operations ahead each step of fetching runs: far enough to hide a memory access (~100 ns at ~10 ns an
    // operation), near enough that the lines are still in the first-level cache when their turn comes.
    private const int OrderAhead = 24;
    private const int LinksAhead = 12;
    private const int LeafAhead = 6;

    private OrderBooks<BareLayout> _books;
    private TTrades _trades;

    /// <param name="maxId">Greatest id that will be used.</param>
    /// <param name="instruments">Instruments 0 … instruments − 1.</param>
    /// <param name="maxPricePages">See <see cref="EngineLimits.MaxPricePages"/>.</param>
    public BookReplay(uint maxId, uint instruments, uint maxPricePages)
    {
        _books = new OrderBooks<BareLayout>(maxId, maxPricePages, instruments);
    }

    public ref TTrades Trades => ref _trades;

    public ulong Cancels { get; private set; }

    public ulong CancelMisses { get; private set; }

    /// <summary>Adds that found no room for their price.</summary>
    public ulong BookFull { get; private set; }

    public void Apply(ReadOnlySpan<BookOperation> operations)
    {
        fixed (BookOperation* first = operations)
        {
            BookOperation* end = first + operations.Length;
            BookOperation* bulkEnd = operations.Length > OrderAhead ? end - OrderAhead : first;
            BookOperation* at = first;
            for (; at < bulkEnd; at++)
            {
                FetchOrder(at + OrderAhead);
                FetchLinks(at + LinksAhead);
                FetchLeaf(at + LeafAhead);
                Apply(at);
            }

            for (; at < end; at++)
            {
                Apply(at);
            }
        }
    }

    /// <summary>Resting orders of one side, best first.</summary>
    public (ulong Orders, ulong Levels, ulong Lots) Resting(uint instrument, uint side)
    {
        ulong orders = 0;
        ulong levels = 0;
        ulong lots = 0;
        uint level = 0;
        for (uint slot = _books.First(instrument, side); slot != 0; slot = _books.After(slot))
        {
            orders++;
            lots += (ulong)_books.At(slot)->OpenLots;
            levels += _books.At(slot)->Level != level ? 1u : 0u;
            level = _books.At(slot)->Level;
        }

        return (orders, levels, lots);
    }

    public void Clear()
    {
        _books.Clear();
        _trades = default;
        Cancels = 0;
        CancelMisses = 0;
        BookFull = 0;
    }

    public void Dispose() => _books.Dispose();

    private void FetchOrder(BookOperation* operation) =>
        _books.PrefetchOrder((uint)operation->Id, ((uint)operation->Instrument * 2) + operation->Side, operation->Price);

    private void FetchLinks(BookOperation* operation) =>
        _books.PrefetchLinks((uint)operation->Id, ((uint)operation->Instrument * 2) + operation->Side, operation->Price);

    private void FetchLeaf(BookOperation* operation) =>
        _books.PrefetchLeaf((uint)operation->Id, ((uint)operation->Instrument * 2) + operation->Side, operation->Price);

    private void Apply(BookOperation* operation)
    {
        uint slot = (uint)operation->Id;
        if (operation->Kind == BookOperationKind.Cancel)
        {
            Cancel(slot);
            return;
        }

        if (operation->Kind == BookOperationKind.Reduce)
        {
            Reduce(slot, operation->Lots);
            return;
        }

        uint side = operation->Side;
        uint other = side ^ 1;
        long lots = operation->Lots;
        long limitRank = operation->Price ^ OrderBooks<BareLayout>.MaskOf(other);
        if (_books.SideOf(operation->Instrument, other).BestRank <= limitRank)
        {
            var handler = new TradeForwarder(ref _trades, operation->Id);
            lots = _books.Match(ref handler, operation->Instrument, other, limitRank, lots);
        }

        if (lots > 0 && operation->Kind == BookOperationKind.Add)
        {
            _books.At(slot)->OpenLots = lots;
            if (!_books.TryRest(operation->Instrument, side, operation->Price, slot))
            {
                BookFull++;
            }
        }
    }

    private void Cancel(uint slot)
    {
        if (slot > _books.MaxOrders || _books.At(slot)->Level == 0)
        {
            CancelMisses++;
            return;
        }

        _books.Remove(slot);
        Cancels++;
    }

    /// <summary>A reduction by all that is open, or more, takes the order out.</summary>
    private void Reduce(uint slot, long lots)
    {
        if (slot > _books.MaxOrders || _books.At(slot)->Level == 0)
        {
            CancelMisses++;
        }
        else if (_books.At(slot)->OpenLots <= lots)
        {
            _books.Remove(slot);
        }
        else
        {
            _books.At(slot)->OpenLots -= lots;
        }
    }

    private readonly ref struct TradeForwarder(ref TTrades trades, ulong takerId) : IMatchHandler
    {
        private readonly ref TTrades _trades = ref trades;
        private readonly ulong _takerId = takerId;

        public MakerAction Inspect(ref RestingOrder maker, uint slot, ref long takerLots) => MakerAction.Trade;

        public void Fill(ref RestingOrder maker, uint slot, long price, long lots, long takerOpenLots) =>
            _trades.OnTrade(_takerId, slot, price, lots);

        public void MakerDone(uint slot)
        {
        }
    }
}
