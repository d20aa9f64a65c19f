namespace HftEngine.Core;

/// <summary>
/// What one engine can hold. All memory is taken from these numbers at start; a full table is a reject, never growth.
/// They are the content of the journal's first command, <c>Genesis</c>, and cannot change for that journal's life.
/// </summary>
public sealed record EngineLimits
{
    /// <summary>A trade and, on margin, an entry for either side.</summary>
    private const uint FillBytes = 160 + (2 * 192);

    /// <summary>Besides for both sides an entry for the fee and one for its rounding.</summary>
    private const uint FillBytesWithFees = FillBytes + (4 * 192);

    /// <summary>Resting orders over all instruments.</summary>
    public uint MaxOrders { get; init; } = 1 << 20;

    /// <summary>Pages of 16 adjacent prices with at least one order, over all instruments and both sides.</summary>
    public uint MaxPricePages { get; init; } = 1 << 18;

    public uint MaxInstruments { get; init; } = 4096;

    public uint MaxCurrencies { get; init; } = 4096;

    public uint MaxAccounts { get; init; } = 1 << 16;

    /// <summary>Pairs of (account, currency) with a balance.</summary>
    public uint MaxBalances { get; init; } = 1 << 18;

    public uint MaxSessions { get; init; } = 1 << 12;

    /// <summary>Client order ids remembered per account at least; a power of two.</summary>
    public uint ClientIdWindow { get; init; } = 64;

    /// <summary>Client order ids remembered over all accounts, live orders included.</summary>
    public uint MaxClientIds { get; init; } = 1 << 21;

    /// <summary>Fills that one command can make; the remainder of such a taker is cancelled.</summary>
    public uint MaxFillsPerCommand { get; init; } = 4096;

    /// <summary>Pairs of (session, account) that ever rested an order.</summary>
    public uint MaxOwners { get; init; } = 1 << 17;

    public uint MaxGateways { get; init; } = 64;

    /// <summary>Mass cancels and closings that wait for their next Tick.</summary>
    public uint MaxJobs { get; init; } = 64;

    /// <summary>Sessions, accounts, groups, firms and instruments with limits of their own.</summary>
    public uint MaxRiskRows { get; init; } = 1 << 12;
    public uint MaxFirms { get; init; } = 4096;

    /// <summary>Account groups: fees and limits go by them.</summary>
    public uint MaxAccountGroups { get; init; } = 256;

    /// <summary>Withdrawals that were requested and are not finished.</summary>
    public uint MaxWithdrawals { get; init; } = 4096;

    public uint MaxFeeSchedules { get; init; } = 64;

    /// <summary>The youngest trades, as many as can still be busted or corrected.</summary>
    public uint MaxKeptTrades { get; init; } = 1 << 16;

    /// <summary>Accounts whose 30-day volume is kept.</summary>
    public uint MaxVolumeAccounts { get; init; } = 1 << 14;

    /// <summary>Pairs of (account, instrument) with a position, closed ones included; a hedging account has two in an instrument.</summary>
    public uint MaxPositions { get; init; } = 1 << 16;

    /// <summary>Lots of open positions, as first in, first out counts them.</summary>
    public uint MaxPositionLots { get; init; } = 1 << 18;

    /// <summary>Pairs of who and what that a permission was ever set for.</summary>
    public uint MaxPermissions { get; init; } = 1 << 12;

    /// <summary>Seeds the hash of client order ids; drawn outside the core when the journal is born.</summary>
    public ulong HashSeed { get; init; } = 0x6C62272E07BB0142;

    /// <summary>Schedule ids run from 1, so that a venue with room for one has none.</summary>
    internal bool HasFees => MaxFeeSchedules > 1;

    /// <summary>Bytes of events that one command can make at most; the event ring is at least four times as long.</summary>
    public int MaxEventBytesPerCommand =>
        checked((int)(((MaxFillsPerCommand + 72) * (HasFees ? FillBytesWithFees : FillBytes)) + (MaxSessions * 96)));
}
