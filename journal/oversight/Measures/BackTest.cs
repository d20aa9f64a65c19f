using System;

namespace HftEngine.Oversight;

/// <summary>Says a value at risk for the next day from the profits of the days before it.</summary>
public delegate double VarForecast(ReadOnlySpan<double> profits);

/// <summary>How often the losses were larger than the value at risk that was forecast for their day.</summary>
/// <param name="Observations">Days with a forecast: those with a whole window before them.</param>
public readonly record struct BackTest(int Observations, int Exceptions, KupiecTest Coverage, TrafficLight Light)
{
    /// <param name="profits">Day by day, the oldest first; losses are below zero.</param>
    /// <param name="window">How many days before its own a forecast is made from.</param>
    /// <param name="confidence">What the forecast promises.</param>
    /// <param name="forecast">Sees the window only, never its own day.</param>
    public static BackTest Of(ReadOnlySpan<double> profits, int window, double confidence, VarForecast forecast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        int exceptions = 0;
        for (int day = window; day < profits.Length; day++)
        {
            exceptions += -profits[day] > forecast(profits.Slice(day - window, window)) ? 1 : 0;
        }

        int observations = Math.Max(0, profits.Length - window);
        return new BackTest(
            observations,
            exceptions,
            KupiecTest.Of(exceptions, observations, confidence),
            TrafficLight.Of(exceptions, observations, confidence));
    }
}
