using System;

namespace HftEngine.Oversight;

public enum TrafficLightZone
{
    Green,
    Yellow,
    Red,
}

/// <summary>The Basel Committee's zones, by how probable so few exceptions are when the model is right.</summary>
/// <param name="CumulativeProbability">Of this many exceptions or fewer.</param>
public readonly record struct TrafficLight(TrafficLightZone Zone, double CumulativeProbability)
{
    private const double YellowFrom = 0.95;
    private const double RedFrom = 0.9999;

    public static TrafficLight Of(int exceptions, int observations, double confidence)
    {
        Confidence.Require(confidence);
        ArgumentOutOfRangeException.ThrowIfNegative(exceptions);
        ArgumentOutOfRangeException.ThrowIfLessThan(observations, exceptions);
        if (observations == 0)
        {
            return default;
        }

        // In logarithms: the probability of no exception underflows for long histories.
        double logTerm = observations * Math.Log(confidence);
        double logOdds = Math.Log((1 - confidence) / confidence);
        double sum = Math.Exp(logTerm);
        for (int k = 1; k <= exceptions; k++)
        {
            logTerm += Math.Log((double)(observations - k + 1) / k) + logOdds;
            sum += Math.Exp(logTerm);
        }

        TrafficLightZone zone = sum < YellowFrom || exceptions == 0 ? TrafficLightZone.Green
            : sum < RedFrom ? TrafficLightZone.Yellow
            : TrafficLightZone.Red;
        return new TrafficLight(zone, Math.Min(1, sum));
    }
}
