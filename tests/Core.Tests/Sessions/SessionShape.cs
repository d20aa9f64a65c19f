using HftEngine.Core.Tests.Harness;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>How small the venue of a random session is, and which prices it sees. Small makes things collide.</summary>
internal sealed record SessionShape(EngineLimits Limits, long LowPrice, long HighPrice, int ClientIds, int Commands)
{
    /// <summary>Deposits are tiny: funds run out all the time.</summary>
    public bool IsPoor { get; init; }

    /// <summary>Numbers near the end of 64 bits are common.</summary>
    public bool IsExtreme { get; init; }

    private static readonly EngineLimits Roomy = EngineHarness.SmallLimits with { MaxOwners = 64, MaxClientIds = 256 };

    private static readonly EngineLimits Tight = EngineHarness.SmallLimits with
    {
        MaxOrders = 10,
        MaxPricePages = 3,
        MaxInstruments = 4,
        MaxCurrencies = 4,
        MaxAccounts = 5,
        MaxBalances = 7,
        MaxSessions = 4,
        ClientIdWindow = 4,
        MaxClientIds = 14,
        MaxFillsPerCommand = 3,
        MaxOwners = 3,
        MaxJobs = 2,
        MaxGateways = 3,
        MaxRiskRows = 3,
        MaxPermissions = 2,
        MaxPositions = 3,
        MaxPositionLots = 14,
        MaxFirms = 4,
        MaxAccountGroups = 2,
        MaxWithdrawals = 2,
        MaxFeeSchedules = 3,
        MaxKeptTrades = 3,
        MaxVolumeAccounts = 2,
    };

    private static readonly SessionShape[] All =
    [
        new(Roomy, 98, 103, 200, 90),
        new(Roomy, 60, 140, 40, 90),
        new(Roomy, 98, 103, 60, 70) { IsPoor = true },
        new(Roomy, 90, 110, 200, 70) { IsExtreme = true },
        new(Tight, 98, 103, 12, 90),
        new(Tight, 10, 200, 60, 90),
        new(Tight with { MaxOrders = 60, MaxBalances = 20, MaxClientIds = 300 }, 95, 105, 300, 150),
        new(Tight with { MaxFillsPerCommand = 1, MaxOrders = 40, MaxPricePages = 20, MaxClientIds = 300, MaxOwners = 20 }, 98, 103, 200, 120),
        new(Tight with { MaxBalances = 20, MaxPricePages = 20, MaxOwners = 20 }, 98, 103, 30, 100) { IsPoor = true },
    ];

    public static SessionShape Of(SeededRandom random) => random.Pick(All);
}
