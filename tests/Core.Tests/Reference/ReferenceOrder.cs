using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>An order from its acceptance to its death, resting or being matched.</summary>
internal sealed class ReferenceOrder
{
    public required ulong Id { get; init; }

    public required ReferenceAccount Account { get; init; }

    public required uint SessionId { get; init; }

    public required ReferenceInstrument Instrument { get; init; }

    public required Side Side { get; init; }

    public required OrderType Type { get; init; }

    public required TimeInForce TimeInForce { get; init; }

    public required PostOnly PostOnly { get; init; }

    public required SelfTradePrevention SelfTradePrevention { get; init; }

    /// <summary>Number of the command that entered it: its age for mass cancels.</summary>
    public required ulong EnteredBy { get; init; }

    /// <summary>Zero for market orders.</summary>
    public required long Price { get; set; }

    /// <summary>What was asked for, less what self-trade prevention took.</summary>
    public required long TotalLots { get; set; }

    public required long OpenLots { get; set; }

    public required ClientOrderId LastClientOrderId { get; set; }

    public bool IsAlive { get; set; } = true;

    /// <summary>Null when its instrument has none.</summary>
    public ReferencePosition? Position { get; init; }

    /// <summary>It never opens or increases its position.</summary>
    public bool Reduces { get; init; }

    /// <summary>The worst price that a collar leaves a market order; null when nothing does.</summary>
    public BigInteger? Collar { get; init; }

    /// <summary>Null when no fee schedule applies.</summary>
    public ReferenceFees? Fees { get; init; }

    public BigInteger HeldBase { get; set; }

    public BigInteger HeldQuote { get; set; }

    public long FilledLots => TotalLots - OpenLots;

    public Side Opposite => Side == Side.Buy ? Side.Sell : Side.Buy;

    /// <summary>Whether this order, as a taker, may trade at the price of <paramref name="maker"/>.</summary>
    public bool Reaches(ReferenceOrder maker) => ReferenceBook.Reaches(Side, Type, Price, maker.Price)
        && (Collar is null || (Side == Side.Buy ? maker.Price <= Collar : maker.Price >= Collar));
}
