using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>An instrument's definition and its book, as far as the events have told.</summary>
public sealed class ReaderInstrument
{
    internal ReaderInstrument(in InstrumentDefinedBlock definition)
    {
        Definition = definition;
        Status = definition.Status;
    }

    /// <summary>As it was told; its envelope names the instrument.</summary>
    public InstrumentDefinedBlock Definition { get; }

    public uint Id => Definition.Envelope.InstrumentId;

    /// <summary>Orders hold no funds and trades move none.</summary>
    public bool IsOnMargin => Definition.Kind != InstrumentKind.Spot;

    public TradingStatus Status { get; internal set; }

    /// <summary>Number of the last change of the book.</summary>
    public ulong Sequence { get; internal set; }

    public ulong LastTradeId { get; internal set; }

    public BookSide Bids { get; } = new(Side.Buy);

    public BookSide Asks { get; } = new(Side.Sell);

    public BookSide Of(Side side) => side == Side.Buy ? Bids : Asks;

    /// <summary>Quote units; exact, and within 64 bits for every order that the engine accepts.</summary>
    internal long Notional(long price, long lots) => checked(price * lots * Definition.NotionalPerTickLot);

    internal long Base(long lots) => checked(lots * Definition.BasePerLot);
}
