using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace HftEngine.Oversight.Tests;

/// <summary>The mathematics, against examples that others have published.</summary>
internal sealed class MeasureTests
{
    /// <summary>Hull, Options, Futures and Other Derivatives: historical simulation, 500 scenarios, the worst losses in $000.</summary>
    private static readonly double[] HullsWorstLosses = [477.841, 345.435, 282.204, 277.041, 253.385, 217.974, 205.256];

    [Test]
    public void Hull_the_99_percent_value_at_risk_of_500_scenarios_is_the_fifth_worst_loss()
    {
        // The chapter on value at risk: a portfolio of four indices worth 10 million; scenarios that lose less do not matter.
        double[] profits = [.. Enumerable.Range(0, 493).Select(i => (double)i), .. HullsWorstLosses.Select(l => -l)];
        HistoricalVar measured = HistoricalVar.Of(profits, 0.99);
        Assert.That(measured.ValueAtRisk, Is.EqualTo(253.385));
        Assert.That(measured.ExpectedShortfall, Is.EqualTo(345.630).Within(0.0005));
        Assert.That(measured.Scenarios, Is.EqualTo(500));
    }

    [Test]
    public void Hull_two_stocks_of_correlation_0_3_have_less_value_at_risk_than_each_alone()
    {
        // The chapter on value at risk, model-building: 10 million Microsoft at 2% a day, 5 million AT&T at 1%.
        double covariance = 0.3 * 0.02 * 0.01;
        CovarianceMatrix covariances = CovarianceMatrix.Of(new[,] { { 0.0004, covariance }, { covariance, 0.0001 } });
        ParametricVar both = ParametricVar.Of([10_000_000, 5_000_000], covariances, 0.99);
        Assert.That(both.StandardDeviation, Is.EqualTo(220_227).Within(1));
        Assert.That(both.ValueAtRisk, Is.EqualTo(2.326 * 220_227).Within(100));
        Assert.That(ParametricVar.Of([10_000_000, 0], covariances, 0.99).ValueAtRisk, Is.EqualTo(465_300).Within(100));
        Assert.That(ParametricVar.Of([0, 5_000_000], covariances, 0.99).ValueAtRisk, Is.EqualTo(116_300).Within(50));
        ParametricVar tenDays = ParametricVar.Of([10_000_000, 5_000_000], covariances, 0.99, days: 10);
        Assert.That(tenDays.ValueAtRisk, Is.EqualTo(both.ValueAtRisk * Math.Sqrt(10)).Within(0.01));
    }

    [Test]
    public void Hull_exponential_weights_of_0_9_move_one_percent_volatility_to_1_14_percent()
    {
        // The chapter on estimating volatilities: a day of 2% after an estimate of 1%.
        CovarianceMatrix next = CovarianceMatrix.Of(new[,] { { 0.0001 } }).Next([0.02], 0.9);
        Assert.That(next[0, 0], Is.EqualTo(0.00013).Within(1e-12));
        Assert.That(Math.Sqrt(next[0, 0]), Is.EqualTo(0.0114).Within(0.00005));
    }

    [Test]
    public void Hull_exponential_weights_of_0_95_move_a_correlation_of_0_6_to_0_6044()
    {
        // The same chapter, on correlations: volatilities 1% and 2%, then returns of 0.5% and 2.5%.
        CovarianceMatrix before = CovarianceMatrix.Of(new[,] { { 0.0001, 0.00012 }, { 0.00012, 0.0004 } });
        CovarianceMatrix next = before.Next([0.005, 0.025], 0.95);
        Assert.That(next[0, 0], Is.EqualTo(0.00009625).Within(1e-12));
        Assert.That(next[1, 1], Is.EqualTo(0.00041125).Within(1e-12));
        Assert.That(next[0, 1], Is.EqualTo(0.00012025).Within(1e-12));
        Assert.That(next[0, 1] / Math.Sqrt(next[0, 0] * next[1, 1]), Is.EqualTo(0.6044).Within(0.00005));
    }

