using System;

namespace HftEngine.Oversight;

public enum RiskFactorKind
{
    /// <summary>The mark of an instrument, in ticks.</summary>
    Instrument,

    /// <summary>Units of the reference currency for one unit.</summary>
    Currency,
}

/// <summary>A price that the value of a portfolio depends on.</summary>
public readonly record struct RiskFactor(RiskFactorKind Kind, uint Id) : IComparable<RiskFactor>
{
    public int CompareTo(RiskFactor other)
    {
        int byKind = Kind.CompareTo(other.Kind);
        return byKind != 0 ? byKind : Id.CompareTo(other.Id);
    }
}
