using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Pre-trade checks.</summary>
internal sealed partial class CommandGenerator
{
    private byte[] RiskCommand() => random.Below(10) switch
    {
        < 4 => KillSwitch(),
        _ => ArmDeadMan(),
    };

    /// <summary>More often off than on, so that sessions go on.</summary>
    private byte[] KillSwitch()
    {
        RiskLevel level = random.OneIn(20) ? (RiskLevel)random.Below(9) : random.Pick(
            [RiskLevel.Session, RiskLevel.Account, RiskLevel.Firm, RiskLevel.Venue]);
        return Finish(new SetKillSwitchBlock
        {
            Level = level,
            TargetId = TargetOf(level),
            Engaged = random.OneIn(40) ? (byte)7 : random.Percent(40) ? (byte)1 : (byte)0,
            Reason = AnyClientId(),
        });
    }

    private uint TargetOf(RiskLevel level) => level switch
    {
        RiskLevel.Session => AnySession(),
        RiskLevel.Account => AnyAccount(),
        RiskLevel.Firm => (uint)random.Below(random.OneIn(10) ? 9 : 2),
        RiskLevel.Instrument => AnyInstrument(),
        _ => random.OneIn(20) ? 1u : 0u,
    };

    /// <summary>Commands are a nanosecond apart.</summary>
    private byte[] ArmDeadMan() => Finish(
        new ArmDeadManBlock { TimeoutNs = random.OneIn(12) ? Extreme() : random.Between(0, 25) }, isOrderRequest: true);
}