    [Test]
    public void Jorion_twenty_exceptions_in_252_days_at_95_percent_have_a_likelihood_ratio_of_3_91()
    {
        // Jorion, Value at Risk, chapter on back-testing: J.P. Morgan's exceptions of 1998. Critical at 5%: 3.84.
        KupiecTest test = KupiecTest.Of(20, 252, 0.95);
        Assert.That(test.LikelihoodRatio, Is.EqualTo(3.91).Within(0.005));
        Assert.That(test.PValue, Is.LessThan(0.05).And.GreaterThan(0.04));
    }

    [TestCase(3.841459, 0.05)]
    [TestCase(6.634897, 0.01)]
    [TestCase(2.705543, 0.10)]
    public void Chi_squared_tables_give_the_p_values_of_one_degree_of_freedom(double ratio, double probability) =>
        Assert.That(NormalDistribution.ErrorComplement(Math.Sqrt(ratio / 2)), Is.EqualTo(probability).Within(1e-6));

    /// <summary>Basel Committee on Banking Supervision, January 1996, Supervisory framework for backtesting, table 2.</summary>
    [TestCase(0, 8.11, TrafficLightZone.Green)]
    [TestCase(1, 28.58, TrafficLightZone.Green)]
    [TestCase(2, 54.32, TrafficLightZone.Green)]
    [TestCase(3, 75.81, TrafficLightZone.Green)]
    [TestCase(4, 89.22, TrafficLightZone.Green)]
    [TestCase(5, 95.88, TrafficLightZone.Yellow)]
    [TestCase(6, 98.63, TrafficLightZone.Yellow)]
    [TestCase(7, 99.60, TrafficLightZone.Yellow)]
    [TestCase(8, 99.89, TrafficLightZone.Yellow)]
    [TestCase(9, 99.97, TrafficLightZone.Yellow)]
    [TestCase(10, 99.99, TrafficLightZone.Red)]
    public void Basel_250_days_at_99_percent_have_these_zones(int exceptions, double percent, TrafficLightZone zone)
    {
        TrafficLight light = TrafficLight.Of(exceptions, 250, 0.99);
        Assert.That(light.Zone, Is.EqualTo(zone));
        Assert.That(100 * light.CumulativeProbability, Is.EqualTo(percent).Within(0.0051));
    }

    [Test]
    public void United_States_merger_guidelines_shares_of_30_30_20_20_have_an_index_of_2600()
    {
        // Department of Justice, Herfindahl-Hirschman Index; shares there are percent, so the index is 10,000 times ours.
        Concentration market = Concentration.Of(Parts(30, 30, 20, 20));
        Assert.That(10_000 * market.Herfindahl, Is.EqualTo(2600).Within(1e-9));
        Assert.That(market.LargestShare, Is.EqualTo(0.3).Within(1e-12));
        Assert.That(market.LargestId, Is.EqualTo(1));
    }

    /// <summary>Abramowitz and Stegun, Handbook of Mathematical Functions, tables 7.1, 26.1 and 26.5.</summary>
    [Test]
    public void Abramowitz_and_stegun_the_normal_distribution()
    {
        Assert.That(1 - NormalDistribution.ErrorComplement(0.5), Is.EqualTo(0.5204998778).Within(1e-10));
        Assert.That(1 - NormalDistribution.ErrorComplement(1), Is.EqualTo(0.8427007929).Within(1e-10));
        Assert.That(NormalDistribution.ErrorComplement(-1), Is.EqualTo(1.8427007929).Within(1e-10));
        Assert.That(NormalDistribution.ErrorComplement(2), Is.EqualTo(0.0046777350).Within(1e-10));
        Assert.That(NormalDistribution.ErrorComplement(3), Is.EqualTo(0.00002209050).Within(1e-11));
        Assert.That(NormalDistribution.Cumulative(1), Is.EqualTo(0.8413447461).Within(1e-10));
        Assert.That(NormalDistribution.Quantile(0.95), Is.EqualTo(1.6448536270).Within(1e-9));
        Assert.That(NormalDistribution.Quantile(0.99), Is.EqualTo(2.3263478740).Within(1e-9));
        Assert.That(NormalDistribution.Quantile(0.01), Is.EqualTo(-2.3263478740).Within(1e-9));
        Assert.That(NormalDistribution.Density(0), Is.EqualTo(0.3989422804).Within(1e-10));
    }

