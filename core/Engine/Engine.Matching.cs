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
        public OrderDetail* Detail;
        public ulong OrderId;
        public uint AccountId;
        public uint Side;
        public SelfTradePrevention SelfTradePrevention;

        /// <summary>Market orders hold at the makers' prices; what they used of it is counted here.</summary>
        public bool Market;
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
        RestingOrder* order = _books.Orders + slot;
        Taker taker = TakerOf(instrument, slot);
        long left = _books.Match(ref taker, _details[slot].InstrumentId, (uint)order->Side ^ 1, limitRank, order->OpenLots);
        order->OpenLots = left;
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
            OrderDetail* detail = _details + slot;
            ReleaseLimit(instrument, order->Side, detail->Price, left, detail->BaseBalance, detail->QuoteBalance);
            CancelRemainder(slot, left, reason);
        }
    }

    private void ExecuteMarket(ref Entry entry, uint slot)
    {
        RestingOrder* order = _books.Orders + slot;
        Taker taker = TakerOf(entry.Instrument, slot);
        taker.Market = true;
        long left = _books.Match(ref taker, entry.Request->InstrumentId, (uint)order->Side ^ 1, entry.LimitRank, order->OpenLots);
        order->OpenLots = left;
        _holds.Release(entry.QuoteBalance, entry.QuoteHold - taker.QuoteUsed);
        if (order->Side != 0)
        {
            _holds.Release(entry.BaseBalance, left * entry.Instrument->BasePerLot);
        }

        if (left == 0)
        {
            Bury(slot);
            return;
        }

        CancelRemainder(slot, left, ReasonOfRemainder(ref taker, CancelReason.MarketRemainder));
    }

    private Taker TakerOf(Instrument* instrument, uint slot)
    {
        RestingOrder* order = _books.Orders + slot;
        return new Taker
        {
            Engine = this,
            Instrument = instrument,
            Detail = _details + slot,
            OrderId = ((ulong)order->Generation << 32) | slot,
            AccountId = order->AccountId,
            Side = order->Side,
            SelfTradePrevention = (SelfTradePrevention)order->SelfTradePrevention,
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
        RestingOrder* order = _books.Orders + slot;
        OrderDetail* detail = _details + slot;
        if (!_books.TryRest(detail->InstrumentId, order->Side, detail->Price, slot))
        {
            return CancelReason.BookFull;
        }

        if (detail->OwnerPlace == 0 && !ListWithOwner(slot))
        {
            _books.Remove(slot);
            return CancelReason.BookFull;
        }

        var block = (OrderRestedBlock*)_writer.Next(
            OrderRestedBlock.TemplateId, OrderRestedBlock.BlockLength, detail->InstrumentId, ++instrument->Sequence);
        block->OrderId = ((ulong)order->Generation << 32) | slot;
        block->Price = detail->Price;
        block->OpenLots = order->OpenLots;
        block->Side = (Side)order->Side;
        return CancelReason.Requested;
    }

    private void CancelRemainder(uint slot, long lots, CancelReason reason)
    {
        WriteCanceled(slot, lots, reason, rested: 0, 0, null);
        Bury(slot);
    }

    /// <summary>One fill: the event and both sides' money.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SettleFill(
        ref Taker taker, ref RestingOrder maker, uint slot, long price, long lots, long takerOpenLots)
    {
        Instrument* instrument = taker.Instrument;
        OrderDetail* makerDetail = _details + slot;
        OrderDetail* takerDetail = taker.Detail;
        makerDetail->FilledLots += lots;
        takerDetail->FilledLots += lots;
        ulong tradeId = ++_lastTradeId;
        instrument->LastTradeId = tradeId;
        var block = (TradeBlock*)_writer.Next(
            TradeBlock.TemplateId, TradeBlock.BlockLength, makerDetail->InstrumentId, ++instrument->Sequence);
        block->TradeId = tradeId;
        block->Price = price;
        block->Quantity = lots;
        block->TakerOrderId = taker.OrderId;
        block->MakerOrderId = ((ulong)maker.Generation << 32) | slot;
        block->TakerOpenLots = takerOpenLots;
        block->MakerOpenLots = maker.OpenLots;
        block->MakerAccountId = maker.AccountId;
        block->MakerSessionId = makerDetail->SessionId;
        block->TakerAccountId = taker.AccountId;
        block->TakerSide = (Side)taker.Side;

        long notional = instrument->Notional(price, lots);
        long baseUnits = lots * instrument->BasePerLot;
        if (taker.Side == 0)
        {
            long held = Math.Max(0, taker.Market ? notional : instrument->Notional(takerDetail->Price, lots));
            taker.QuoteUsed += held;
            _holds.Settle(takerDetail->QuoteBalance, held, -notional);
            _holds.Settle(makerDetail->QuoteBalance, Math.Max(0, -notional), notional);
            _holds.Settle(makerDetail->BaseBalance, baseUnits, -baseUnits);
            _holds.Settle(takerDetail->BaseBalance, 0, baseUnits);
            return;
        }

        long takerHeld = Math.Max(0, -(taker.Market ? notional : instrument->Notional(takerDetail->Price, lots)));
        taker.QuoteUsed += takerHeld;
        _holds.Settle(makerDetail->QuoteBalance, Math.Max(0, notional), -notional);
        _holds.Settle(takerDetail->QuoteBalance, takerHeld, notional);
        _holds.Settle(takerDetail->BaseBalance, baseUnits, -baseUnits);
        _holds.Settle(makerDetail->BaseBalance, 0, baseUnits);
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
        RestingOrder* maker = _books.Orders + slot;
        OrderDetail* detail = _details + slot;
        Instrument* instrument = taker.Instrument;
        long lots = Math.Min(takerLots, maker->OpenLots);
        if (lots == maker->OpenLots)
        {
            CancelResting(slot, CancelReason.SelfTradeDecrement, null);
        }
        else
        {
            maker->OpenLots -= lots;
            ReleaseLimit(instrument, maker->Side, detail->Price, lots, detail->BaseBalance, detail->QuoteBalance);
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

        OrderDetail* own = taker.Detail;
        if (!taker.Market)
        {
            ReleaseLimit(instrument, taker.Side, own->Price, lots, own->BaseBalance, own->QuoteBalance);
        }
        else if (taker.Side != 0)
        {
            _holds.Release(own->BaseBalance, lots * instrument->BasePerLot);
        }

        return MakerAction.LookAgain;
    }

    /// <summary>Takes a resting order out of its book and releases its hold.</summary>
    private void CancelResting(uint slot, CancelReason reason, byte* clientOrderId)
    {
        RestingOrder* order = _books.Orders + slot;
        OrderDetail* detail = _details + slot;
        Instrument* instrument = _instruments.Pointer + detail->InstrumentId;
        ReleaseLimit(instrument, order->Side, detail->Price, order->OpenLots, detail->BaseBalance, detail->QuoteBalance);
        WriteCanceled(slot, order->OpenLots, reason, rested: 1, ++instrument->Sequence, clientOrderId);
        _books.Remove(slot);
        Bury(slot);
    }

    /// <summary>The order is dead and out of its book: out of its owner's list, its slot free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bury(uint slot)
    {
        OrderDetail* detail = _details + slot;
        if (detail->OwnerPlace != 0)
        {
            _owners.Remove(detail->OwnerPlace);
        }

        if (detail->HasNameOutOfWindow != 0)
        {
            ForgetNames(detail);
        }

        _slots.Give(slot);
    }

    /// <summary>Names that only the living order kept are forgotten with it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForgetNames(OrderDetail* detail)
    {
        uint entry = detail->ClientIdEntry;
        while (entry != 0)
        {
            uint earlier = _clientIds.Entries[entry].EarlierName;
            if (_clientIds.Entries[entry].NextInWindow == ClientOrderIds.OutOfWindow)
            {
                _clientIds.Forget(entry);
            }

            entry = earlier;
        }
    }
}
