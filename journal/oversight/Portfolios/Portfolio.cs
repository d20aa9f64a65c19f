using System;
using System.Collections.Generic;

namespace HftEngine.Oversight;

/// <summary>
/// Money and positions on margin of a scope, with the prices of now. A position is worth what closing it at its mark
/// would win; spot is in the money.
/// </summary>
public sealed class Portfolio
{
    private readonly SortedDictionary<RiskFactor, double> _prices = [];
    private readonly SortedDictionary<uint, double> _money = [];
    private readonly SortedDictionary<uint, MarginHolding> _holdings = [];

    /// <summary>What its value depends on; the reference currency is no factor.</summary>
    public IReadOnlyCollection<RiskFactor> Factors => _prices.Keys;

    /// <summary>What could not be valued because it has no price.</summary>
    public SortedSet<RiskFactor> Unpriced { get; } = [];

    public double PriceOf(RiskFactor factor) => _prices.GetValueOrDefault(factor, 1);

    /// <summary>What it wins when the factors have other prices: everything is valued anew at them.</summary>
    public double ProfitAt(Func<RiskFactor, double> priceOf) => ValueAt(priceOf) - ValueAt(PriceOf);

    /// <summary>What it wins when the factors make these returns.</summary>
    public double ProfitOf(FactorReturns returns, int date)
    {
        Dictionary<RiskFactor, double> prices = [];
        for (int i = 0; i < returns.Factors.Count; i++)
        {
            double now = PriceOf(returns.Factors[i]);
            double change = returns.Values[date][i];
            prices[returns.Factors[i]] = returns.IsRelative[i] ? now * (1 + change) : now + change;
        }

        return ProfitAt(factor => prices.TryGetValue(factor, out double price) ? price : PriceOf(factor));
    }

    /// <summary>What it wins, to first order, with a return of one of each factor.</summary>
    public double[] WeightsOf(FactorReturns returns)
    {
        double[] weights = new double[returns.Factors.Count];
        for (int i = 0; i < weights.Length; i++)
        {
            RiskFactor factor = returns.Factors[i];
            weights[i] = SlopeOf(factor) * (returns.IsRelative[i] ? PriceOf(factor) : 1);
        }

        return weights;
    }

    internal void AddMoney(uint currencyId, double amount, double? price, bool isReference)
    {
        if (Prices(new RiskFactor(RiskFactorKind.Currency, currencyId), price, isReference))
        {
            _money[currencyId] = _money.GetValueOrDefault(currencyId) + amount;
        }
    }

    internal void AddPosition(
        RiskPosition position, RiskInstrument instrument, double? mark, double? quotePrice, bool isReference)
    {
        uint quote = instrument.QuoteCurrencyId;
        if (Prices(new RiskFactor(RiskFactorKind.Currency, quote), quotePrice, isReference)
            && Prices(new RiskFactor(RiskFactorKind.Instrument, instrument.Id), mark, false))
        {
            MarginHolding holding = _holdings.GetValueOrDefault(instrument.Id);
            _holdings[instrument.Id] = new MarginHolding(
                quote,
                holding.UnitsPerTick + ((double)position.NetLots * instrument.NotionalPerTickLot),
                holding.Cost + (double)position.Cost);
        }
    }

    private bool Prices(RiskFactor factor, double? price, bool isReference)
    {
        if (price is null)
        {
            Unpriced.Add(factor);
            return false;
        }

        if (!isReference)
        {
            _prices[factor] = price.Value;
        }

        return true;
    }

    private double ValueAt(Func<RiskFactor, double> priceOf)
    {
        double value = 0;
        foreach ((uint currencyId, double amount) in _money)
        {
            value += amount * priceOf(new RiskFactor(RiskFactorKind.Currency, currencyId));
        }

        foreach ((uint instrumentId, MarginHolding holding) in _holdings)
        {
            double mark = priceOf(new RiskFactor(RiskFactorKind.Instrument, instrumentId));
            value += ((holding.UnitsPerTick * mark) - holding.Cost)
                * priceOf(new RiskFactor(RiskFactorKind.Currency, holding.QuoteCurrencyId));
        }

        return value;
    }

    /// <summary>What one more unit of the price is worth.</summary>
    private double SlopeOf(RiskFactor factor)
    {
        if (factor.Kind == RiskFactorKind.Instrument)
        {
            return _holdings.TryGetValue(factor.Id, out MarginHolding held)
                ? held.UnitsPerTick * PriceOf(new RiskFactor(RiskFactorKind.Currency, held.QuoteCurrencyId))
                : 0;
        }

        double slope = _money.GetValueOrDefault(factor.Id);
        foreach ((uint instrumentId, MarginHolding holding) in _holdings)
        {
            if (holding.QuoteCurrencyId == factor.Id)
            {
                double mark = PriceOf(new RiskFactor(RiskFactorKind.Instrument, instrumentId));
                slope += (holding.UnitsPerTick * mark) - holding.Cost;
            }
        }

        return slope;
    }

    /// <param name="UnitsPerTick">Quote units that one tick is worth; below zero for a short position.</param>
    private readonly record struct MarginHolding(uint QuoteCurrencyId, double UnitsPerTick, double Cost);
}