    [Test]
    public void Normal_expected_shortfall_is_the_density_over_the_tail()
    {
        // McNeil, Frey, Embrechts, Quantitative Risk Management, example 2.14: sigma × density(quantile) / (1 − confidence).
        ParametricVar measured = ParametricVar.Of(1, 0.99);
        Assert.That(measured.ExpectedShortfall, Is.EqualTo(2.6652).Within(0.0001));
    }

    [Test]
    public void Series_and_fraction_of_the_error_function_meet() =>
        Assert.That(
            NormalDistribution.ErrorComplement(2 - 1e-13) - NormalDistribution.ErrorComplement(2),
            Is.EqualTo(0).Within(1e-14));

    [Test]
    public void Sample_covariance_divides_by_one_less_than_the_observations()
    {
        CovarianceMatrix sample = CovarianceMatrix.Sample([[1, 2], [2, 4], [3, 6]], 2);
        Assert.That((sample[0, 0], sample[0, 1], sample[1, 1]), Is.EqualTo((1.0, 2.0, 4.0)));
        Assert.That(sample.Variance([2, -1]), Is.Zero, "a perfect hedge");
    }

    [Test]
    public void Without_history_nothing_is_measured_and_nothing_is_rejected()
    {
        Assert.That(HistoricalVar.Of([], 0.99), Is.EqualTo(default(HistoricalVar)));
        Assert.That(CovarianceMatrix.Sample([], 1)[0, 0], Is.Zero);
        Assert.That(CovarianceMatrix.Ewma([], 1, 0.94)[0, 0], Is.Zero);
        BackTest test = BackTest.Of([], 250, 0.99, _ => throw new InvalidOperationException("nothing to forecast"));
        Assert.That((test.Observations, test.Exceptions), Is.EqualTo((0, 0)));
        Assert.That((test.Coverage.LikelihoodRatio, test.Coverage.PValue), Is.EqualTo((0.0, 1.0)));
        Assert.That(test.Light.Zone, Is.EqualTo(TrafficLightZone.Green));
        Assert.That(Concentration.Of(Parts()), Is.EqualTo(default(Concentration)));
    }

    [Test]
    public void One_scenario_is_its_own_worst()
    {
        HistoricalVar measured = HistoricalVar.Of([-7], 0.99);
        Assert.That((measured.ValueAtRisk, measured.ExpectedShortfall), Is.EqualTo((7.0, 7.0)));
        Assert.That(Concentration.Of(Parts(5)), Is.EqualTo(new Concentration(1, 1, 1)));
    }

    [Test]
    public void Zero_variance_has_no_value_at_risk()
    {
        CovarianceMatrix sample = CovarianceMatrix.Sample([[0.01], [0.01], [0.01]], 1);
        Assert.That(ParametricVar.Of([1000], sample, 0.99).ValueAtRisk, Is.Zero);
    }

    [Test]
    public void No_exception_and_nothing_but_exceptions_have_a_finite_likelihood_ratio()
    {
        Assert.That(KupiecTest.Of(0, 250, 0.99).LikelihoodRatio, Is.EqualTo(-500 * Math.Log(0.99)).Within(1e-9));
        Assert.That(KupiecTest.Of(250, 250, 0.99).LikelihoodRatio, Is.EqualTo(-500 * Math.Log(0.01)).Within(1e-6));
        Assert.That(KupiecTest.Of(250, 250, 0.99).PValue, Is.Zero.Within(1e-100));
        Assert.That(TrafficLight.Of(250, 250, 0.99).CumulativeProbability, Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void A_forecast_sees_the_days_before_its_own_and_counts_only_larger_losses()
    {
        List<double[]> seen = [];
        BackTest test = BackTest.Of([-1, 2, -3, -2, -4], 2, 0.95, past =>
        {
            seen.Add(past.ToArray());
            return 2;
        });
        Assert.That(seen, Is.EqualTo(new double[][] { [-1, 2], [2, -3], [-3, -2] }));
        Assert.That((test.Observations, test.Exceptions), Is.EqualTo((3, 2)), "a loss of just the forecast is none");
    }

    private static KeyValuePair<uint, double>[] Parts(params double[] sizes) =>
        sizes.Select((size, i) => new KeyValuePair<uint, double>((uint)i + 1, size)).ToArray();
}
