using HftEngine.Schemas;

namespace HftEngine.Oversight;

public enum RiskScopeKind
{
    Venue,
    Firm,
    Account,
}

/// <summary>Whose risk it is. Live and demo accounts never stand in one scope.</summary>
public readonly record struct RiskScope(Environment Environment, RiskScopeKind Kind, uint Id)
{
    public static RiskScope Venue(Environment environment) => new(environment, RiskScopeKind.Venue, 0);

    public static RiskScope Firm(Environment environment, uint firmId) =>
        new(environment, RiskScopeKind.Firm, firmId);

    public static RiskScope Account(Environment environment, uint accountId) =>
        new(environment, RiskScopeKind.Account, accountId);

    internal bool Contains(RiskAccount account) => account.Environment == Environment
        && (Kind == RiskScopeKind.Venue
            || (Kind == RiskScopeKind.Firm ? account.FirmId == Id : account.Id == Id));
}
