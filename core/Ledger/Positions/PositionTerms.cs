using System.Runtime.InteropServices;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>What an instrument says about its positions: one cache line.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct PositionTerms
{
    /// <summary>
    /// How many lots a position can have at most, each of them at the worst price of the static band: no product and no
    /// sum over a position can leave 64 bits then.
    /// </summary>
    [FieldOffset(0)]
    public long MaxLots;

    /// <summary>When a future ends; 0 = never.</summary>
    [FieldOffset(8)]
    public long ExpiryNs;

    /// <summary>The youngest of its positions; 0 = none.</summary>
    [FieldOffset(16)]
    public uint FirstPosition;

    [FieldOffset(20)]
    public byte SettlementDays;

    /// <summary>As defined.</summary>
    [FieldOffset(21)]
    public byte Flags;

    /// <summary>1 = MarkPrice is one.</summary>
    [FieldOffset(22)]
    public byte HasMark;

    /// <summary>1 = its positions are being valued anew.</summary>
    [FieldOffset(24)]
    public byte Queued;

    /// <summary>The instrument behind it in the queue; 0 = it is the last.</summary>
    [FieldOffset(28)]
    public uint NextInQueue;

    /// <summary>The position that is valued next.</summary>
    [FieldOffset(32)]
    public uint Cursor;

    [FieldOffset(40)]
    public long MarkPrice;
}
