using System;
using System.Collections.Generic;
using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>What each event does to money: holds and settlement follow from the orders and the definitions.</summary>
public sealed partial class BookBuilder
{
    private readonly SortedDictionary<ulong, ReaderBalance> _balances = [];
    private readonly SortedDictionary<ulong, ReaderBalance> _venueBalances = [];
    private readonly SortedDictionary<uint, Schemas.Environment> _environments = [];

    /// <summary>Balances of all accounts but the venue's own, by rising account and currency.</summary>
    public IEnumerable<(uint AccountId, uint CurrencyId, ReaderBalance Balance)> Balances => List(_balances);

    /// <summary>Balances of the venue's own accounts, by rising account and currency; those that were ever used.</summary>
    public IEnumerable<(uint AccountId, uint CurrencyId, ReaderBalance Balance)> VenueBalances => List(_venueBalances);

    /// <summary>The balance, or null when the account has none of that currency.</summary>
    public ReaderBalance? FindBalance(uint accountId, uint currencyId) =>
        BalancesWith(accountId).TryGetValue(Key(accountId, currencyId), out ReaderBalance balance) ? balance : null;

    private static IEnumerable<(uint AccountId, uint CurrencyId, ReaderBalance Balance)> List(
        SortedDictionary<ulong, ReaderBalance> balances)
    {
        foreach ((ulong key, ReaderBalance balance) in balances)
        {
            yield return ((uint)(key >> 32), (uint)key, balance);
        }
    }

    private static ulong Key(uint accountId, uint currencyId) => ((ulong)accountId << 32) | currencyId;

    /// <summary>An account is told before its first entry, so its environment is known.</summary>
    private void OpenAccount(in AccountOpenedBlock e) => _environments[e.Envelope.AccountId] = e.Environment;

    private void Adjust(in BalanceAdjustedBlock e)
    {
        ulong key = Key(e.Envelope.AccountId, e.CurrencyId);
        _balances[key] = _balances.GetValueOrDefault(key) with { Available = e.Available, Held = e.Held };
        uint outside = SystemAccounts.IdOf(_environments[e.Envelope.AccountId], AccountKind.External);
        ReaderBalance other = _venueBalances.GetValueOrDefault(Key(outside, e.CurrencyId));
        _venueBalances[Key(outside, e.CurrencyId)] = other.Add(-e.Amount);
    }

    private void Post(in LedgerPostedBlock e)
    {
        // Not what the event says is available afterwards: the hold for fees is on its way at that moment.
        Add(e.DebitAccountId, e.CurrencyId, -e.Amount);
        Add(e.CreditAccountId, e.CurrencyId, e.Amount);
    }

    private void Withdraw(in WithdrawalChangedBlock e)
    {
        ulong key = Key(e.OwnerAccountId, e.CurrencyId);
        _balances[key] = _balances.GetValueOrDefault(key) with { Available = e.Available, Pending = e.Pending };
    }

    private void Add(uint accountId, uint currencyId, long amount)
    {
        ulong key = Key(accountId, currencyId);
        SortedDictionary<ulong, ReaderBalance> all = BalancesWith(accountId);
        all[key] = all.GetValueOrDefault(key).Add(amount);
    }

    /// <summary>An image tells the balances with these holds in them.</summary>
    private void SetFees(in OrderFeesSetBlock e)
    {
        OpenOrder order = OrderOf(e.OrderId);
        order.Fees = new FeeRow
        {
            Turnover = ((Int128)e.TurnoverHigh << 64) | e.TurnoverLow,
            PerLot = e.PerLot,
            Flat = e.Flat,
            Minimum = e.Minimum,
            TakerRate = e.TakerRate,
            MakerRate = e.MakerRate,
            ScheduleId = e.ScheduleId,
            Tier = e.Tier,
        };
        if (IsReadingImage)
        {
            order.Fees.Held = e.Held;
        }
        else
        {
            HoldFees(order, e.Held);
        }
    }

