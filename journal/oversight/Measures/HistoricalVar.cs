using System;

namespace HftEngine.Oversight;

/// <summary>Value at risk and expected shortfall by historical simulation; losses are above zero.</summary>
/// <param name="ValueAtRisk">
/// The k-th largest loss, k = scenarios × (1 − confidence) rounded to the next lower whole number, at least 1.
/// </param>
/// <param name="ExpectedShortfall">
/// The mean of the losses that are larger than that: the k − 1 before it. The largest loss itself where k is 1.
/// </param>
/// <param name="Scenarios">0: there is no history, and both measures say nothing.</param>
public readonly record struct HistoricalVar(double ValueAtRisk, double ExpectedShortfall, int Scenarios)
{
    // 500 × (1 − 0.99) is a hair below 5 in binary fractions.
    private const double WholeNumberTolerance = 1e-9;

    /// <summary>Profits of the scenarios, losses below zero, in any order.</summary>
    public static HistoricalVar Of(ReadOnlySpan<double> profits, double confidence)
    {
        Confidence.Require(confidence);
        if (profits.IsEmpty)
        {
            return default;
        }

        double[] sorted = profits.ToArray();
        Array.Sort(sorted);
        int rank = Math.Max(1, (int)((sorted.Length * (1 - confidence)) + WholeNumberTolerance));
        double beyond = 0;
        for (int i = 0; i < rank - 1; i++)
        {
            beyond -= sorted[i];
        }

        double valueAtRisk = 0 - sorted[rank - 1];
        double shortfall = rank == 1 ? valueAtRisk : beyond / (rank - 1);
        return new HistoricalVar(valueAtRisk, shortfall, sorted.Length);
    }
}

/// <summary>The part of the days on which the loss stays within the value at risk.</summary>
internal static class Confidence
{
    public static void Require(double confidence)
    {
        if (!(confidence > 0.5 && confidence < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "between 0.5 and 1");
        }
    }
}
