using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core.Readers;

/// <summary>An order as a reader sees it: resting, or for the moment between two events of a command in flight.</summary>
public sealed class OpenOrder
{
    internal OpenOrder(ulong id, ReaderInstrument instrument)
    {
        Id = id;
        Instrument = instrument;
    }

    public ulong Id { get; }

    public ReaderInstrument Instrument { get; }

    public uint AccountId { get; internal set; }

    public uint SessionId { get; internal set; }

    public Side Side { get; internal set; }

    /// <summary>Ticks; 0 for a market order.</summary>
    public long Price { get; internal set; }

    public long OpenLots { get; internal set; }

    public long FilledLots { get; internal set; }

    /// <summary>The last name that its client gave it.</summary>
    public ClientOrderId ClientOrderId { get; internal set; }

    /// <summary>The order behind this one at the same price.</summary>
    public OpenOrder? Next { get; internal set; }

    public bool IsResting => Level is not null;

    /// <summary>A market order holds nothing from one command to the next, so readers count none for it.</summary>
    internal bool IsMarket { get; set; }

    /// <summary>Quote that it holds for fees to come.</summary>
    public long HeldForFees => Fees.Held;

    /// <summary>What it pays by; without a schedule it pays nothing.</summary>
    internal FeeRow Fees;

    internal OpenOrder? Previous { get; set; }

    internal BookLevel? Level { get; set; }
}
