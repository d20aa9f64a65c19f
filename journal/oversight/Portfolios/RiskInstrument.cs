using HftEngine.Schemas;

namespace HftEngine.Oversight;

/// <summary>What risk measures need of an instrument.</summary>
internal sealed class RiskInstrument(in InstrumentDefinedBlock definition)
{
    // Bit 0 of the flags: spot whose positions are kept beside the balances.
    private const byte KeepsPositions = 1;

    public uint Id { get; } = definition.Envelope.InstrumentId;

    public string Symbol { get; } = definition.Symbol.ToString();

    public Environment Environment { get; } = definition.Environment;

    public uint BaseCurrencyId { get; } = definition.BaseCurrencyId;

    public uint QuoteCurrencyId { get; } = definition.QuoteCurrencyId;

    public long NotionalPerTickLot { get; } = definition.NotionalPerTickLot;

    public bool IsOnMargin { get; } = definition.Kind != InstrumentKind.Spot;

    public bool HasPositions { get; } =
        definition.Kind != InstrumentKind.Spot || (definition.Flags & KeepsPositions) != 0;

    public long? Mark { get; set; }

    public long? LastPrice { get; set; }

    /// <summary>In ticks; before the first mark, and for spot, the last trade's.</summary>
    public long? Price => Mark ?? LastPrice;
}
