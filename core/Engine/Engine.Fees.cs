using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Fees on their way through entry, amendment and fill; see the rules, Fees.</summary>
public sealed unsafe partial class Engine
{
    /// <summary>By order slot; row 0 is where the order that is being entered gathers its terms.</summary>
    private readonly NativeArray<FeeRow> _fees;

    /// <summary>The terms of a new order and the most that it can have to pay; no schedule applies: nothing is set.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason PlanFees(ref Entry entry, long cost)
    {
        uint accountId = entry.Request->Envelope.AccountId;
        uint scheduleId = ScheduleFor(entry.Request->InstrumentId, _accounts[accountId].GroupId);
        if (scheduleId == 0)
        {
            return RejectReason.None;
        }

        uint tierIndex = TierFor(scheduleId, accountId);
        ref FeeTier tier = ref _feeTiers[(scheduleId * FeeSchedule.MaxTiers) + tierIndex];
        ref FeeRow row = ref _fees[0];
        row = new FeeRow
        {
            PerLot = tier.PerLot,
            Flat = tier.Flat,
            Minimum = tier.Minimum,
            TakerRate = tier.TakerRate,
            MakerRate = tier.MakerRate,
            ScheduleId = (ushort)scheduleId,
            Tier = (byte)tierIndex,
        };
        Int128 most = row.Most(entry.Request->Quantity, 0, cost);
        if (most > long.MaxValue)
        {
            return RejectReason.NotionalOverflow;
        }

        row.Held = (long)most;
        entry.Marks |= OrderMarks.PaysFees;
        return RejectReason.None;
    }

    /// <summary>The hold of a limit order and what it holds for fees: both or nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason HoldLimitAndFees(ref Entry entry, uint side)
    {
        Instrument* instrument = entry.Instrument;
        long lots = entry.Request->Quantity;
        RejectReason reason = instrument->HasFees != 0
            ? PlanFees(ref entry, CostOf(instrument, side, entry.Price, lots))
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            return reason;
        }

        reason = HoldLimit(instrument, side, entry.Price, lots, entry.BaseBalance, entry.QuoteBalance);
        if (reason == RejectReason.None && !TryHoldFees(ref entry))
        {
            ReleaseLimit(instrument, side, entry.Price, lots, entry.BaseBalance, entry.QuoteBalance);
            return RejectReason.InsufficientFunds;
        }

