using System;

namespace HftEngine.Oversight;

/// <summary>
/// Kupiec's likelihood-ratio test of unconditional coverage (proportion of failures): are there as many exceptions as
/// the confidence promises?
/// </summary>
/// <param name="LikelihoodRatio">Chi-squared with one degree of freedom when the promise holds.</param>
/// <param name="PValue">Probability of a ratio at least as large; a small one speaks against the model.</param>
public readonly record struct KupiecTest(double LikelihoodRatio, double PValue)
{
    public static KupiecTest Of(int exceptions, int observations, double confidence)
    {
        Confidence.Require(confidence);
        ArgumentOutOfRangeException.ThrowIfNegative(exceptions);
        ArgumentOutOfRangeException.ThrowIfLessThan(observations, exceptions);
        if (observations == 0)
        {
            return new KupiecTest(0, 1);
        }

        double promised = LogLikelihood(exceptions, observations, 1 - confidence);
        double found = LogLikelihood(exceptions, observations, (double)exceptions / observations);
        double ratio = Math.Max(0, 2 * (found - promised));

        // A chi-squared variable of one degree of freedom is the square of a normal one.
        return new KupiecTest(ratio, NormalDistribution.ErrorComplement(Math.Sqrt(ratio / 2)));
    }

    private static double LogLikelihood(int exceptions, int observations, double rate) =>
        Part(exceptions, rate) + Part(observations - exceptions, 1 - rate);

    /// <summary>0 × log 0 is 0 here: what never happened has no part in the product.</summary>
    private static double Part(int count, double rate) => count == 0 ? 0 : count * Math.Log(rate);
}
