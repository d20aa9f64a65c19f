using System;
using System.Collections.Generic;
using HftEngine.Core.Readers;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Oversight;

/// <summary>Exposure, concentration and value at risk of what was read.</summary>
public sealed partial class RiskMeasures
{
    /// <summary>Accounts of an environment, by rising id.</summary>
    public IEnumerable<uint> AccountsOf(Environment environment)
    {
        foreach (RiskAccount account in AccountsIn(RiskScope.Venue(environment)))
        {
            yield return account.Id;
        }
    }

    /// <summary>Firms with accounts in an environment, by rising id.</summary>
    public SortedSet<uint> FirmsOf(Environment environment)
    {
        SortedSet<uint> firms = [];
        foreach (RiskAccount account in AccountsIn(RiskScope.Venue(environment)))
        {
            firms.Add(account.FirmId);
        }

        return firms;
    }

    public string SymbolOf(uint instrumentId) => _instruments[instrumentId].Symbol;

    public string CodeOf(uint currencyId) => _currencies[currencyId].Code;

    /// <summary>Positions that are not flat, by account, instrument and leg.</summary>
    public IEnumerable<(uint AccountId, uint InstrumentId, bool IsShortLeg, RiskPosition Position)> Positions(
        RiskScope scope)
    {
        foreach (RiskAccount account in AccountsIn(scope))
        {
            foreach (((uint instrumentId, bool isShortLeg), RiskPosition position) in account.Positions)
            {
                if (position.NetLots != 0)
                {
                    yield return (account.Id, instrumentId, isShortLeg, position);
                }
            }
        }
    }

    /// <summary>
    /// Lots at the mark, by instrument with positions. Accounts do not net with each other, nor a long position with a
    /// short one of the same account. What has no price is left out; <see cref="Portfolio.Unpriced"/> names it.
    /// </summary>
    public SortedDictionary<uint, Exposure> ByInstrument(RiskScope scope)
    {
        SortedDictionary<uint, Exposure> exposures = [];
        foreach ((uint _, uint instrumentId, bool _, RiskPosition position) in Positions(scope))
        {
            RiskInstrument instrument = _instruments[instrumentId];
            if (MarketValue(instrument, position.NetLots) is double value)
            {
                double size = Math.Abs(value);
                exposures[instrumentId] = exposures.GetValueOrDefault(instrumentId)
                    + Exposure.Of(position.NetLots > 0 ? size : -size);
            }
        }

        return exposures;
    }

    /// <summary>
    /// Money, held and pending included, and both legs of positions on margin: the base at its mark, and what was
    /// paid for it in quote. An account's amounts of one currency net; accounts do not.
    /// </summary>
    public SortedDictionary<uint, Exposure> ByCurrency(RiskScope scope)
    {
        SortedDictionary<uint, Exposure> exposures = [];
        foreach (RiskAccount account in AccountsIn(scope))
        {
            SortedDictionary<uint, double> amounts = MoneyOf(account);
            foreach (((uint instrumentId, bool _), RiskPosition position) in account.Positions)
            {
                RiskInstrument instrument = _instruments[instrumentId];
                if (instrument.IsOnMargin && position.NetLots != 0
                    && MarketValue(instrument, position.NetLots) is double value)
                {
                    Add(amounts, instrument.BaseCurrencyId, value);
                    double quotePrice = PriceOf(instrument.QuoteCurrencyId)!.Value;
                    Add(amounts, instrument.QuoteCurrencyId, -(double)position.Cost * quotePrice);
                }
            }

            foreach ((uint currencyId, double amount) in amounts)
            {
                exposures[currencyId] = exposures.GetValueOrDefault(currencyId) + Exposure.Of(amount);
            }
        }

        return exposures;
    }

    /// <summary>Gross exposure by instrument.</summary>
    public Concentration InstrumentConcentration(RiskScope scope)
    {
        SortedDictionary<uint, double> sizes = [];
        foreach ((uint instrumentId, Exposure exposure) in ByInstrument(scope))
        {
            sizes[instrumentId] = exposure.Gross;
        }

        return Concentration.Of(sizes);
    }

    /// <summary>Lots of an instrument by account, long and short ones added.</summary>
    public Concentration AccountConcentration(uint instrumentId)
    {
        SortedDictionary<uint, double> sizes = [];
        foreach (RiskAccount account in _accounts.Values)
        {
            foreach (bool isShortLeg in (ReadOnlySpan<bool>)[false, true])
            {
                if (account.Positions.TryGetValue((instrumentId, isShortLeg), out RiskPosition position))
                {
                    Add(sizes, account.Id, Math.Abs((double)position.NetLots));
                }
            }
        }

        return Concentration.Of(sizes);
    }

    public Portfolio PortfolioOf(RiskScope scope)
    {
        Portfolio portfolio = new();
        foreach (RiskAccount account in AccountsIn(scope))
        {
            foreach (uint currencyId in _currencies.Keys)
            {
                if (TotalOf(account.Id, currencyId) is double total && total != 0)
                {
                    portfolio.AddMoney(currencyId, total, PriceOf(currencyId), currencyId == _referenceCurrencyId);
                }
            }

            foreach (((uint instrumentId, bool _), RiskPosition position) in account.Positions)
            {
                RiskInstrument instrument = _instruments[instrumentId];
                if (instrument.IsOnMargin && position.NetLots != 0)
                {
                    uint quote = instrument.QuoteCurrencyId;
                    portfolio.AddPosition(
                        position, instrument, instrument.Price, PriceOf(quote), quote == _referenceCurrencyId);
                }
            }
        }

        return portfolio;
    }

    /// <summary>Value at risk of today's portfolio, by the returns that were read.</summary>
    public VarReport ValueAtRisk(RiskScope scope, VarOptions options) =>
        VarReport.Of(PortfolioOf(scope), History, options);

    private static void Add(SortedDictionary<uint, double> amounts, uint id, double amount) =>
        amounts[id] = amounts.GetValueOrDefault(id) + amount;

    private IEnumerable<RiskAccount> AccountsIn(RiskScope scope)
    {
        if (scope.Kind == RiskScopeKind.Account)
        {
            if (_accounts.TryGetValue(scope.Id, out RiskAccount? one) && scope.Contains(one))
            {
                yield return one;
            }

            yield break;
        }

        foreach (RiskAccount account in _accounts.Values)
        {
            if (scope.Contains(account))
            {
                yield return account;
            }
        }
    }

    /// <summary>In the reference currency, without what has no price.</summary>
    private SortedDictionary<uint, double> MoneyOf(RiskAccount account)
    {
        SortedDictionary<uint, double> amounts = [];
        foreach (uint currencyId in _currencies.Keys)
        {
            if (TotalOf(account.Id, currencyId) is double total && PriceOf(currencyId) is double price && total != 0)
            {
                amounts[currencyId] = total * price;
            }
        }

        return amounts;
    }

    private double? TotalOf(uint accountId, uint currencyId) =>
        _books.FindBalance(accountId, currencyId) is ReaderBalance balance
            ? (double)((Int128)balance.Available + balance.Held + balance.Pending)
            : null;

    private double? PriceOf(uint currencyId) =>
        currencyId == _referenceCurrencyId ? 1 : _currencies.GetValueOrDefault(currencyId)?.Price;

    private double? MarketValue(RiskInstrument instrument, long lots) =>
        instrument.Price is long price && PriceOf(instrument.QuoteCurrencyId) is double quote
            ? (double)((Int128)price * lots * instrument.NotionalPerTickLot) * quote
            : null;
}
