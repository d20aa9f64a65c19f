using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Position limits, and the credit of sessions, accounts, groups, firms and clearing members.</summary>
public sealed unsafe partial class Engine
{
    /// <summary>The clearing member of each firm; 0 = nobody.</summary>
    private readonly NativeArray<uint> _clearingMembers;

    /// <summary>How many rows limit credit.</summary>
    private uint _creditRows;

    /// <summary>The account's position with its open orders of the order's side filled, this one included.</summary>
    private long WorstPosition(ref RiskQuestion question)
    {
        if (question.Reduces || question.Instrument->Features == InstrumentFeatures.None)
        {
            return 0;
        }

        uint accountId = question.Envelope->AccountId;
        uint leg = _accounts[accountId].PositionMode == PositionMode.Hedging ? question.Side : 0;
        ref PositionRecord position = ref _positions[
            _positions.Find(Positions.KeyOf(accountId, question.InstrumentId, leg))];
        long worst = question.Side == 0
            ? position.NetLots + position.OpenBuyLots
            : position.OpenSellLots - position.NetLots;
        return worst + question.MoreLots;
    }

    /// <summary>What of the credit would be used. An amount in another currency is beyond any credit.</summary>
    private long CreditWith(RiskRow* row, ref RiskQuestion question)
    {
        if (row->CreditCurrencyId != question.Instrument->QuoteCurrencyId)
        {
            return long.MaxValue;
        }

        Int128 more = question.Order != null
            ? NotionalOf(ref question)
            : (Int128)question.NotionalOpen - question.NotionalBefore;
        return (long)Int128.Clamp(row->CreditUsed + more, long.MinValue, long.MaxValue);
    }

    /// <summary>An accepted limit order: lots that left it again in its own command were given back before.</summary>
    private void ChargeNew(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        if (_creditRows != 0 && request->OrderType == OrderType.Limit)
        {
            long notional = Math.Abs(entry.Instrument->Notional(entry.Price, request->Quantity));
            Charge(_concernedRows.Pointer, _concernedCount, entry.Instrument->QuoteCurrencyId, notional);
        }
    }

    /// <summary>Uses credit for a living order, or gives it back.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Charge(OrderRecord* order, long notional)
    {
        // Orders that the engine enters have no name and use no credit.
        if (order->ClientIdEntry == 0)
        {
            return;
        }

        uint* rows = _concernedRows.Pointer + MostRows;
        uint count = Gather(SessionOf(order), order->Resting.AccountId, 0, rows);
        Charge(rows, count, _instruments[order->InstrumentId].QuoteCurrencyId, notional);
    }

    private void Charge(uint* rows, uint count, uint currencyId, long notional)
    {
        for (uint i = 0; i < count; i++)
        {
            RiskRow* row = _riskRows[rows[i]];
            ChargeRow(row, currencyId, notional);
            ChargeRow(_riskRows[row->WarningRow], currencyId, notional);
        }
    }

    private static void ChargeRow(RiskRow* row, uint currencyId, long notional)
    {
        if (row->Has(RiskLimitKind.Credit) && row->CreditCurrencyId == currencyId)
        {
            row->CreditUsed += notional;
        }
    }

    /// <summary>Notional of the resting orders of a session, account, group, firm, member or the venue, in one currency.</summary>
    private Int128 OpenNotional(RiskLevel level, uint id, uint currencyId)
    {
        Int128 sum = 0;
        for (uint owner = 1; owner <= _owners.OwnerCount; owner++)
        {
            if (IsOwnerOf(ref _owners[owner], level, id))
            {
                sum += OpenNotional(_owners[owner].Full, currencyId) + OpenNotional(_owners[owner].Roomy, currencyId);
            }
        }

        return sum;
    }

    private bool IsOwnerOf(ref Owner owner, RiskLevel level, uint id)
    {
        Account* account = _accounts + owner.AccountId;
        return level switch
        {
            RiskLevel.Session => owner.SessionId == id,
            RiskLevel.Account => owner.AccountId == id,
            RiskLevel.Group => account->GroupId == id,
            RiskLevel.Firm => account->FirmId == id,
            RiskLevel.ClearingMember => _clearingMembers[account->FirmId] == id,
            _ => true,
        };
    }

    private Int128 OpenNotional(uint block, uint currencyId)
    {
        Int128 sum = 0;
        for (; block != 0; block = _owners.Block(block)->Next)
        {
            for (uint used = _owners.Block(block)->Used; used != 0; used &= used - 1)
            {
                OrderRecord* order = Record(_owners.Block(block)->Slots[BitOperations.TrailingZeroCount(used)]);
                Instrument* instrument = _instruments + order->InstrumentId;
                sum += instrument->QuoteCurrencyId == currencyId
                    ? Math.Abs(instrument->Notional(order->Price, order->Resting.OpenLots))
                    : 0;
            }
        }

        return sum;
    }

    private void SetClearingMember(SetClearingMemberBlock* request)
    {
        uint firmId = request->ClearingFirmId;
        if (firmId == 0 || firmId >= _firms.Length || request->MemberId >= _firms.Length)
        {
            RejectCommand(SetClearingMemberBlock.TemplateId, RejectReason.UnknownFirm);
            return;
        }

        uint previous = _clearingMembers[firmId];
        _clearingMembers[firmId] = request->MemberId;
        MoveUsage(RiskLevel.ClearingMember, previous, request->MemberId, RiskLevel.Firm, firmId);
        var block = (ClearingMemberChangedBlock*)_writer.Next(
            ClearingMemberChangedBlock.TemplateId, ClearingMemberChangedBlock.BlockLength, 0, 0);
        block->ClearingFirmId = firmId;
        block->MemberId = request->MemberId;
        block->PreviousMemberId = previous;
    }

    /// <summary>Somebody's resting orders went from one group or member to another; what they traded stays where it was.</summary>
    private void MoveUsage(RiskLevel level, uint before, uint after, RiskLevel who, uint whoId)
    {
        if ((_countingRows | _creditRows) == 0)
        {
            return;
        }

        foreach (RiskAction action in (ReadOnlySpan<RiskAction>)[RiskAction.Reject, RiskAction.Warn])
        {
            MoveUsage(_riskRows[_riskRows.Find(level, before, action)], who, whoId, -1);
            MoveUsage(_riskRows[_riskRows.Find(level, after, action)], who, whoId, 1);
        }
    }

    private void MoveUsage(RiskRow* row, RiskLevel who, uint whoId, int sign)
    {
        RecountOpenOrders(row);
        if (row->Has(RiskLimitKind.Credit))
        {
            row->CreditUsed += sign * OpenNotional(who, whoId, row->CreditCurrencyId);
        }
    }
}
