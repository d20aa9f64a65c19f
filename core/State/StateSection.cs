namespace HftEngine.Core.State;

/// <summary>
/// Parts of the state stream, in the order in which they stand in it. A number is never given twice; a feature adds its
/// section where what it refers to has been loaded, and leaves it out while it was never used.
/// </summary>
internal enum StateSection : uint
{
    /// <summary>What the engine can hold. Not part of the state hash.</summary>
    Limits = 1,

    /// <summary>Last sequence, timestamp and epoch, rule level, last trade id.</summary>
    Venue = 100,

    Currencies = 200,

    /// <summary>Of currencies that count as collateral.</summary>
    CollateralPrices = 210,

    Instruments = 300,

    /// <summary>Of instruments with positions or margin.</summary>
    PositionTerms = 310,

    MarginTiers = 320,

    Sessions = 400,

    Firms = 450,

    Accounts = 500,

    /// <summary>Position and margin mode of accounts that have others than the usual ones.</summary>
    AccountModes = 510,

    /// <summary>Margin levels, and accounts that are or were on margin.</summary>
    MarginAccounts = 520,

    Balances = 600,

    /// <summary>Withdrawals that are not finished.</summary>
    Withdrawals = 630,

    /// <summary>The last entry, trading date and reference currency, and the balances of the venue's own accounts.</summary>
    Ledger = 640,

    /// <summary>Positions in the order in which they were made, each with its lots, the oldest first.</summary>
    Positions = 650,

    /// <summary>Expired instruments, and settlements on their way.</summary>
    Settlements = 655,

    /// <summary>Instruments whose positions are valued anew, accounts that are liquidated.</summary>
    MarginQueues = 660,

    /// <summary>Schedules with their tiers, and whom they concern.</summary>
    FeeSchedules = 670,

    /// <summary>What accounts traded in the last days.</summary>
    Volumes = 680,

    /// <summary>Free order slots and their generations.</summary>
    Slots = 700,

    /// <summary>Resting orders by book and priority, with the names that outlived their window.</summary>
    Orders = 800,

    /// <summary>Of resting orders that pay fees: their terms and what they have come to.</summary>
    OrderFees = 820,

    /// <summary>The owners' lists, which decide the order of a mass cancel.</summary>
    Owners = 900,

    /// <summary>Each account's window of client order ids.</summary>
    ClientIds = 1000,

    /// <summary>Unfinished mass cancels.</summary>
    Jobs = 1100,

    /// <summary>A roll of the trading date that goes on.</summary>
    Roll = 1150,

    /// <summary>Through whom firms clear.</summary>
    ClearingMembers = 1990,

    /// <summary>Who has limits of their own, in the order in which they came.</summary>
    RiskRows = 2000,

    /// <summary>Engaged kill switches of the venue, of accounts and of sessions.</summary>
    KillSwitches = 2010,

    /// <summary>The sessions' dead-man timers.</summary>
    DeadMen = 2020,

    /// <summary>Who may trade what, in the order in which it was first said.</summary>
    Permissions = 2030,

    /// <summary>Instruments that are not in group 0.</summary>
    InstrumentGroups = 2040,

    /// <summary>State hash and event digest. Not part of the state hash.</summary>
    Seal = uint.MaxValue,
}
