using System.Linq;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Pre-trade checks.</summary>
internal sealed partial class CommandGenerator
{
    private byte[] RiskCommand() => random.Below(24) switch
    {
        < 3 => KillSwitch(),
        < 7 => ArmDeadMan(),
        < 16 => RiskLimit(),
        < 19 => Finish(new SetCollarPriceBlock { InstrumentId = AnyInstrument(), Price = AnyPrice(1) }),
        20 => Finish(new SetClearingMemberBlock
        {
            ClearingFirmId = (uint)random.Below(random.OneIn(20) ? 9 : 3),
            MemberId = (uint)random.Below(random.OneIn(20) ? 9 : 3),
        }),
        19 => Finish(new SetInstrumentGroupBlock { InstrumentId = AnyInstrument(), GroupId = (ushort)random.Below(2) }),
        _ => Permit(),
    };

    /// <summary>Tight ones, often lifted again.</summary>
    private byte[] RiskLimit()
    {
        SetRiskLimitBlock limit = new()
        {
            Level = random.OneIn(40) ? (RiskLevel)random.Below(9) : (RiskLevel)random.Below(7),
            Kind = random.OneIn(60) ? (RiskLimitKind)random.Below(30) : (RiskLimitKind)random.Below(10),
            Action = random.OneIn(40) ? (RiskAction)random.Below(4) : (RiskAction)random.Below(2),
            Reason = AnyClientId(),
            Value = -1,
        };
        if (limit.Kind == RiskLimitKind.PriceCollar && !random.OneIn(10))
        {
            limit.Level = RiskLevel.Instrument;
        }

        if (limit.Kind == RiskLimitKind.DuplicateOrder && !random.OneIn(10))
        {
            limit.Level = random.Pick([RiskLevel.Session, RiskLevel.Account, RiskLevel.Account]);
        }

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

    /// <summary>More often allowed again than forbidden.</summary>
    private byte[] Permit()
    {
        RiskLevel level = random.OneIn(40)
            ? (RiskLevel)random.Below(9)
            : random.Pick([RiskLevel.Account, RiskLevel.Group, RiskLevel.Firm, RiskLevel.Venue]);
        SetPermissionBlock request = new()
        {
            Level = level,
            TargetId = TargetOf(level),
            ByGroup = random.OneIn(40) ? (byte)3 : (byte)random.Below(2),
            Permission = random.OneIn(40) ? (Permission)random.Below(9) : random.Pick(
                [Permission.None, Permission.None, Permission.Allow, Permission.Allow, Permission.Deny, Permission.ReduceOnly]),
            Reason = AnyClientId(),
        };
        request.ObjectId = request.ByGroup == 0 ? AnyInstrument() : (uint)random.Below(2);
        if (state.Permissions.Count > 0 && random.Percent(40))
        {
            (request.Level, request.TargetId, bool byGroup, request.ObjectId) = random.Pick(state.Permissions.ToList());
            request.ByGroup = byGroup ? (byte)1 : (byte)0;
        }

        return Finish(request);
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
                limit.WindowNs = random.Between(5, 200);
                break;
            case RiskLimitKind.NetPosition:
                limit.Value = random.Between(1, 12);
                break;
            case RiskLimitKind.Credit:
                limit.Value = random.Between(100, 5000);
                limit.CurrencyId = limit.Level == RiskLevel.Instrument ? 0u : 1u;
                break;
            case RiskLimitKind.PriceCollar:
                limit.Value = random.Between(0, 100_000);
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
        RiskLevel.ClearingMember => (uint)random.Below(3),
        _ => random.OneIn(20) ? 1u : 0u,
    };

    /// <summary>Commands are a nanosecond apart.</summary>
    private byte[] ArmDeadMan() => Finish(
        new ArmDeadManBlock { TimeoutNs = random.OneIn(12) ? Extreme() : random.Between(0, 25) }, isOrderRequest: true);
}
