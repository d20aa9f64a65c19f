using System;

namespace HftEngine.Oversight;

/// <summary>Covariances of the returns of risk factors.</summary>
public readonly struct CovarianceMatrix
{
    private readonly double[,] _values;

    private CovarianceMatrix(double[,] values) => _values = values;

    public int Factors => _values.GetLength(0);

    public double this[int row, int column] => _values[row, column];

    /// <summary>All observations count alike; about their mean, divided by one less than their number.</summary>
    /// <param name="returns">By observation, then by factor. Fewer than two observations: all zeros.</param>
    /// <param name="factors">How many factors each observation has.</param>
    public static CovarianceMatrix Sample(ReadOnlySpan<double[]> returns, int factors)
    {
        double[,] values = new double[factors, factors];
        if (returns.Length < 2)
        {
            return new CovarianceMatrix(values);
        }

        double[] means = new double[factors];
        foreach (double[] observation in returns)
        {
            for (int i = 0; i < factors; i++)
            {
                means[i] += observation[i] / returns.Length;
            }
        }

        foreach (double[] observation in returns)
        {
            for (int i = 0; i < factors; i++)
            {
                for (int j = 0; j < factors; j++)
                {
                    values[i, j] += (observation[i] - means[i]) * (observation[j] - means[j]) / (returns.Length - 1);
                }
            }
        }

        return new CovarianceMatrix(values);
    }

    /// <summary>
    /// Exponentially weighted: each observation, the oldest first, moves the estimate by
    /// <see cref="Next"/>; it begins at the covariances of the first observation.
    /// </summary>
    public static CovarianceMatrix Ewma(ReadOnlySpan<double[]> returns, int factors, double lambda)
    {
        CovarianceMatrix estimate = new(new double[factors, factors]);
        for (int t = 0; t < returns.Length; t++)
        {
            estimate = estimate.Next(returns[t], t == 0 ? 0 : lambda);
        }

        return estimate;
    }

    /// <summary>Given, for instance from elsewhere; symmetric.</summary>
    public static CovarianceMatrix Of(double[,] values)
    {
        if (values.GetLength(0) != values.GetLength(1))
        {
            throw new ArgumentException("a covariance matrix is square", nameof(values));
        }

        return new CovarianceMatrix((double[,])values.Clone());
    }

    /// <summary>λ × this + (1 − λ) × the products of the newest returns.</summary>
    public CovarianceMatrix Next(ReadOnlySpan<double> returns, double lambda)
    {
        if (!(lambda >= 0 && lambda < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "from 0 to below 1");
        }

        double[,] next = new double[Factors, Factors];
        for (int i = 0; i < Factors; i++)
        {
            for (int j = 0; j < Factors; j++)
            {
                next[i, j] = (lambda * _values[i, j]) + ((1 - lambda) * returns[i] * returns[j]);
            }
        }

        return new CovarianceMatrix(next);
    }

    /// <summary>Variance of the sum of weights × returns; never below zero.</summary>
    public double Variance(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        for (int i = 0; i < Factors; i++)
        {
            for (int j = 0; j < Factors; j++)
            {
                sum += weights[i] * weights[j] * _values[i, j];
            }
        }

        // Perfect hedges leave a rounding error of either sign.
        return Math.Max(0, sum);
    }
}
