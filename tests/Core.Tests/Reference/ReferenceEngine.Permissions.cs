using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Permissions, and the collar around the last price.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly Dictionary<(RiskLevel Level, uint Target, bool ByGroup, uint Object), Permission> _permissions = [];
    private readonly List<(RiskLevel Level, uint Target, bool ByGroup, uint Object)> _permissionOrder = [];
    private readonly SortedDictionary<uint, ushort> _instrumentGroups = [];

    public IReadOnlyList<(RiskLevel Level, uint Target, bool ByGroup, uint Object)> Permissions => _permissionOrder;

    private void SetInstrumentGroup(in SetInstrumentGroupBlock request)
    {
        if (!_instruments.TryGetValue(request.InstrumentId, out ReferenceInstrument? instrument))
        {
            RejectCommand(RejectReason.UnknownInstrument);
            return;
        }

        ushort previous = _instrumentGroups.GetValueOrDefault(instrument.Id);
        _instrumentGroups[instrument.Id] = request.GroupId;
        Emit(new InstrumentGroupChangedBlock { GroupId = request.GroupId, PreviousGroupId = previous }, instrument);
    }

    private void SetPermission(in SetPermissionBlock request)
    {
        var key = (request.Level, request.TargetId, request.ByGroup == 1, request.ObjectId);
        RejectReason reason = CheckPermission(request);
        if (reason == RejectReason.None
            && !_permissions.ContainsKey(key)
            && _permissions.Count == Limits.MaxPermissions)
        {
            reason = RejectReason.CapacityExceeded;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        Permission previous = _permissions.GetValueOrDefault(key);
        if (!_permissions.ContainsKey(key))
        {
            _permissionOrder.Add(key);
        }

        _permissions[key] = request.Permission;
        Emit(new PermissionSetBlock
        {
            TargetId = request.TargetId,
            ObjectId = request.ObjectId,
            Level = request.Level,
            ByGroup = request.ByGroup,
            Permission = request.Permission,
            Previous = previous,
            Reason = request.Reason,
        });
    }

    private RejectReason CheckPermission(in SetPermissionBlock request)
    {
        if (request.ByGroup > 1 || request.Permission > Permission.ReduceOnly)
        {
            return RejectReason.MalformedCommand;
        }

        RiskLevel[] subjects = [RiskLevel.Account, RiskLevel.Group, RiskLevel.Firm, RiskLevel.Venue];
        if (!subjects.Contains(request.Level))
        {
            return RejectReason.InvalidLimit;
        }

        RejectReason target = CheckRiskTarget(request.Level, request.TargetId);
        if (target != RejectReason.None)
        {
            return target;
        }

        bool known = request.ByGroup == 1 ? request.ObjectId <= 65535 : _instruments.ContainsKey(request.ObjectId);
        return known ? RejectReason.None : RejectReason.UnknownInstrument;
    }

    private bool IsPermitted(ReferenceAccount account, ReferenceInstrument instrument, bool reduces)
    {
        (RiskLevel, uint)[] subjects =
        [
            (RiskLevel.Account, account.Id), (RiskLevel.Group, account.GroupId), (RiskLevel.Firm, account.FirmId),
            (RiskLevel.Venue, 0),
        ];
        uint group = _instrumentGroups.GetValueOrDefault(instrument.Id);
        foreach ((RiskLevel level, uint target) in subjects)
        {
            foreach ((bool byGroup, uint what) in ((bool, uint)[])[(false, instrument.Id), (true, group)])
            {
                switch (_permissions.GetValueOrDefault((level, target, byGroup, what)))
                {
                    case Permission.Allow: return true;
                    case Permission.Deny: return false;
                    case Permission.ReduceOnly: return reduces;
                }
            }
        }

        return true;
    }

    private void SetCollarPrice(in SetCollarPriceBlock request)
    {
        if (!_instruments.TryGetValue(request.InstrumentId, out ReferenceInstrument? instrument))
        {
            RejectCommand(RejectReason.UnknownInstrument);
            return;
        }

        if (request.Price < instrument.Definition.MinPrice || request.Price > instrument.Definition.MaxPrice)
        {
            RejectCommand(RejectReason.PriceOutsideBand);
            return;
        }

        Emit(new CollarPriceSetBlock { Price = request.Price, Previous = instrument.LastPrice ?? long.MinValue }, instrument);
        instrument.LastPrice = request.Price;
    }

    /// <summary>The worst price for an order of the side; null when nothing is known to measure from.</summary>
    private static BigInteger? WorstPrice(ReferenceInstrument instrument, Side side, long millionths)
    {
        if (instrument.LastPrice is not { } last)
        {
            return null;
        }

        BigInteger width = BigInteger.Abs(last) * millionths / 1_000_000;
        return side == Side.Buy ? last + width : last - width;
    }

    /// <summary>Where the collar ends a market order.</summary>
    private BigInteger? CollarOf(ReferenceInstrument instrument, Side side)
    {
        ReferenceLimit? collar =
            FindLimit(RiskLevel.Instrument, instrument.Id, RiskAction.Reject, RiskLimitKind.PriceCollar);
        return collar is null ? null : WorstPrice(instrument, side, collar.Value);
    }

    private static bool IsWithin(BigInteger? worst, Side side, long price) =>
        worst is null || (side == Side.Buy ? price <= worst : price >= worst);

    private void ShowPermissions()
    {
        foreach (var key in _permissionOrder.Where(k => _permissions[k] != Permission.None))
        {
            PermissionImageBlock block = new()
            {
                TargetId = key.Target,
                ObjectId = key.Object,
                Level = key.Level,
                ByGroup = key.ByGroup ? (byte)1 : (byte)0,
                Permission = _permissions[key],
            };
            Show(block, default);
        }

        foreach ((uint firm, uint member) in _clearingMembers.Where(m => m.Value != 0))
        {
            Show(new ClearingMemberImageBlock { ClearingFirmId = firm, MemberId = member }, default);
        }

        foreach ((uint instrument, ushort group) in _instrumentGroups.Where(g => g.Value != 0))
        {
            Show(new InstrumentGroupImageBlock { GroupId = group }, new EventEnvelope { InstrumentId = instrument });
        }
    }
}
