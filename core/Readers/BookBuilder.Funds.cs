using System;
using System.Collections.Generic;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>What each event does to money: holds and settlement follow from the orders and the definitions.</summary>
public sealed partial class BookBuilder
{
    private readonly SortedDictionary<ulong, ReaderBalance> _balances = [];

    /// <summary>All balances, by rising account and currency.</summary>
    public IEnumerable<(uint AccountId, uint CurrencyId, ReaderBalance Balance)> Balances
    {
        get
        {
            foreach ((ulong key, ReaderBalance balance) in _balances)
            {
                yield return ((uint)(key >> 32), (uint)key, balance);
            }
        }
    }

    /// <summary>The balance, or null when the account has none of that currency.</summary>
    public ReaderBalance? FindBalance(uint accountId, uint currencyId) =>
        _balances.TryGetValue(Key(accountId, currencyId), out ReaderBalance balance) ? balance : null;

    private static ulong Key(uint accountId, uint currencyId) => ((ulong)accountId << 32) | currencyId;

    private void Adjust(in BalanceAdjustedBlock e) =>
        _balances[Key(e.Envelope.AccountId, e.CurrencyId)] = new ReaderBalance(e.Available, e.Held);

    private void OpenBalances(OpenOrder order)
    {
        _balances.TryAdd(Key(order.AccountId, order.Instrument.Definition.BaseCurrencyId), default);
        _balances.TryAdd(Key(order.AccountId, order.Instrument.Definition.QuoteCurrencyId), default);
    }

    private void Hold(OpenOrder order, long lots) => MoveHold(order, lots, sign: 1);

    private void Release(OpenOrder order, long lots) => MoveHold(order, lots, sign: -1);

    private void MoveHold(OpenOrder order, long lots, int sign)
    {
        if (order.IsMarket)
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
