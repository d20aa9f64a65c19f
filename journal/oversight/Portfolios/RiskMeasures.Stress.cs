using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Oversight;

/// <summary>What named scenarios would cost.</summary>
public sealed partial class RiskMeasures
{
    /// <summary>
    /// Profit of each account of the environment, losses below zero, everything valued anew at the moved prices. An
    /// instrument's shock moves its mark; spot holdings move with their currency.
    /// </summary>
    /// <exception cref="StressFileException">The scenario names what is not defined, or the reference currency.</exception>
    public SortedDictionary<uint, double> Stress(Environment environment, StressScenario scenario)
    {
        SortedDictionary<RiskFactor, int> shocks = ShocksOf(environment, scenario);
        SortedDictionary<uint, double> profits = [];
        foreach (uint accountId in AccountsOf(environment))
        {
            Portfolio portfolio = PortfolioOf(RiskScope.Account(environment, accountId));
            profits[accountId] = portfolio.ProfitAt(
                factor => StressScenario.Move(portfolio.PriceOf(factor), shocks.GetValueOrDefault(factor)));
        }

        return profits;
    }

    private SortedDictionary<RiskFactor, int> ShocksOf(Environment environment, StressScenario scenario)
    {
        SortedDictionary<RiskFactor, int> shocks = [];
        IEnumerable<(RiskFactor, string)> instruments = _instruments.Values.Where(i => i.Environment == environment)
            .Select(i => (new RiskFactor(RiskFactorKind.Instrument, i.Id), i.Symbol));
        IEnumerable<(RiskFactor, string)> currencies = _currencies.Where(c => c.Key != _referenceCurrencyId)
            .Select(c => (new RiskFactor(RiskFactorKind.Currency, c.Key), c.Value.Code));
        AddShocks(shocks, scenario, scenario.Instruments, instruments);
        AddShocks(shocks, scenario, scenario.Currencies, currencies);
        return shocks;
    }

    private static void AddShocks(
        SortedDictionary<RiskFactor, int> shocks,
        StressScenario scenario,
        IReadOnlyDictionary<string, int> named,
        IEnumerable<(RiskFactor Factor, string Name)> known)
    {
        HashSet<string> left = [.. named.Keys.Where(name => name != StressScenario.Others)];
        foreach ((RiskFactor factor, string name) in known)
        {
            left.Remove(name);
            if (named.TryGetValue(name, out int shock) || named.TryGetValue(StressScenario.Others, out shock))
            {
                shocks[factor] = shock;
            }
        }

        if (left.Count > 0)
        {
            throw new StressFileException(
                $"scenario \"{scenario.Name}\" moves what has no price here: {string.Join(", ", left.Order())}");
        }
    }
}
