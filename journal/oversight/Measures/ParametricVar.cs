using System;

namespace HftEngine.Oversight;

/// <summary>Value at risk and expected shortfall of normal returns with mean zero.</summary>
public readonly record struct ParametricVar(double ValueAtRisk, double ExpectedShortfall, double StandardDeviation)
{
    /// <param name="standardDeviation">Of the profit over one day.</param>
    /// <param name="confidence">For example 0.99.</param>
    /// <param name="days">The horizon: days that are independent of each other, so the deviation grows with the root.</param>
    public static ParametricVar Of(double standardDeviation, double confidence, int days = 1)
    {
        Confidence.Require(confidence);
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        double deviation = standardDeviation * Math.Sqrt(days);
        double quantile = NormalDistribution.Quantile(confidence);
        return new ParametricVar(
            quantile * deviation, deviation * NormalDistribution.Density(quantile) / (1 - confidence), deviation);
    }

    /// <param name="weights">What the portfolio wins with a return of one, by factor.</param>
    /// <param name="covariances">Of the factors' returns.</param>
    /// <param name="confidence">For example 0.99.</param>
    /// <param name="days">The horizon.</param>
    public static ParametricVar Of(
        ReadOnlySpan<double> weights, in CovarianceMatrix covariances, double confidence, int days = 1) =>
        Of(Math.Sqrt(covariances.Variance(weights)), confidence, days);
}
