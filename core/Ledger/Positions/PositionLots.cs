using System;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>The lots of all positions in one slab; the lots of a position hang together, the oldest first.</summary>
internal unsafe struct PositionLots : IDisposable
{
    private readonly NativeArray<PositionLot> _memory;
    private readonly PositionLot* _lots;
    private readonly uint _capacity;
    private uint _free;
    private uint _fresh;

    /// <param name="maxLots">Lots 1 … maxLots.</param>
    public PositionLots(uint maxLots)
    {
        _memory = new NativeArray<PositionLot>(maxLots + 1);
        _lots = _memory.Pointer;
        _capacity = maxLots;
        _free = 0;
        _fresh = 1;
        Used = 0;
    }

    public uint Used { get; private set; }

    public readonly uint Free => _capacity - Used;

    public readonly ref PositionLot this[uint lot] => ref _lots[lot];

    /// <summary>Adds lots behind the youngest, or to it when it has the same price. Room was seen to when the order came.</summary>
    public void Open(ref PositionRecord position, long price, long lots, ulong tradeId)
    {
        uint youngest = position.YoungestLot;
        if (youngest != 0 && _lots[youngest].Price == price)
        {
            _lots[youngest].Lots += lots;
            return;
        }

        uint lot = Take();
        _lots[lot] = new PositionLot { Price = price, Lots = lots, TradeId = tradeId };
        if (youngest == 0)
        {
            position.OldestLot = lot;
        }
        else
        {
            _lots[youngest].Next = lot;
        }

        position.YoungestLot = lot;
    }

    /// <summary>Takes lots away, the oldest first.</summary>
    /// <returns>Price × lots of what went, in ticks; each part fits, and so does the sum over a position.</returns>
    public long Close(ref PositionRecord position, long lots)
    {
        long ticks = 0;
        while (lots > 0)
        {
            uint lot = position.OldestLot;
            Invariant.Require(lot != 0);
            long part = Math.Min(lots, _lots[lot].Lots);
            ticks += part * _lots[lot].Price;
            lots -= part;
            _lots[lot].Lots -= part;
            if (_lots[lot].Lots == 0)
            {
                position.OldestLot = _lots[lot].Next;
                position.YoungestLot = position.OldestLot == 0 ? 0 : position.YoungestLot;
                Give(lot);
            }
        }

        return ticks;
    }

    public readonly void Dispose() => _memory.Dispose();

    private uint Take()
    {
        uint lot = _free;
        if (lot != 0)
        {
            _free = _lots[lot].Next;
        }
        else
        {
            lot = _fresh++;
        }

        Invariant.Require(lot <= _capacity);
        Used++;
        return lot;
    }

    private void Give(uint lot)
    {
        _lots[lot].Next = _free;
        _free = lot;
        Used--;
    }
}
