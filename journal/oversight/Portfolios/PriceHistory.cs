using System;
using System.Collections.Generic;

namespace HftEngine.Oversight;

/// <summary>Closing prices of risk factors by trading date.</summary>
public sealed class PriceHistory
{
    private readonly SortedList<uint, SortedDictionary<RiskFactor, double>> _closes = [];

    /// <summary>Trading dates with at least one price.</summary>
    public int Dates => _closes.Count;

    /// <summary>A later price of the same date replaces the earlier one; dates may come in any order.</summary>
    public void Close(uint tradingDate, RiskFactor factor, double price)
    {
        if (!double.IsFinite(price))
        {
            throw new ArgumentOutOfRangeException(nameof(price), price, "a price");
        }

        if (!_closes.TryGetValue(tradingDate, out SortedDictionary<RiskFactor, double>? closes))
        {
            closes = [];
            _closes.Add(tradingDate, closes);
        }

        closes[factor] = price;
    }

    /// <summary>Returns between neighbouring dates, the oldest first.</summary>
    public FactorReturns Returns(IReadOnlyList<RiskFactor> factors)
    {
        bool[] isRelative = new bool[factors.Count];
        for (int i = 0; i < isRelative.Length; i++)
        {
            isRelative[i] = IsAlwaysAboveZero(factors[i]);
        }

        int missing = 0;
        double[][] returns = new double[Math.Max(0, _closes.Count - 1)][];
        for (int t = 0; t < returns.Length; t++)
        {
            returns[t] = new double[factors.Count];
            for (int i = 0; i < factors.Count; i++)
            {
                if (_closes.Values[t].TryGetValue(factors[i], out double before)
                    && _closes.Values[t + 1].TryGetValue(factors[i], out double after))
                {
                    returns[t][i] = isRelative[i] ? (after / before) - 1 : after - before;
                }
                else
                {
                    missing++;
                }
            }
        }

        return new FactorReturns(factors, isRelative, returns, missing);
    }

    private bool IsAlwaysAboveZero(RiskFactor factor)
    {
        foreach (SortedDictionary<RiskFactor, double> closes in _closes.Values)
        {
            if (closes.TryGetValue(factor, out double price) && price <= 0)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What prices did from one date to the next.</summary>
/// <param name="Factors">The columns.</param>
/// <param name="IsRelative">By factor: part of the price; otherwise, where a price was not above zero, its change.</param>
/// <param name="Values">By date, then by factor.</param>
/// <param name="Missing">How many of them are 0 because a price is not known.</param>
public sealed record FactorReturns(
    IReadOnlyList<RiskFactor> Factors, bool[] IsRelative, double[][] Values, int Missing);
