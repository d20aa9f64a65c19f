using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

internal enum RequestAction : byte
{
    New,
    ImmediateOrCancel,
    Cancel,

    /// <summary>Sets the order's total quantity.</summary>
    Amend,
}

/// <summary>
/// One command that a tape makes, not yet in the form of any of the three ways to replay it.
/// </summary>
internal struct ReplayRequest
{
    public RequestAction Action;
    public Side Side;

    /// <summary>The command fills the book before measuring begins.</summary>
    public bool WarmUp;

    public int Symbol;
    public uint Account;

    /// <summary>The order, by the tape's id.</summary>
    public ulong Id;

    /// <summary>
    /// The record that entered the order once more under the same id, else 0: it makes the client order id
    /// unique.
    /// </summary>
    public long Entry;

    /// <summary>
    /// By which the trades tape names an entering order; differs from <see cref="Id"/> for executions.
    /// </summary>
    public ulong TapeId;

    public long Quantity;

    /// <summary>Amendments: the lots that went; <see cref="Quantity"/> is the total that stays.</summary>
    public long ReducedLots;
    public long Price;

    /// <summary>0-based index of the record.</summary>
    public long Record;

    /// <summary>
    /// The order that the venue executed, for an order that stands for an execution; else 0.
    /// </summary>
    public ulong ExpectedMaker;

    /// <summary>
    /// Stands for an execution: <see cref="Id"/> is unused and the client order id is made from the record.
    /// </summary>
    public bool IsExecution;
}

/// <summary>What a tape had in it and what was made of it.</summary>
internal sealed class TapeCounts
{
    public long Records;
    public long WarmUpRecords;
    public long BadRecords;
    public long Requests;
    public long TimedRequests;

    /// <summary>Executions of orders that the tape shows.</summary>
    public long Executions;
    public long HiddenExecutions;

    /// <summary>References to orders that the tape never added: opened before it began.</summary>
    public long UnknownOrders;

    /// <summary>References to orders that were gone already.</summary>
    public long DeadOrders;

    /// <summary>Cancels of more than was left; the order left the book.</summary>
    public long ExcessCancels;

    /// <summary>Executions of more than was left; what was left was executed.</summary>
    public long ExcessExecutions;
    public long CrossTrades;
    public long StatusChanges;

    /// <summary>Records that concern no order.</summary>
    public long OtherRecords;
}
