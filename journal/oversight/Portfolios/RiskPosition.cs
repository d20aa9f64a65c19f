using System;

namespace HftEngine.Oversight;

/// <summary>Net lots and what they cost in quote units by average price, as docs/rules.md defines both.</summary>
public readonly record struct RiskPosition(long NetLots, Int128 Cost)
{
    /// <param name="lots">Bought above zero, sold below.</param>
    /// <param name="notional">Of one lot at the price of the fill.</param>
    public RiskPosition Fill(long lots, Int128 notional)
    {
        long closed = Math.Sign(lots) == -Math.Sign(NetLots) ? Math.Min(Math.Abs(lots), Math.Abs(NetLots)) : 0;
        Int128 part = closed == 0 ? 0 : Cost * closed / Math.Abs(NetLots);
        long opened = lots - (Math.Sign(lots) * closed);
        return new RiskPosition(checked(NetLots + lots), checked(Cost - part + (opened * notional)));
    }
}
