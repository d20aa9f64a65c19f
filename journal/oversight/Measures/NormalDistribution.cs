using System;

namespace HftEngine.Oversight;

/// <summary>The standard normal distribution, to about fourteen digits.</summary>
public static class NormalDistribution
{
    // Below it the series of the error function converges fast, above it the continued fraction does.
    private const double SeriesLimit = 2;
    private const int MaxTerms = 400;
    private const double Tiny = 1e-17;

    public static double Density(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    public static double Cumulative(double x) => 0.5 * ErrorComplement(-x / Math.Sqrt(2));

    /// <summary>The x whose <see cref="Cumulative"/> is the probability.</summary>
    public static double Quantile(double probability)
    {
        if (!(probability > 0 && probability < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "between 0 and 1");
        }

        // Halving is slow and cannot fail; a report asks a handful of times.
        double low = -40;
        double high = 40;
        while (true)
        {
            double middle = (low + high) / 2;
            if (middle == low || middle == high)
            {
                return middle;
            }

            if (Cumulative(middle) < probability)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }
    }

    /// <summary>1 − erf(x).</summary>
    public static double ErrorComplement(double x)
    {
        if (x < 0)
        {
            return 2 - ErrorComplement(-x);
        }

        return x < SeriesLimit ? 1 - Series(x) : Fraction(x);
    }

    /// <summary>erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms are above zero.</summary>
    private static double Series(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; n < MaxTerms && term > Tiny * sum; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>erfc(x) = e^(−x²)/√π · 1/(x + (1/2)/(x + (2/2)/(x + …))), from the innermost part outwards.</summary>
    private static double Fraction(double x)
    {
        double part = x;
        for (int n = MaxTerms; n >= 1; n--)
        {
            part = x + (n / 2.0 / part);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * part);
    }
}
