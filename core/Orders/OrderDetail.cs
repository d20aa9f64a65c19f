using System.Runtime.InteropServices;

namespace HftEngine.Core.Orders;

/// <summary>What the engine needs of an order beyond matching: one cache line, same slot number.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct OrderDetail
{
    [FieldOffset(0)]
    public long Price;

    /// <summary>Lots that traded.</summary>
    [FieldOffset(8)]
    public long FilledLots;

    /// <summary>Sequence of the command that entered it.</summary>
    [FieldOffset(16)]
    public ulong EnteredSequence;

    [FieldOffset(24)]
    public uint InstrumentId;

    [FieldOffset(28)]
    public uint SessionId;

    /// <summary>Where the owner's list names it; 0 = nowhere.</summary>
    [FieldOffset(32)]
    public uint OwnerPlace;

    /// <summary>Slots of the account's balances.</summary>
    [FieldOffset(36)]
    public uint BaseBalance;

    [FieldOffset(40)]
    public uint QuoteBalance;

    /// <summary>Its youngest name among the remembered ids, 0 = forgotten; earlier names hang on it.</summary>
    [FieldOffset(44)]
    public uint ClientIdEntry;

    /// <summary>1 = one of its names is out of the window and must go when the order does.</summary>
    [FieldOffset(48)]
    public byte HasNameOutOfWindow;
}
