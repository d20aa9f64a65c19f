using System;
using System.Collections.Generic;

namespace HftEngine.Oversight;

/// <summary>How unevenly a whole is shared out.</summary>
/// <param name="Herfindahl">Sum of the squared shares: 1 / n for n equal ones, 1 for a single one, 0 for none.</param>
/// <param name="LargestShare">From 0 to 1.</param>
/// <param name="LargestId">Who has it; the lowest id of several. 0 for none.</param>
public readonly record struct Concentration(double Herfindahl, double LargestShare, uint LargestId)
{
    /// <summary>Parts by rising id; their sizes are not below zero.</summary>
    public static Concentration Of(IReadOnlyCollection<KeyValuePair<uint, double>> parts)
    {
        double whole = 0;
        foreach ((uint _, double size) in parts)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size);
            whole += size;
        }

        if (whole == 0)
        {
            return default;
        }

        double herfindahl = 0;
        double largest = 0;
        uint largestId = 0;
        foreach ((uint id, double size) in parts)
        {
            double share = size / whole;
            herfindahl += share * share;
            if (share > largest)
            {
                (largest, largestId) = (share, id);
            }
        }

        return new Concentration(herfindahl, largest, largestId);
    }
}
