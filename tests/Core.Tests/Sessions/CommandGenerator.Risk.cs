using System.Linq;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Pre-trade checks.</summary>
internal sealed partial class CommandGenerator
{
    private byte[] RiskCommand() => random.Below(16) switch
    {
        < 3 => KillSwitch(),
        < 7 => ArmDeadMan(),
        _ => RiskLimit(),
    };

    /// <summary>Tight ones, often lifted again.</summary>
    private byte[] RiskLimit()
    {
        SetRiskLimitBlock limit = new()
        {
            Level = random.OneIn(40) ? (RiskLevel)random.Below(9) : (RiskLevel)random.Below(6),
            Kind = random.OneIn(60) ? (RiskLimitKind)random.Below(30) : (RiskLimitKind)random.Below(7),
            Action = random.OneIn(40) ? (RiskAction)random.Below(4) : (RiskAction)random.Below(2),
            Reason = AnyClientId(),
            Value = -1,
        };
        limit.TargetId = TargetOf(limit.Level);
        ReferenceLimit? known = state.RiskLimits.Count > 0 ? random.Pick(state.RiskLimits.ToList()) : null;
        if (known is not null && random.Percent(40))
        {
            (limit.Level, limit.TargetId, limit.Kind, limit.Action) = (known.Level, known.TargetId, known.Kind, known.Action);
        }
        else
        {
            Tighten(ref limit);
        }

        if (random.OneIn(30))
        {
            SpoilLimit(ref limit);
        }

        return Finish(limit);
    }

    private void Tighten(ref SetRiskLimitBlock limit)
    {
        switch (limit.Kind)
        {
            case RiskLimitKind.OrderQuantity:
                limit.Value = random.Between(1, 8);
                break;
            case RiskLimitKind.OrderNotional:
                limit.Value = random.Between(50, 800);
                limit.CurrencyId = limit.Level == RiskLevel.Instrument ? 0u : random.OneIn(10) ? AnyCurrency() : 1u;
                break;
            case RiskLimitKind.OpenOrders:
                limit.Value = random.Between(0, 8);
                break;
            case RiskLimitKind.OrderRate:
            case RiskLimitKind.CancelRate:
                limit.Value = random.Between(1, 4);
                limit.WindowNs = random.Between(4, 30);
                break;
            case RiskLimitKind.DuplicateOrder:
                limit.Value = 0;
                limit.WindowNs = random.Between(1, 40);
                break;
            default:
                limit.Value = random.Between(0, 3);
                limit.Allowance = (uint)random.Below(10);
                limit.WindowNs = random.Between(10, 100);
                break;
        }
    }

    private void SpoilLimit(ref SetRiskLimitBlock limit)
    {
        switch (random.Below(4))
        {
            case 0: limit.Value = Extreme(); break;
            case 1: limit.WindowNs = Extreme(); break;
            case 2: limit.CurrencyId = AnyCurrency(); break;
            default: limit.Allowance = (uint)random.Below(3); break;
        }
    }

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
        RiskLevel.Group => AnyGroup(),
        _ => random.OneIn(20) ? 1u : 0u,
    };

    /// <summary>Commands are a nanosecond apart.</summary>
    private byte[] ArmDeadMan() => Finish(
        new ArmDeadManBlock { TimeoutNs = random.OneIn(12) ? Extreme() : random.Between(0, 25) }, isOrderRequest: true);
}
