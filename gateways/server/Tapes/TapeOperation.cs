using HftEngine.Schemas;

namespace HftEngine.Server.Tapes;

/// <summary>What one record of a tape does to a book, whatever format it came in.</summary>
internal enum TapeAction : byte
{
    /// <summary>Nothing: a clock, a directory entry, an auction's imbalance.</summary>
    None,

    /// <summary>A limit order that rests when it does not trade.</summary>
    Add,

    /// <summary>A limit order whose remainder is cancelled.</summary>
    ImmediateOrCancel,

    /// <summary>The order leaves the book.</summary>
    Delete,

    /// <summary><see cref="TapeOperation.Quantity"/> lots leave the order, which keeps its place.</summary>
    Reduce,

    /// <summary><see cref="TapeOperation.Quantity"/> lots of the resting order traded.</summary>
    Execute,

    /// <summary>An order that the book does not show traded.</summary>
    ExecuteHidden,

    /// <summary>
    /// The order leaves and <see cref="TapeOperation.NewId"/> enters with a new price and quantity.
    /// </summary>
    Replace,

    /// <summary>An auction trade.</summary>
    Cross,

    /// <summary>The venue stopped or resumed trading.</summary>
    TradingStatus,

    /// <summary>The record names an order that is no longer there.</summary>
    DeadReference,

    /// <summary>The record names an order that the tape never added.</summary>
    UnknownReference,
}

/// <summary>
/// One record of a tape in the tape's own units: prices in its smallest step, quantities in its lots.
/// </summary>
internal struct TapeOperation
{
    /// <summary>The record names an order and leaves it at that.</summary>
    public const int NoSymbol = -1;

    public TapeAction Action;
    public Side Side;

    /// <summary>Index into <see cref="TapeReader.Symbols"/>, or <see cref="NoSymbol"/>.</summary>
    public int Symbol;

    /// <summary>Account 1 … 1000 where the tape names one, else 0.</summary>
    public uint Owner;

    public ulong Id;

    /// <summary>
    /// The entering order of <see cref="TapeAction.Replace"/>; of an execution the aggressor, 0 where the
    /// tape keeps it back.
    /// </summary>
    public ulong NewId;

    public long Quantity;
    public long Price;

    /// <summary>0-based index of the record in the tape.</summary>
    public long Record;

    /// <summary>The tape marks this record as filling the book before measuring begins.</summary>
    public bool WarmUp;

    /// <summary>The last operation that this record makes; a book is written after it.</summary>
    public bool EndsRecord;
}

internal enum TapeRead
{
    Operation,

    /// <summary>
    /// The record makes no sense; <see cref="TapeReader.Fault"/> says why. Reading may go on behind it.
    /// </summary>
    Bad,
    End,
}
