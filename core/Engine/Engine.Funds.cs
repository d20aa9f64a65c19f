using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    /// <summary>The hold of a limit order; see the rules, Funds. The notional is known to fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RejectReason HoldLimit(Instrument* instrument, uint side, long price, long lots, uint baseSlot, uint quoteSlot)
    {
        // Buy or sell is a coin's toss to the branch predictor, so what is held, and where, is chosen by a mask.
        long buy = (long)side - 1;
        long notional = instrument->Notional(price, lots);
        long amount = (Math.Max(0, notional) & buy) | ((lots * instrument->BasePerLot) & ~buy);
        uint slot = (quoteSlot & (uint)buy) | (baseSlot & ~(uint)buy);
        if (!_holds.TryHold(slot, amount))
        {
            return RejectReason.InsufficientFunds;
        }

        if ((notional & ~buy) < 0 && !_holds.TryHold(quoteSlot, -notional))
        {
            _holds.Release(slot, amount);
            return RejectReason.InsufficientFunds;
        }

        return RejectReason.None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReleaseLimit(Instrument* instrument, uint side, long price, long lots, uint baseSlot, uint quoteSlot)
    {
        long notional = instrument->Notional(price, lots);
        if (side == 0)
        {
            _holds.Release(quoteSlot, Math.Max(0, notional));
            return;
        }

        _holds.Release(baseSlot, lots * instrument->BasePerLot);
        if (notional < 0)
        {
            _holds.Release(quoteSlot, -notional);
        }
    }

    /// <summary>Lots of an accepted order go without a trade: its hold and its position's open lots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReleaseOrder(Instrument* instrument, OrderRecord* order, long lots)
    {
        Untrack(order, lots);
        if (_creditRows != 0)
        {
            Charge(order, -Math.Abs(instrument->Notional(order->Price, lots)));
        }

        if (!IsOnMargin(instrument))
        {
            ReleaseFunds(instrument, order, lots);
        }
    }

    /// <summary>The hold of some lots of an order that was accepted: its account has both balances.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ReleaseFunds(Instrument* instrument, OrderRecord* order, long lots)
    {
        long buy = (long)order->Resting.Side - 1;
        long notional = instrument->Notional(order->Price, lots);
        long amount = (Math.Max(0, notional) & buy) | ((lots * instrument->BasePerLot) & ~buy);
        uint currencyId = (instrument->QuoteCurrencyId & (uint)buy) | (instrument->BaseCurrencyId & ~(uint)buy);
        _holds.Release(RowOf(order->Resting.AccountId, currencyId), amount);
        if ((notional & ~buy) < 0)
        {
            _holds.Release(RowOf(order->Resting.AccountId, instrument->QuoteCurrencyId), -notional);
        }
    }

    /// <summary>The balance of an account that is known to have it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint RowOf(uint accountId, uint currencyId)
    {
        bool found = _balances.TryFind(accountId, currencyId, out uint slot);
        Invariant.Require(found);
        return slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private OrderRecord* Record(uint slot) => (OrderRecord*)_books.At(slot);

    /// <summary>
    /// The hold of a market order: what each maker that it could reach would cost. Base is held for the whole quantity,
    /// quote for the sum; the sum is kept in the entry for the release of what is left.
    /// </summary>
    private RejectReason HoldMarket(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        Instrument* instrument = entry.Instrument;
        uint side = (uint)request->Side;
        long wanted = request->Quantity;
        long sum = 0;
        uint met = 0;
        uint slot = _books.First(request->InstrumentId, side ^ 1);
        for (; slot != 0 && wanted > 0 && met < Limits.MaxFillsPerCommand; slot = _books.After(slot), met++)
        {
            OrderRecord* maker = Record(slot);
            if ((maker->Price ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1)) > entry.LimitRank)
            {
                break;
            }

            if (request->SelfTradePrevention == SelfTradePrevention.CancelOldest
                && maker->Resting.AccountId == request->Envelope.AccountId)
            {
                continue;
            }

            long lots = Math.Min(wanted, maker->Resting.OpenLots);
            long notional = instrument->Notional(Record(slot)->Price, lots);
            long cost = side == 0 ? notional : -notional;
            if (cost > 0 && cost > long.MaxValue - sum)
            {
                return RejectReason.NotionalOverflow;
            }

            sum += Math.Max(0, cost);
            wanted -= lots;
        }

        entry.QuoteHold = sum;
        RejectReason planned = instrument->HasFees != 0 ? PlanFees(ref entry, sum) : RejectReason.None;
        if (planned != RejectReason.None)
        {
            return planned;
        }

        long baseUnits = side == 0 ? 0 : request->Quantity * instrument->BasePerLot;
        if (!_holds.TryHold(entry.BaseBalance, baseUnits))
        {
            return RejectReason.InsufficientFunds;
        }

        if (!_holds.TryHold(entry.QuoteBalance, sum))
        {
            _holds.Release(entry.BaseBalance, baseUnits);
            return RejectReason.InsufficientFunds;
        }

        if (!TryHoldFees(ref entry))
        {
            _holds.Release(entry.QuoteBalance, sum);
            _holds.Release(entry.BaseBalance, baseUnits);
            return RejectReason.InsufficientFunds;
        }

        return RejectReason.None;
    }

    /// <summary>Step 12: the lots that a fill-or-kill order could trade now reach its quantity.</summary>
    private bool CanFill(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        uint side = (uint)request->Side;
        long wanted = request->Quantity;
        uint met = 0;
        uint slot = _books.First(request->InstrumentId, side ^ 1);
        for (; slot != 0 && wanted > 0 && met < Limits.MaxFillsPerCommand; slot = _books.After(slot), met++)
        {
            OrderRecord* maker = Record(slot);
            if ((Record(slot)->Price ^ OrderBooks<RecordLayout>.MaskOf(side ^ 1)) > entry.LimitRank)
            {
                break;
            }


            if (maker->Resting.AccountId == request->Envelope.AccountId
                && request->SelfTradePrevention != SelfTradePrevention.None)
            {
                if (request->SelfTradePrevention == SelfTradePrevention.CancelOldest)
                {
                    continue;
                }

                break;
            }

            if ((maker->Resting.Marks & OrderMarks.Reduces) != 0)
            {
                // It may be trimmed when its turn comes, so nothing can be promised on it.
                continue;
            }

            wanted -= Math.Min(wanted, maker->Resting.OpenLots);
        }

        return wanted == 0;
    }

    /// <summary>Gives the account the balances that it lacks, as long as there is room.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddRows(ref Entry entry, uint accountId)
    {
        // On margin no assets move, so nobody needs a balance of the base.
        bool onMargin = IsOnMargin(entry.Instrument);
        if (!onMargin)
        {
            entry.NewRows |= AddRow(accountId, entry.Instrument->BaseCurrencyId, ref entry.BaseBalance) ? 1u : 0u;
        }

        entry.NewRows |= AddRow(accountId, entry.Instrument->QuoteCurrencyId, ref entry.QuoteBalance) ? 2u : 0u;
        entry.NoRoomForRows = (!onMargin && entry.BaseBalance == _balances.Nobody) || entry.QuoteBalance == _balances.Nobody;
    }

    private bool AddRow(uint accountId, uint currencyId, ref uint slot)
    {
        uint before = _balances.Count;
        if (!_balances.TryFindOrAdd(accountId, currencyId, out slot))
        {
            slot = _balances.Nobody;
        }

        return _balances.Count != before;
    }

    /// <summary>A rejected order leaves no new balances; the one added last goes first.</summary>
    private void ReturnRows(ref Entry entry)
    {
        if ((entry.NewRows & 2) != 0)
        {
            _balances.RemoveLast(entry.QuoteBalance);
        }

        if ((entry.NewRows & 1) != 0)
        {
            _balances.RemoveLast(entry.BaseBalance);
        }
    }

    /// <summary>The funds are there but a balance has no room: what was held is released.</summary>
    private RejectReason RefuseRows(ref Entry entry)
    {
        ReleaseEntry(ref entry);
        return RejectReason.CapacityExceeded;
    }

    /// <summary>What an order that does not get in after all has held.</summary>
    private void ReleaseEntry(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        if (IsOnMargin(entry.Instrument))
        {
            return;
        }

        ReleaseFees(ref entry);
        if (request->OrderType == OrderType.Limit)
        {
            ReleaseLimit(
                entry.Instrument, (uint)request->Side, entry.Price, request->Quantity, entry.BaseBalance, entry.QuoteBalance);
            return;
        }

        _holds.Release(entry.BaseBalance, request->Side == Side.Buy ? 0 : request->Quantity * entry.Instrument->BasePerLot);
        _holds.Release(entry.QuoteBalance, entry.QuoteHold);
    }

    /// <summary>Neither margin, its instrument's or its account's, nor fees concern the order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlain(ref Entry entry) =>
        !IsOnMargin(entry.Instrument)
        && entry.Instrument->HasFees == 0
        && _accounts[entry.Request->Envelope.AccountId].Margin == AccountMargin.None;

    /// <summary>On margin nothing is held; what any other order holds has to leave the account's margin covered.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private RejectReason HoldWithMargin(ref Entry entry)
    {
        if (IsOnMargin(entry.Instrument))
        {
            return RejectReason.None;
        }

        NewOrderBlock* request = entry.Request;
        uint accountId = request->Envelope.AccountId;
        bool hasMargin = _accounts[accountId].Margin != AccountMargin.None;
        Int128 equity = hasMargin ? EquityOf(accountId) : 0;
        RejectReason reason = request->OrderType == OrderType.Market
            ? HoldMarket(ref entry)
            : HoldLimitAndFees(ref entry, (uint)request->Side);
        if (reason == RejectReason.None && hasMargin && !IsCovered(accountId, equity))
        {
            ReleaseEntry(ref entry);
            reason = RejectReason.InsufficientMargin;
        }

        return reason;
    }
}
