using System.Linq;
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
    }

    public static Answer ArmDeadMan(this EngineHarness venue, long timeoutNs) =>
        venue.Send(new ArmDeadManBlock { TimeoutNs = timeoutNs });
}
