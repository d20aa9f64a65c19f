using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Risk;

/// <summary>
/// What is limited for one session, account, group, firm, instrument or the venue, and what it has used of it. What
/// every order asks stands in the first line; the duplicates' memory is last.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct RiskRow
{
    public const int SizeBytes = 384;
    public const int RecentOrders = 8;

    [FieldOffset(0)]
    public uint TargetId;

    [FieldOffset(4)]
    public RiskLevel Level;

    [FieldOffset(5)]
    public RiskAction Action;

    /// <summary>Bit k: the limit of <see cref="RiskLimitKind"/> k is set.</summary>
    [FieldOffset(6)]
    public ushort Armed;

    [FieldOffset(8)]
    public RiskFlags Flags;

    /// <summary>Resting orders; counted while their number is limited.</summary>
    [FieldOffset(12)]
    public uint OpenOrders;

    [FieldOffset(16)]
    public long MaxLots;

    [FieldOffset(24)]
    public long MaxNotional;

    [FieldOffset(32)]
    public uint MaxOpenOrders;

    /// <summary>Of the notional's limit; 0 = the instrument's quote.</summary>
    [FieldOffset(36)]
    public uint CurrencyId;

    [FieldOffset(40)]
    public RateLimit Orders;

    [FieldOffset(72)]
    public RateLimit Cancels;

    /// <summary>The row of the same level and id that only warns; 0 = none.</summary>
    [FieldOffset(104)]
    public uint WarningRow;

    /// <summary>Messages per trade, and messages per window that need no trade.</summary>
    [FieldOffset(108)]
    public uint MessagesPerTrade;

    [FieldOffset(112)]
    public uint Allowance;

    [FieldOffset(116)]
    public uint Messages;

    [FieldOffset(120)]
    public uint Trades;

    [FieldOffset(128)]
    public long RatioWindowNs;

    /// <summary>When messages and trades are counted from zero again.</summary>
    [FieldOffset(136)]
    public long RatioWindowEndNs;

    [FieldOffset(144)]
    public long DuplicateNs;

    /// <summary>Orders remembered for the duplicate check; the last ones are in the ring.</summary>
    [FieldOffset(152)]
    public ulong Remembered;

    /// <summary>Millionths of the last price.</summary>
    [FieldOffset(160)]
    public long CollarMillionths;

    /// <summary>Of the credit's limit.</summary>
    [FieldOffset(124)]
    public uint CreditCurrencyId;

    [FieldOffset(168)]
    public long MaxPosition;

    [FieldOffset(176)]
    public long MaxCredit;

    /// <summary>Notional of what rests and of what traded. A row that only warns may go beyond 63 bits.</summary>
    [FieldOffset(320)]
    public Int128 CreditUsed;

    /// <summary>Content, then timestamp, of each.</summary>
    [FieldOffset(192)]
    public fixed ulong Recent[2 * RecentOrders];

    /// <summary>The limits that are compared whether they are set or not.</summary>
    public void LiftCommon()
    {
        MaxLots = long.MaxValue;
        MaxNotional = long.MaxValue;
        MaxOpenOrders = uint.MaxValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(RiskLimitKind kind) => ((Armed >> (int)kind) & 1) != 0;

    /// <summary>Starts the next window of messages and trades when the present one is over.</summary>
    public void RollWindow(long nowNs)
    {
        if (nowNs >= RatioWindowEndNs)
        {
            Messages = 0;
            Trades = 0;
            RatioWindowEndNs = nowNs - (nowNs % RatioWindowNs) + RatioWindowNs;
        }
    }

    /// <summary>Nanoseconds since the youngest equal order within the duplicates' window; -1 = there is none.</summary>
    public readonly long SinceEqual(ulong content, long nowNs)
    {
        long found = -1;
        ulong kept = Math.Min(Remembered, RecentOrders);
        for (ulong i = 0; i < kept; i++)
        {
            long since = nowNs - (long)Recent[(2 * i) + 1];
            if (Recent[2 * i] == content && since <= DuplicateNs && (found < 0 || since < found))
            {
                found = since;
            }
        }

        return found;
    }

    public void Remember(ulong content, long nowNs)
    {
        ulong place = Remembered++ % RecentOrders;
        Recent[2 * place] = content;
        Recent[(2 * place) + 1] = (ulong)nowNs;
    }

    public void ForgetRecent()
    {
        Remembered = 0;
        for (int i = 0; i < 2 * RecentOrders; i++)
        {
            Recent[i] = 0;
        }
    }
}

/// <summary>A token bucket in integers: each request adds its cost to a debt that falls by one nanosecond per nanosecond.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct RateLimit
{
    /// <summary>When the debt is paid.</summary>
    [FieldOffset(0)]
    public long PaidAtNs;

    /// <summary>Window ÷ requests, rounded up.</summary>
    [FieldOffset(8)]
    public long CostNs;

    /// <summary>(requests − 1) × cost: with more debt than this a request is too much.</summary>
    [FieldOffset(16)]
    public long MostDebtNs;

    [FieldOffset(24)]
    public long WindowNs;

    /// <summary>Requests per window.</summary>
    public readonly long Requests => CostNs == 0 ? 0 : (MostDebtNs / CostNs) + 1;

    public static RateLimit Of(long requests, long windowNs)
    {
        long cost = ((windowNs - 1) / requests) + 1;
        return new RateLimit { CostNs = cost, MostDebtNs = (requests - 1) * cost, WindowNs = windowNs };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool IsExhausted(long nowNs) => PaidAtNs - nowNs > MostDebtNs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(long nowNs) => PaidAtNs = Math.Max(PaidAtNs, nowNs) + CostNs;
}
