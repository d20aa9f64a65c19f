using System;
using System.Collections.Generic;
using HftEngine.Schemas;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Oversight;

/// <summary>An account and its positions, as far as the events have told.</summary>
internal sealed class RiskAccount(uint id, uint firmId, Environment environment, PositionMode mode)
{
    public uint Id => id;

    public uint FirmId => firmId;

    public Environment Environment => environment;

    public bool IsHedging => mode == PositionMode.Hedging;

    /// <summary>By instrument; of a hedging account the long one stands before the short one.</summary>
    public SortedDictionary<(uint InstrumentId, bool IsShortLeg), RiskPosition> Positions { get; } = [];

    public void Fill(uint instrumentId, bool isShortLeg, long lots, Int128 notional)
    {
        RiskPosition position = Positions.GetValueOrDefault((instrumentId, isShortLeg));
        Positions[(instrumentId, isShortLeg)] = position.Fill(lots, notional);
    }
}
