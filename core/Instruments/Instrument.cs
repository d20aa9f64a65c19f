using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Instruments;

/// <summary>What an instrument needs beyond plain spot, as bits in a line that every order loads.</summary>
[Flags]
public enum InstrumentFeatures : byte
{
    None = 0,

    /// <summary>Its positions are kept.</summary>
    Positions = 1,

    /// <summary>Traded on margin: a fill moves no assets.</summary>
    Margin = 2,
}

/// <summary>What trading needs of an instrument: one cache line and a bit.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct Instrument
{
    public const long NoPrice = long.MinValue;

    /// <summary>Sequence of the book's last change.</summary>
    [FieldOffset(0)]
    public ulong Sequence;

    /// <summary>Quote units of one tick × one lot; 0 = not defined.</summary>
    [FieldOffset(8)]
    public long NotionalPerTickLot;

    /// <summary>Base units of one lot.</summary>
    [FieldOffset(16)]
    public long BasePerLot;

    [FieldOffset(24)]
    public long MinPrice;

    [FieldOffset(32)]
    public long MaxPrice;

    [FieldOffset(40)]
    public long MaxQuantity;

    [FieldOffset(48)]
    public uint BaseCurrencyId;

    [FieldOffset(52)]
    public uint QuoteCurrencyId;

    [FieldOffset(56)]
    public TradingStatus Status;

    [FieldOffset(57)]
    public byte NegativePrices;

    /// <summary>Two scales of at most 12 in one byte, so that what orders ask for stays in one line.</summary>
    [FieldOffset(58)]
    public byte TickAndLotScale;

    /// <summary>1 = a fee schedule may apply to new orders.</summary>
    [FieldOffset(59)]
    public byte HasFees;

    [FieldOffset(60)]
    public byte MultiplierScale;

    /// <summary>Only accounts of the same environment trade it.</summary>
    [FieldOffset(61)]
    public Schemas.Environment Environment;

    [FieldOffset(62)]
    public InstrumentKind Kind;

    /// <summary>Nothing set: plain spot, which no position and no margin concerns.</summary>
    [FieldOffset(63)]
    public InstrumentFeatures Features;

    [FieldOffset(64)]
    public long TickMantissa;

    [FieldOffset(72)]
    public long LotMantissa;

    [FieldOffset(80)]
    public long MultiplierMantissa;

    [FieldOffset(88)]
    public Symbol Symbol;

    [FieldOffset(112)]
    public ulong LastTradeId;

    /// <summary>Of the last trade, or set since by command: what the collar measures from. <see cref="NoPrice"/>: none yet.</summary>
    [FieldOffset(120)]
    public long LastPrice;

    public byte TickScale
    {
        readonly get => (byte)(TickAndLotScale & 0xF);
        set => TickAndLotScale = (byte)((TickAndLotScale & 0xF0) | value);
    }

    public byte LotScale
    {
        readonly get => (byte)(TickAndLotScale >> 4);
        set => TickAndLotScale = (byte)((TickAndLotScale & 0xF) | (value << 4));
    }

    public readonly bool IsDefined
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => NotionalPerTickLot != 0;
    }

    /// <summary>price × lots × notionalPerTickLot, exact; false when it does not fit in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryNotional(long price, long lots, out long notional)
    {
        long high = Math.BigMul(price, lots, out long product);
        if (high != product >> 63)
        {
            notional = 0;
            return false;
        }

        high = Math.BigMul(product, NotionalPerTickLot, out notional);

        // The most negative value is refused as well: its negation, a hold, would not fit.
        return high == notional >> 63 && notional != long.MinValue;
    }

    /// <summary>The notional of part of an order whose whole notional was found to fit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long Notional(long price, long lots) => price * lots * NotionalPerTickLot;
}

/// <summary>A currency: its code and the decimals of its unit.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct Currency
{
    [FieldOffset(0)]
    public CurrencyCode Code;

    [FieldOffset(12)]
    public byte Scale;

    /// <summary>1 = defined.</summary>
    [FieldOffset(13)]
    public byte Defined;

    /// <summary>Days of a year as interest counts them; 0 = no rate was ever set.</summary>
    [FieldOffset(14)]
    public ushort DayCount;

    /// <summary>Units of the reference currency for one unit, times 10^12; 0 = none.</summary>
    [FieldOffset(16)]
    public long ReferencePrice;

    /// <summary>What a holding counts less for as collateral, times 10^6.</summary>
    [FieldOffset(24)]
    public uint Haircut;

    /// <summary>Interest per year, times 10^9.</summary>
    [FieldOffset(28)]
    public int InterestRate;
}
