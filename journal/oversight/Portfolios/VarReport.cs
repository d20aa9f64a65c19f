using System;
using System.Collections.Generic;

namespace HftEngine.Oversight;

/// <summary>How value at risk is computed.</summary>
/// <param name="Window">How many of the last returns count, and how many each forecast of the back-test sees.</param>
/// <param name="Confidence">Part of the days on which the loss stays within it.</param>
/// <param name="Days">Horizon; the measures of one day grow with its root.</param>
/// <param name="Lambda">Decay of exponentially weighted covariances; null: all returns of the window count alike.</param>
public sealed record VarOptions(int Window = 250, double Confidence = 0.99, int Days = 1, double? Lambda = null);

/// <summary>
/// Value at risk by both methods, and how they would have done for this portfolio over all the history that there is.
/// </summary>
/// <param name="MissingReturns">Returns that count as 0 because a price was not known.</param>
public sealed record VarReport(
    HistoricalVar Historical,
    ParametricVar Parametric,
    BackTest HistoricalBackTest,
    BackTest ParametricBackTest,
    int MissingReturns)
{
    public static VarReport Of(Portfolio portfolio, PriceHistory history, VarOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Days, 1);
        FactorReturns returns = history.Returns(new List<RiskFactor>(portfolio.Factors));
        double[] profits = new double[returns.Values.Length];
        for (int date = 0; date < profits.Length; date++)
        {
            profits[date] = portfolio.ProfitOf(returns, date);
        }

        int from = Math.Max(0, profits.Length - options.Window);
        HistoricalVar oneDay = HistoricalVar.Of(profits.AsSpan(from), options.Confidence);
        double root = Math.Sqrt(options.Days);
        CovarianceMatrix covariances = Covariances(returns.Values.AsSpan(from), returns.Factors.Count, options.Lambda);
        return new VarReport(
            oneDay with
            {
                ValueAtRisk = oneDay.ValueAtRisk * root,
                ExpectedShortfall = oneDay.ExpectedShortfall * root,
            },
            ParametricVar.Of(portfolio.WeightsOf(returns), covariances, options.Confidence, options.Days),
            BackTest.Of(
                profits,
                options.Window,
                options.Confidence,
                past => HistoricalVar.Of(past, options.Confidence).ValueAtRisk),
            BackTest.Of(profits, options.Window, options.Confidence, past => OfProfits(past, options)),
            returns.Missing);
    }

    /// <summary>The portfolio as one factor: the variance of its profits is that of the weighted factors.</summary>
    private static double OfProfits(ReadOnlySpan<double> profits, VarOptions options)
    {
        double[][] returns = new double[profits.Length][];
        for (int i = 0; i < returns.Length; i++)
        {
            returns[i] = [profits[i]];
        }

        return ParametricVar.Of([1], Covariances(returns, 1, options.Lambda), options.Confidence).ValueAtRisk;
    }

    private static CovarianceMatrix Covariances(ReadOnlySpan<double[]> returns, int factors, double? lambda) =>
        lambda is double decay
            ? CovarianceMatrix.Ewma(returns, factors, decay)
            : CovarianceMatrix.Sample(returns, factors);
}
