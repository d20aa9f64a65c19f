using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    /// <summary>The order that takes liquidity, while it does; matching asks it at each maker.</summary>
    private ref struct Taker : IMatchHandler
    {
        public Engine Engine;
        public Instrument* Instrument;
        public OrderRecord* Order;
        public uint BaseBalance;
        public uint QuoteBalance;
        public ulong OrderId;
        public uint AccountId;
        public uint Side;
        public SelfTradePrevention SelfTradePrevention;

        /// <summary>Market orders hold at the makers' prices; what they used of it is counted here.</summary>
        public bool Market;
        public long QuoteHold;
        public long QuoteUsed;

        /// <summary>Makers met: fills, self-trade cancels and decrements.</summary>
        public uint Met;

        /// <summary>Matching ended by self-trade prevention, for this reason; Requested = it did not.</summary>
        public CancelReason Stopped;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public MakerAction Inspect(ref RestingOrder maker, uint slot, ref long takerLots)
        {
            if (Met == Engine.Limits.MaxFillsPerCommand)
            {
                return MakerAction.Stop;
            }

            if ((maker.Marks & OrderMarks.Reduces) != 0 && Engine.Trim(slot))
            {
                Met++;
                return MakerAction.LookAgain;
            }

            return SelfTradePrevention == SelfTradePrevention.None || maker.AccountId != AccountId
                ? MakerAction.Trade
                : Engine.PreventSelfTrade(ref this, slot, ref takerLots);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Fill(ref RestingOrder maker, uint slot, long price, long lots, long takerOpenLots)
        {
            Met++;
            Engine.SettleFill(ref this, ref maker, slot, price, lots, takerOpenLots);
        }

        public readonly void MakerDone(uint slot) => Engine.Bury(slot);
    }

    /// <summary>Matches an accepted limit order and deals with what is left of it.</summary>
    private void Execute(Instrument* instrument, uint slot, long limitRank, TimeInForce timeInForce)
    {
        OrderRecord* order = Record(slot);
        Taker taker = TakerOf(instrument, slot);
        long left = _books.Match(ref taker, Record(slot)->InstrumentId, (uint)order->Resting.Side ^ 1, limitRank, order->Resting.OpenLots);
        order->Resting.OpenLots = left;
        if (left == 0)
        {
            Bury(slot);
            return;
        }

        CancelReason reason = ReasonOfRemainder(ref taker, timeInForce == TimeInForce.GoodTillCancel
            ? CancelReason.Requested
            : CancelReason.ImmediateOrCancel);
        if (reason == CancelReason.Requested)
        {
            reason = RestRemainder(instrument, slot);
        }

        if (reason != CancelReason.Requested)
        {
            ReleaseOrder(instrument, order, left);
            CancelRemainder(slot, left, reason);
        }
    }

    private void ExecuteMarket(ref Entry entry, uint slot)
    {
        OrderRecord* order = Record(slot);
        Taker taker = TakerOf(entry.Instrument, slot);
        taker.Market = true;
        taker.QuoteHold = entry.QuoteHold;
        long left = _books.Match(ref taker, entry.Request->InstrumentId, (uint)order->Resting.Side ^ 1, entry.LimitRank, order->Resting.OpenLots);
        order->Resting.OpenLots = left;
        _holds.Release(entry.QuoteBalance, entry.QuoteHold - taker.QuoteUsed);
        if (order->Resting.Side != 0 && !IsOnMargin(entry.Instrument))
        {
            _holds.Release(entry.BaseBalance, left * entry.Instrument->BasePerLot);
        }

        if (left == 0)
        {
            Bury(slot);
            return;
        }

        Untrack(order, left);
        CancelRemainder(slot, left, ReasonOfRemainder(ref taker, CancelReason.MarketRemainder));
    }

    private Taker TakerOf(Instrument* instrument, uint slot)
    {
        OrderRecord* order = Record(slot);
        return new Taker
        {
            Engine = this,
            Instrument = instrument,
            Order = order,
            BaseBalance = IsOnMargin(instrument) ? 0 : RowOf(order->Resting.AccountId, instrument->BaseCurrencyId),
            QuoteBalance = RowOf(order->Resting.AccountId, instrument->QuoteCurrencyId),
            OrderId = ((ulong)order->Resting.Generation << 32) | slot,
            AccountId = order->Resting.AccountId,
            Side = order->Resting.Side,
            SelfTradePrevention = (SelfTradePrevention)order->Resting.SelfTradePrevention,
            Stopped = CancelReason.Requested,
        };
    }

    /// <summary>Why the remainder goes, in the rules' order; <paramref name="otherwise"/> when nothing else is the reason.</summary>
    private CancelReason ReasonOfRemainder(ref Taker taker, CancelReason otherwise)
    {
        if (taker.Stopped != CancelReason.Requested)
        {
            return taker.Stopped;
        }

        return taker.Met == Limits.MaxFillsPerCommand ? CancelReason.FillLimit : otherwise;
    }

    /// <summary>Requested = it rests; else why it could not.</summary>
    private CancelReason RestRemainder(Instrument* instrument, uint slot)
    {
        OrderRecord* order = Record(slot);
        if (!_books.TryRest(order->InstrumentId, order->Resting.Side, order->Price, slot))
        {
            return CancelReason.BookFull;
        }

        if (order->OwnerPlace == 0 && !ListWithOwner(order, slot))
        {
            _books.Remove(slot);
            return CancelReason.BookFull;
        }

        var block = (OrderRestedBlock*)_writer.Next(
            OrderRestedBlock.TemplateId, OrderRestedBlock.BlockLength, order->InstrumentId, ++instrument->Sequence);
        block->OrderId = ((ulong)order->Resting.Generation << 32) | slot;
        block->Price = order->Price;
        block->OpenLots = order->Resting.OpenLots;
        block->Side = (Side)order->Resting.Side;
        return CancelReason.Requested;
    }

    private void CancelRemainder(uint slot, long lots, CancelReason reason)
    {
        WriteCanceled(Record(slot), slot, lots, reason, rested: 0, 0, null);
        Bury(slot);
    }

    /// <summary>One fill: the event and both sides' money.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SettleFill(
        ref Taker taker, ref RestingOrder maker, uint slot, long price, long lots, long takerOpenLots)
    {
        Instrument* instrument = taker.Instrument;
        OrderRecord* makerOrder = Record(slot);
        makerOrder->FilledLots += lots;
        taker.Order->FilledLots += lots;
        ulong tradeId = ++_lastTradeId;
        instrument->LastTradeId = tradeId;
        instrument->LastPrice = price;
        var block = (TradeBlock*)_writer.Next(
            TradeBlock.TemplateId, TradeBlock.BlockLength, makerOrder->InstrumentId, ++instrument->Sequence);
        block->TradeId = tradeId;
        block->Price = price;
        block->Quantity = lots;
        block->TakerOrderId = taker.OrderId;
        block->MakerOrderId = ((ulong)maker.Generation << 32) | slot;
        block->TakerOpenLots = takerOpenLots;
        block->MakerOpenLots = maker.OpenLots;
        block->MakerAccountId = maker.AccountId;
        block->MakerSessionId = _owners.OwnerOf(makerOrder->OwnerPlace).SessionId;
        block->TakerAccountId = taker.AccountId;
        block->TakerSide = (Side)taker.Side;

        if (!IsOnMargin(instrument))
        {
            Settle(ref taker, ref maker, instrument->Notional(price, lots), lots);
        }

        if (((taker.Order->Resting.Marks | maker.Marks) & OrderMarks.PaysFees) != 0)
        {
            ChargeFees(ref taker, makerOrder, slot, price, lots, takerOpenLots);
        }

        if (instrument->Features != InstrumentFeatures.None)
        {
            MovePositions(ref taker, makerOrder, price, lots);
        }

        if ((_ratioRows | _creditRows) != 0)
        {
            CountTrade(ref taker, makerOrder, instrument->Notional(price, lots));
        }
    }

    /// <summary>Both sides' money of one fill. Who buys is chosen by a mask, not by a jump that nobody could predict.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle(ref Taker taker, ref RestingOrder maker, long notional, long lots)
    {
        Instrument* instrument = taker.Instrument;
        uint makerBase = RowOf(maker.AccountId, instrument->BaseCurrencyId);
        uint makerQuote = RowOf(maker.AccountId, instrument->QuoteCurrencyId);
        long baseUnits = lots * instrument->BasePerLot;

        // The maker holds at the trade's price, a limit taker at its own.
        long takerNotional = taker.Market ? notional : instrument->Notional(taker.Order->Price, lots);
        long takerBuys = (long)taker.Side - 1;
        uint buys = (uint)takerBuys;
        long buyerHeld = Math.Max(0, (takerNotional & takerBuys) | (notional & ~takerBuys));
        long sellerHeld = Math.Max(0, -((notional & takerBuys) | (takerNotional & ~takerBuys)));
        taker.QuoteUsed += (buyerHeld & takerBuys) | (sellerHeld & ~takerBuys);
        _holds.Settle((taker.QuoteBalance & buys) | (makerQuote & ~buys), buyerHeld, -notional);
        _holds.Settle((makerQuote & buys) | (taker.QuoteBalance & ~buys), sellerHeld, notional);
        _holds.Settle((makerBase & buys) | (taker.BaseBalance & ~buys), baseUnits, -baseUnits);
        _holds.Settle((taker.BaseBalance & buys) | (makerBase & ~buys), 0, baseUnits);
    }

    /// <summary>The maker is of the taker's own account; see the rules' table of modes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private MakerAction PreventSelfTrade(ref Taker taker, uint slot, ref long takerLots)
    {
        switch (taker.SelfTradePrevention)
        {
            case SelfTradePrevention.CancelNewest:
                taker.Stopped = CancelReason.SelfTradePrevention;
                return MakerAction.Stop;
            case SelfTradePrevention.CancelOldest:
                taker.Met++;
                CancelResting(slot, CancelReason.SelfTradePrevention, null);
                return MakerAction.LookAgain;
            case SelfTradePrevention.CancelBoth:
                taker.Met++;
                CancelResting(slot, CancelReason.SelfTradePrevention, null);
                taker.Stopped = CancelReason.SelfTradePrevention;
                return MakerAction.Stop;
            default:
                taker.Met++;
                return Decrement(ref taker, slot, ref takerLots);
        }
    }

    /// <summary>Both orders lose the smaller of their open quantities, without a trade.</summary>
    private MakerAction Decrement(ref Taker taker, uint slot, ref long takerLots)
    {
        OrderRecord* maker = Record(slot);
        Instrument* instrument = taker.Instrument;
        long lots = Math.Min(takerLots, maker->Resting.OpenLots);
        long makerPrice = maker->Price;
        if (lots == maker->Resting.OpenLots)
        {
            CancelResting(slot, CancelReason.SelfTradeDecrement, null);
        }
        else
        {
            maker->Resting.OpenLots -= lots;
            ReleaseOrder(instrument, maker, lots);
            WriteReduced(slot, lots);
        }

        takerLots -= lots;
        if (takerLots == 0)
        {
            // The whole remainder is named in the cancel, so it stays the taker's until that is written.
            takerLots = lots;
            taker.Stopped = CancelReason.SelfTradeDecrement;
            return MakerAction.Stop;
        }

        if (!taker.Market)
        {
            ReleaseOrder(instrument, taker.Order, lots);
            return MakerAction.LookAgain;
        }

        Untrack(taker.Order, lots);
        ReleaseDecremented(ref taker, makerPrice, lots);
        if (taker.Side != 0 && !IsOnMargin(instrument))
        {
            _holds.Release(taker.BaseBalance, lots * instrument->BasePerLot);
        }

        return MakerAction.LookAgain;
    }

    /// <summary>What a market order was counted with for lots that it will not trade: later entries see it as available.</summary>
    private void ReleaseDecremented(ref Taker taker, long makerPrice, long lots)
    {
        if (IsOnMargin(taker.Instrument))
        {
            return;
        }

        long cost = CostOf(taker.Instrument, taker.Side, makerPrice, lots);
        taker.QuoteUsed += cost;
        _holds.Release(taker.QuoteBalance, cost);
    }

    /// <summary>Takes a resting order out of its book and releases its hold.</summary>
    private void CancelResting(uint slot, CancelReason reason, byte* clientOrderId)
    {
        OrderRecord* order = Record(slot);
        Instrument* instrument = _instruments + order->InstrumentId;
        ReleaseOrder(instrument, order, order->Resting.OpenLots);
        WriteCanceled(order, slot, order->Resting.OpenLots, reason, rested: 1, ++instrument->Sequence, clientOrderId);
        _books.Remove(slot);
        Bury(slot);
    }

    /// <summary>The order is dead and out of its book: out of its owner's list, its slot free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bury(uint slot)
    {
        OrderRecord* order = Record(slot);
        if (order->OwnerPlace != 0)
        {
            if (_countingRows != 0)
            {
                CountOrder(order, unchecked(0u - 1));
            }

            _owners.Remove(order->OwnerPlace);
        }

        if ((order->Resting.Marks & OrderMarks.LooksBack) != 0)
        {
            LookBack(order, slot);
        }

        _slots.Give(slot);
    }

    /// <summary>One opening order less; names that only the living order kept are forgotten with it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LookBack(OrderRecord* order, uint slot)
    {
        if ((order->Resting.Marks & OrderMarks.PaysFees) != 0)
        {
            EndFees(order, slot);
        }

        if ((order->Resting.Marks & OrderMarks.Opens) != 0)
        {
            _openingOrders--;
        }

        if ((order->Resting.Marks & OrderMarks.NameOutOfWindow) == 0)
        {
            return;
        }

        uint accountId = order->Resting.AccountId;
        uint name = order->ClientIdEntry;
        while (name != 0)
        {
            uint earlier = _clientIds.Entry(accountId, name)->Earlier;
            if (ClientOrderIds.IsOutlived(name))
            {
                _clientIds.Forget(name);
                _accounts[accountId].OutlivedIds--;
            }

            name = earlier;
        }
    }
}
