using System.Runtime.InteropServices;
using HftEngine.Core.Matching;

namespace HftEngine.Core.Orders;

/// <summary>All that the engine keeps of an order: one cache line, of which matching knows the first half.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct OrderRecord
{
    public const int SizeBytes = 64;

    [FieldOffset(0)]
    public RestingOrder Resting;

    [FieldOffset(32)]
    public long Price;

    /// <summary>Lots that traded.</summary>
    [FieldOffset(40)]
    public long FilledLots;

    [FieldOffset(48)]
    public uint InstrumentId;

    /// <summary>Where the owner's list names it; 0 = nowhere yet. The owner tells the session.</summary>
    [FieldOffset(52)]
    public uint OwnerPlace;

    /// <summary>Its youngest name among the remembered ids; earlier names hang on it.</summary>
    [FieldOffset(56)]
    public uint ClientIdEntry;

    /// <summary>How many mass cancels had been put off when it came: an older one spares it.</summary>
    [FieldOffset(60)]
    public uint Era;
}

internal readonly struct RecordLayout : IOrderLayout
{
    public static int SlotShift => 6;
}