    private void HoldFees(OpenOrder order, long held)
    {
        if (!order.IsMarket && order.Fees.ScheduleId != 0)
        {
            HoldMore(order.AccountId, order.Instrument.Definition.QuoteCurrencyId, held - order.Fees.Held);
            order.Fees.Held = held;
        }
    }

    /// <summary>What the order may have to pay yet, after a fill or an amendment.</summary>
    private void RefreshFees(OpenOrder order)
    {
        if (order.Fees.ScheduleId != 0)
        {
            long notional = order.IsMarket ? 0 : order.Instrument.Notional(order.Price, order.OpenLots);
            long cost = Math.Max(0, order.Side == Side.Buy ? notional : -notional);
            Int128 most = order.Fees.Most(order.OpenLots, order.FilledLots, cost) - order.Fees.Due(order.FilledLots).Up;
            HoldFees(order, (long)Int128.Max(0, most));
        }
    }

    private void CountFees(OpenOrder order, int rate, long price, long lots)
    {
        order.Fees.Turnover += (Int128)Math.Abs(order.Instrument.Notional(price, lots)) * rate;
        RefreshFees(order);
    }

    private SortedDictionary<ulong, ReaderBalance> BalancesWith(uint accountId) =>
        SystemAccounts.IsReserved(accountId) ? _venueBalances : _balances;

    private void OpenBalances(OpenOrder order)
    {
        if (!order.Instrument.IsOnMargin)
        {
            _balances.TryAdd(Key(order.AccountId, order.Instrument.Definition.BaseCurrencyId), default);
        }

        _balances.TryAdd(Key(order.AccountId, order.Instrument.Definition.QuoteCurrencyId), default);
    }

    private void Hold(OpenOrder order, long lots) => MoveHold(order, lots, sign: 1);

    private void Release(OpenOrder order, long lots) => MoveHold(order, lots, sign: -1);

    private void MoveHold(OpenOrder order, long lots, int sign)
    {
        if (order.IsMarket || order.Instrument.IsOnMargin)
        {
            return;
        }

        long notional = order.Instrument.Notional(order.Price, lots);
        uint quote = order.Instrument.Definition.QuoteCurrencyId;
        if (order.Side == Side.Buy)
        {
            HoldMore(order.AccountId, quote, sign * Math.Max(0, notional));
            return;
        }

        HoldMore(order.AccountId, order.Instrument.Definition.BaseCurrencyId, sign * order.Instrument.Base(lots));
        HoldMore(order.AccountId, quote, sign * Math.Max(0, -notional));
    }

    private void Settle(OpenOrder taker, OpenOrder maker, long price, long lots)
    {
        if (taker.Instrument.IsOnMargin)
        {
            // On margin a trade moves nothing; its entries tell what it pays.
            return;
        }

        Release(taker, lots);
        Release(maker, lots);
        OpenOrder buyer = taker.Side == Side.Buy ? taker : maker;
        OpenOrder seller = taker.Side == Side.Buy ? maker : taker;
        InstrumentDefinedBlock definition = taker.Instrument.Definition;
        Move(buyer.AccountId, seller.AccountId, definition.QuoteCurrencyId, taker.Instrument.Notional(price, lots));
        Move(seller.AccountId, buyer.AccountId, definition.BaseCurrencyId, taker.Instrument.Base(lots));
    }

    private void Move(uint from, uint to, uint currencyId, long amount)
    {
        Set(from, currencyId, Get(from, currencyId).Add(-amount));
        Set(to, currencyId, Get(to, currencyId).Add(amount));
    }

    private void HoldMore(uint accountId, uint currencyId, long amount) =>
        Set(accountId, currencyId, Get(accountId, currencyId).Hold(amount));

    private ReaderBalance Get(uint accountId, uint currencyId) => _balances[Key(accountId, currencyId)];

    private void Set(uint accountId, uint currencyId, ReaderBalance balance) =>
        _balances[Key(accountId, currencyId)] = balance;
}
