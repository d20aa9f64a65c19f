using System.Linq;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;
using static HftEngine.Core.Tests.Harness.EngineHarness;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Commands of the pre-trade checks, for scenarios.</summary>
internal static class RiskCommands
{
    public static Answer Kill(this EngineHarness venue, RiskLevel level, uint id, string reason = "") =>
        venue.Send(new SetKillSwitchBlock { Level = level, TargetId = id, Engaged = 1, Reason = Id(reason) });

    public static Answer Release(this EngineHarness venue, RiskLevel level, uint id) =>
        venue.Send(new SetKillSwitchBlock { Level = level, TargetId = id });

    /// <summary>As if no pre-trade check had ever been set.</summary>
    public static void LiftChecks(this EngineHarness venue)
    {
        foreach ((RiskLevel level, uint id) in venue.Pair.Reference.Killed.ToList())
        {
            venue.Release(level, id);
        }

        foreach ((RiskLevel level, uint target, bool byGroup, uint what) in venue.Pair.Reference.Permissions.ToList())
        {
            venue.Permit(level, target, what, Permission.None, byGroup);
        }

        foreach (ReferenceLimit limit in venue.Pair.Reference.RiskLimits.ToList())
        {
            venue.Lift(limit.Level, limit.TargetId, limit.Kind, limit.Action);
        }
    }

    /// <summary>Sets a limit; a notional is in USD except on an instrument.</summary>
    public static Answer Limit(
        this EngineHarness venue,
        RiskLevel level,
        uint id,
        RiskLimitKind kind,
        long value,
        long windowNs = 0,
        uint allowance = 0,
        RiskAction action = RiskAction.Reject)
    {
        bool isMoney = kind is RiskLimitKind.OrderNotional or RiskLimitKind.Credit && level != RiskLevel.Instrument;
        return venue.Send(new SetRiskLimitBlock
        {
            Level = level,
            TargetId = id,
            Kind = kind,
            Value = value,
            WindowNs = windowNs,
            Allowance = allowance,
            Action = action,
            CurrencyId = isMoney ? Usd : 0,
        });
    }

    /// <summary>What an instrument, or a group of instruments, is to somebody.</summary>
    public static Answer Permit(
        this EngineHarness venue, RiskLevel level, uint id, uint what, Permission permission, bool byGroup = false) =>
        venue.Send(new SetPermissionBlock
        {
            Level = level,
            TargetId = id,
            ObjectId = what,
            ByGroup = byGroup ? (byte)1 : (byte)0,
            Permission = permission,
        });

    public static Answer Lift(
        this EngineHarness venue, RiskLevel level, uint id, RiskLimitKind kind, RiskAction action = RiskAction.Reject) =>
        venue.Send(new SetRiskLimitBlock { Level = level, TargetId = id, Kind = kind, Action = action, Value = -1 });

    public static Answer ArmDeadMan(this EngineHarness venue, long timeoutNs) =>
        venue.Send(new ArmDeadManBlock { TimeoutNs = timeoutNs });
}