        return reason;
    }

    /// <summary>The amended order's holds in place of the present ones; refused, and then nothing moved.</summary>
    private RejectReason ReholdWithFees(Instrument* instrument, OrderRecord* order, uint slot, long price, long openLots)
    {
        ref FeeRow row = ref _fees[slot];
        long cost = CostOf(instrument, order->Resting.Side, price, openLots);
        Int128 most = row.Most(openLots, order->FilledLots, cost) - row.Due(order->FilledLots).Up;
        if (most > long.MaxValue)
        {
            return RejectReason.NotionalOverflow;
        }

        uint quote = RowOf(order->Resting.AccountId, instrument->QuoteCurrencyId);
        long before = row.Held;
        _holds.Release(quote, before);
        RejectReason reason = ReholdFunds(instrument, order, price, openLots);
        if (reason == RejectReason.None && !_holds.TryHold(quote, (long)Int128.Max(most, 0)))
        {
            ReturnFunds(instrument, order, price, openLots);
            reason = RejectReason.InsufficientFunds;
        }

        if (reason != RejectReason.None)
        {
            bool back = _holds.TryHold(quote, before);
            Invariant.Require(back);
            return reason;
        }

        row.Held = (long)Int128.Max(most, 0);
        return RejectReason.None;
    }

    /// <summary>Holds what was planned; false: it is not there.</summary>
    private bool TryHoldFees(ref Entry entry) =>
        (entry.Marks & OrderMarks.PaysFees) == 0 || _holds.TryHold(entry.QuoteBalance, _fees[0].Held);

    private void ReleaseFees(ref Entry entry)
    {
        if ((entry.Marks & OrderMarks.PaysFees) != 0)
        {
            _holds.Release(entry.QuoteBalance, _fees[0].Held);
        }
    }

    /// <summary>The order is in: its terms are its own from here on, and are told.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AcceptFees(ref Entry entry, uint slot)
    {
        if ((entry.Marks & OrderMarks.PaysFees) != 0)
        {
            KeepFees(ref entry, slot);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void KeepFees(ref Entry entry, uint slot)
    {
        _fees[slot] = _fees[0];
        var block = (OrderFeesSetBlock*)_writer.Next(
            OrderFeesSetBlock.TemplateId, OrderFeesSetBlock.BlockLength, entry.Request->InstrumentId, 0);
        FillFees(block, slot);
    }

    private void FillFees(OrderFeesSetBlock* block, uint slot)
    {
        ref FeeRow row = ref _fees[slot];
        block->OrderId = ((ulong)_books.At(slot)->Generation << 32) | slot;
        block->Held = row.Held;
        block->PerLot = row.PerLot;
        block->Flat = row.Flat;
        block->Minimum = row.Minimum;
        block->TurnoverLow = (ulong)(UInt128)row.Turnover;
        block->TurnoverHigh = (long)(row.Turnover >> 64);
        block->TakerRate = row.TakerRate;
        block->MakerRate = row.MakerRate;
        block->ScheduleId = row.ScheduleId;
        block->Tier = row.Tier;
    }

    /// <summary>Quote that a limit order holds for some of its lots.</summary>
    private static long CostOf(Instrument* instrument, uint side, long price, long lots)
    {
        long notional = instrument->Notional(price, lots);
        return Math.Max(0, side == 0 ? notional : -notional);
    }

    /// <summary>A fill's fees, the taker's first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChargeFees(ref Taker taker, OrderRecord* maker, uint makerSlot, long price, long lots, long takerOpenLots)
    {
        Instrument* instrument = taker.Instrument;
        long notional = Math.Abs(instrument->Notional(price, lots));
        if ((taker.Order->Resting.Marks & OrderMarks.PaysFees) != 0)
        {
            uint slot = (uint)taker.OrderId;
            long cost = taker.Market
                ? taker.QuoteHold - taker.QuoteUsed
                : CostOf(instrument, taker.Side, taker.Order->Price, takerOpenLots);
            ChargeFee(instrument, taker.Order, slot, _fees[slot].TakerRate, notional, lots, takerOpenLots, cost);
        }

        if ((maker->Resting.Marks & OrderMarks.PaysFees) != 0)
        {
            long open = maker->Resting.OpenLots;
            long cost = CostOf(instrument, maker->Resting.Side, maker->Price, open);
            ChargeFee(instrument, maker, makerSlot, _fees[makerSlot].MakerRate, notional, lots, open, cost);
        }
    }

    private void ChargeFee(
        Instrument* instrument, OrderRecord* order, uint slot, int rate, long notional, long lots, long openLots, long cost)
    {
        ref FeeRow row = ref _fees[slot];
        uint accountId = order->Resting.AccountId;
        uint quote = RowOf(accountId, instrument->QuoteCurrencyId);
        _holds.Release(quote, row.Held);
        (Int128 upBefore, Int128 downBefore) = row.Due(order->FilledLots - lots);
        row.Turnover += (Int128)notional * rate;
        (Int128 up, Int128 down) = row.Due(order->FilledLots);
        PostFee(accountId, instrument->QuoteCurrencyId, row.ScheduleId, up - upBefore, down - downBefore);

        // A rebate that the sums had no room for leaves less than the hold that it was to make good.
        Int128 most = row.Most(openLots, order->FilledLots, cost) - up;
        row.Held = (long)Int128.Clamp(most, 0, _balances[quote].Available);
        bool held = _holds.TryHold(quote, row.Held);
        Invariant.Require(held);
        CountVolume(accountId, WorthOfAsset(notional, instrument->QuoteCurrencyId, haircut: false));
    }

    /// <summary>The payer pays <paramref name="pays"/>, the beneficiary gets <paramref name="gets"/>, Rounding the difference of at most 1.</summary>
    private void PostFee(uint accountId, uint currencyId, uint scheduleId, Int128 pays, Int128 gets)
    {
        uint rounding = SystemAccountFor(accountId, AccountKind.Rounding);
        uint beneficiary = BeneficiaryOf(scheduleId, accountId, currencyId);
        PostIfPossible(PostingReason.Rounding, rounding, accountId, currencyId, gets - pays, _lastTradeId);
        PostIfPossible(PostingReason.Rebate, beneficiary, accountId, currencyId, -gets, _lastTradeId);
        PostIfPossible(
            PostingReason.Fee, accountId, beneficiary, currencyId, Int128.Min(gets, AvailableOf(accountId, currencyId)), _lastTradeId);
        PostIfPossible(
            PostingReason.Rounding,
            accountId,
            rounding,
            currencyId,
            Int128.Min(pays - gets, AvailableOf(accountId, currencyId)),
            _lastTradeId);
    }

    /// <summary>The schedule's account, where it can be paid; else the venue's.</summary>
    private uint BeneficiaryOf(uint scheduleId, uint payerId, uint currencyId)
    {
        uint named = _feeSchedules[scheduleId].BeneficiaryId;
        bool usable = named != 0
            && named != payerId
            && _accounts[named].Environment == _accounts[payerId].Environment
            && NewRows(named, currencyId) <= Limits.MaxBalances - _balances.Count;
        return usable ? named : SystemAccountFor(payerId, AccountKind.Fee);
    }

    /// <summary>The order is dead: what it still holds for fees is free.</summary>
    private void EndFees(OrderRecord* order, uint slot)
    {
        ref FeeRow row = ref _fees[slot];
        _holds.Release(RowOf(order->Resting.AccountId, _instruments[order->InstrumentId].QuoteCurrencyId), row.Held);
        row = default;
    }

    private void CountVolume(uint accountId, long worth)
    {
        ref uint row = ref _accounts[accountId].VolumeRow;
        if (row == 0)
        {
            row = _volumes.Add(accountId, _tradingDate);
        }

        if (row != 0)
        {
            _volumes.Trade(row, _tradingDate, worth);
        }
    }

    /// <summary>The highest tier that the account's volume reaches.</summary>
    private uint TierFor(uint scheduleId, uint accountId)
    {
        uint tiers = _feeSchedules[scheduleId].Tiers;
        long volume = tiers > 1 ? _volumes.VolumeBefore(_accounts[accountId].VolumeRow, _tradingDate) : 0;
        uint tier = 0;
        while (tier + 1 < tiers && volume >= _feeTiers[(scheduleId * FeeSchedule.MaxTiers) + tier + 1].FromVolume)
        {
            tier++;
        }

        return tier;
    }
}
