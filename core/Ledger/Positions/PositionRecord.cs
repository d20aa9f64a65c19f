using System.Runtime.InteropServices;

namespace HftEngine.Core.Ledger.Positions;

/// <summary>
/// What an account has in an instrument. The first cache line is what an order and a fill need, the second what only
/// margin, accounting and lists need.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct PositionRecord
{
    public const int SizeBytes = 128;

    /// <summary>Account and instrument with its leg, see <see cref="Positions.KeyOf"/>.</summary>
    [FieldOffset(0)]
    public ulong Key;

    /// <summary>Long above zero, short below.</summary>
    [FieldOffset(8)]
    public long NetLots;

    /// <summary>Lots of resting buys: with all of them filled the position is NetLots + OpenBuyLots.</summary>
    [FieldOffset(16)]
    public long OpenBuyLots;

    [FieldOffset(24)]
    public long OpenSellLots;

    /// <summary>Quote units that NetLots cost, by average price; has the sign of NetLots while prices are above zero.</summary>
    [FieldOffset(32)]
    public long Cost;

    /// <summary>Profit of what was closed, by average price.</summary>
    [FieldOffset(40)]
    public long RealisedAverage;

    /// <summary>Price × lots of the resting limit orders that concern it, quote units; on margin only.</summary>
    [FieldOffset(48)]
    public long OpenBuyValue;

    [FieldOffset(56)]
    public long OpenSellValue;

    /// <summary>Profit of what was closed, first in, first out.</summary>
    [FieldOffset(64)]
    public long RealisedFifo;

    /// <summary>Oldest and youngest of the lots that NetLots is made of; 0 = none.</summary>
    [FieldOffset(72)]
    public uint OldestLot;

    [FieldOffset(76)]
    public uint YoungestLot;

    /// <summary>The account's next position, and the instrument's, in the order in which they were made; 0 = none.</summary>
    [FieldOffset(80)]
    public uint NextOfAccount;

    [FieldOffset(84)]
    public uint NextOfInstrument;

    /// <summary>Realised and not paid yet, quote units; below zero: owed.</summary>
    [FieldOffset(88)]
    public long Unsettled;

    /// <summary>The rest as last valued, in the reference currency.</summary>
    [FieldOffset(96)]
    public long Unrealised;

    [FieldOffset(104)]
    public long Initial;

    [FieldOffset(112)]
    public long Maintenance;

    /// <summary>1 = the running liquidation of its account has tried to close it.</summary>
    [FieldOffset(120)]
    public byte Tried;

    public readonly uint AccountId => (uint)Key;

    public readonly uint InstrumentId => (uint)(Key >> 33);

    /// <summary>1 = the short position of a hedging account.</summary>
    public readonly uint Leg => (uint)(Key >> 32) & 1;
}

/// <summary>Lots that were opened at one price, as first in, first out counts them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct PositionLot
{
    [FieldOffset(0)]
    public long Price;

    /// <summary>Above zero, also in a short position.</summary>
    [FieldOffset(8)]
    public long Lots;

    /// <summary>The trade that opened them; of several at one price the first.</summary>
    [FieldOffset(16)]
    public ulong TradeId;

    /// <summary>The next younger one; in a free one the next free one. 0 = none.</summary>
    [FieldOffset(24)]
    public uint Next;
}
