using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>The settlement of an instrument's positions on its way, and whether it was its last.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct Settlement
{
    [FieldOffset(0)]
    public long Price;

    [FieldOffset(8)]
    public int LongRate;

    [FieldOffset(12)]
    public int ShortRate;

    /// <summary>The position that comes next.</summary>
    [FieldOffset(16)]
    public uint Cursor;

    /// <summary>Positions with lots so far.</summary>
    [FieldOffset(20)]
    public uint Settled;

    /// <summary>The instrument behind it in the queue; 0 = it is the last.</summary>
    [FieldOffset(24)]
    public uint NextInQueue;

    [FieldOffset(28)]
    public SettlementKind Kind;

    /// <summary>1 = on its way.</summary>
    [FieldOffset(29)]
    public byte Active;

    /// <summary>1 = the instrument has expired.</summary>
    [FieldOffset(30)]
    public byte Expired;
}
