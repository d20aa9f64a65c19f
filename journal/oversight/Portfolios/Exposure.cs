using System;

namespace HftEngine.Oversight;

/// <summary>What is at stake, in units of the reference currency; neither side is below zero.</summary>
public readonly record struct Exposure(double Long, double Short)
{
    public double Net => Long - Short;

    public double Gross => Long + Short;

    /// <summary>Long above zero, short below.</summary>
    public static Exposure Of(double signed) => new(Math.Max(0, signed), Math.Max(0, -signed));

    public static Exposure operator +(Exposure left, Exposure right) =>
        new(left.Long + right.Long, left.Short + right.Short);
}
