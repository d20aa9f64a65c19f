using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Position limits and credit. What is used of a credit is added up anew each time: what rests, and what traded.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly SortedDictionary<uint, uint> _clearingMembers = [];

    private uint MemberOf(ReferenceAccount account) => _clearingMembers.GetValueOrDefault(account.FirmId);

    private void SetClearingMember(in SetClearingMemberBlock request)
    {
        uint firm = request.ClearingFirmId;
        if (firm == 0 || firm >= Limits.MaxFirms || request.MemberId >= Limits.MaxFirms)
        {
            RejectCommand(RejectReason.UnknownFirm);
            return;
        }

        uint previous = _clearingMembers.GetValueOrDefault(firm);
        _clearingMembers[firm] = request.MemberId;
        Emit(new ClearingMemberChangedBlock
        {
            ClearingFirmId = firm,
            MemberId = request.MemberId,
            PreviousMemberId = previous,
        });
    }

    /// <summary>Null where no position limit applies.</summary>
    private BigInteger? WorstPosition(Question question)
    {
        if (question.Reduces || !question.Instrument.HasPositions)
        {
            return null;
        }

        bool isShortLeg = question.Account.PositionMode == PositionMode.Hedging && question.Side == Side.Sell;
        ReferencePosition? position = _positions.Find(p =>
            p.Account == question.Account && p.Instrument == question.Instrument && p.IsShortLeg == isShortLeg);
        return question.MoreLots + (position is null ? 0 : Worst(position, question.Side));
    }

    private BigInteger CreditWith(ReferenceLimit limit, Question question)
    {
        if (limit.CurrencyId != question.Instrument.Definition.QuoteCurrencyId)
        {
            return long.MaxValue;
        }

        BigInteger resting = 0;
        foreach (ReferenceOrder order in RestingOrders.Where(o => IsIn((limit.Level, limit.TargetId), o)))
        {
            bool counts = order.Instrument.Definition.QuoteCurrencyId == limit.CurrencyId;
            resting += counts ? BigInteger.Abs(order.Instrument.Notional(order.Price, order.OpenLots)) : 0;
        }

        BigInteger used = limit.Traded + resting + question.MoreNotional;
        return BigInteger.Min(used, long.MaxValue);
    }

    /// <summary>Lots of a limit order trade at its own price as far as credit goes, those of a market order at the trade's.</summary>
    private void UseCredit(ReferenceOrder order, long price, long lots)
    {
        // The engine's own orders use none.
        if (IsEmpty(order.LastClientOrderId))
        {
            return;
        }

        long charged = order.Type == OrderType.Market ? price : order.Price;
        RiskAction[] actions = [RiskAction.Reject, RiskAction.Warn];
        foreach (ReferenceLimit limit in actions.SelectMany(a => LimitsOn(order.SessionId, order.Account, 0, a)))
        {
            if (limit.Kind == RiskLimitKind.Credit && limit.CurrencyId == order.Instrument.Definition.QuoteCurrencyId)
            {
                limit.Traded += BigInteger.Abs(order.Instrument.Notional(charged, lots));
            }
        }
    }
}
