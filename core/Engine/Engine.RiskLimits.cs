using System.Numerics;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Limits set, changed and lifted by command, each change told with the old and the new value.</summary>
public sealed unsafe partial class Engine
{
    /// <summary>Ten years: no window is longer, so that no sum of times overflows.</summary>
    private const long LongestWindowNs = 315_360_000_000_000_000;
    private const long NoLimit = -1;

    /// <summary>A limit as commands and events tell it.</summary>
    private struct LimitTerms
    {
        public long Value;
        public long WindowNs;
        public uint CurrencyId;
        public uint Allowance;
    }

    private void SetRiskLimit(SetRiskLimitBlock* request)
    {
        RejectReason reason = CheckRiskLimit(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(SetRiskLimitBlock.TemplateId, reason);
            return;
        }

        RiskRow* row = _riskRows[TakeRows(request->Level, request->TargetId, request->Action)];
        LimitTerms previous = TermsOf(row, request->Kind);
        var terms = new LimitTerms
        {
            Value = request->Value,
            WindowNs = request->WindowNs,
            CurrencyId = request->CurrencyId,
            Allowance = request->Allowance,
        };
        bool wasCounting = row->Has(RiskLimitKind.OpenOrders);
        _creditRows -= row->Has(RiskLimitKind.Credit) ? 1u : 0u;
        bool wasRated = row->Has(RiskLimitKind.OrderToTrade);
        SetTerms(row, request->Kind, terms);
        _creditRows += row->Has(RiskLimitKind.Credit) ? 1u : 0u;
        _countingRows += (row->Has(RiskLimitKind.OpenOrders) ? 1u : 0u) - (wasCounting ? 1u : 0u);
        _ratioRows += (row->Has(RiskLimitKind.OrderToTrade) ? 1u : 0u) - (wasRated ? 1u : 0u);
        if (request->Kind == RiskLimitKind.OpenOrders)
        {
            RecountOpenOrders(row);
        }

        if (request->Kind == RiskLimitKind.Credit)
        {
            row->CreditUsed = row->Has(RiskLimitKind.Credit)
                ? OpenNotional(row->Level, row->TargetId, row->CreditCurrencyId)
                : 0;
        }

        WriteLimitChanged(request, previous);
    }

    private void WriteLimitChanged(SetRiskLimitBlock* request, LimitTerms previous)
    {
        var block = (RiskLimitChangedBlock*)_writer.Next(
            RiskLimitChangedBlock.TemplateId, RiskLimitChangedBlock.BlockLength, 0, 0);
        block->Value = request->Value;
        block->WindowNs = request->WindowNs;
        block->PreviousValue = previous.Value;
        block->PreviousWindowNs = previous.WindowNs;
        block->TargetId = request->TargetId;
        block->CurrencyId = request->CurrencyId;
        block->PreviousCurrencyId = previous.CurrencyId;
        block->Allowance = request->Allowance;
        block->PreviousAllowance = previous.Allowance;
        block->Level = request->Level;
        block->Kind = request->Kind;
        block->Action = request->Action;
        block->Reason = request->Reason;
    }

    private RejectReason CheckRiskLimit(SetRiskLimitBlock* request)
    {
        if (request->Level > RiskLevel.Instrument
            || request->Kind > RiskLimitKind.Credit
            || request->Action > RiskAction.Warn)
        {
            return RejectReason.MalformedCommand;
        }

        RejectReason reason = CheckRiskTarget(request->Level, request->TargetId);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (!IsLimit(request))
        {
            return RejectReason.InvalidLimit;
        }

        if (request->CurrencyId != 0 && !IsCurrency(request->CurrencyId))
        {
            return RejectReason.UnknownCurrency;
        }

        return HasRoomForRows(request) ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    private RejectReason CheckRiskTarget(RiskLevel level, uint id) => level switch
    {
        RiskLevel.Session => id - 1 < _sessions.Length - 1 ? RejectReason.None : RejectReason.UnknownSession,
        RiskLevel.Account => IsOpenAccount(id) ? RejectReason.None : RejectReason.UnknownAccount,
        RiskLevel.Instrument => DefinedOrZero(id) != 0 ? RejectReason.None : RejectReason.UnknownInstrument,
        RiskLevel.Venue => id == 0 ? RejectReason.None : RejectReason.InvalidLimit,
        RiskLevel.Group => id < Limits.MaxAccountGroups ? RejectReason.None : RejectReason.UnknownAccountGroup,
        RiskLevel.ClearingMember => id - 1 < _firms.Length - 1 ? RejectReason.None : RejectReason.UnknownFirm,
        RiskLevel.Firm => id < _firms.Length ? RejectReason.None : RejectReason.UnknownFirm,
        _ => RejectReason.MalformedCommand,
    };

    /// <summary>The terms fit kind and level; what a kind does not use is zero.</summary>
    private static bool IsLimit(SetRiskLimitBlock* request)
    {
        bool lifts = request->Value == NoLimit;
        bool isRate = request->Kind is RiskLimitKind.OrderRate or RiskLimitKind.CancelRate;
        bool isTimed = isRate || request->Kind is RiskLimitKind.DuplicateOrder or RiskLimitKind.OrderToTrade;
        bool isInstrument = request->Level == RiskLevel.Instrument;
        bool isCollar = request->Kind == RiskLimitKind.PriceCollar;
        bool isCredit = request->Kind == RiskLimitKind.Credit;
        bool needsCurrency = !lifts && !isInstrument && (isCredit || request->Kind == RiskLimitKind.OrderNotional);
        bool usesAllowance = request->Kind == RiskLimitKind.OrderToTrade && !lifts;
        if (((isTimed || isCredit) && isInstrument)
            || (isCollar && !isInstrument)
            || (request->CurrencyId != 0) != needsCurrency
            || (request->Allowance != 0 && !usesAllowance)
            || request->Value < NoLimit)
        {
            return false;
        }

        if (lifts || !isTimed)
        {
            bool small = request->Kind != RiskLimitKind.OpenOrders || request->Value <= uint.MaxValue;
            return request->WindowNs == 0 && small;
        }

        if (request->WindowNs < 1 || request->WindowNs > LongestWindowNs)
        {
            return false;
        }

        return request->Kind switch
        {
            RiskLimitKind.DuplicateOrder => request->Value == 0
                && request->Level is RiskLevel.Session or RiskLevel.Account,
            RiskLimitKind.OrderToTrade => request->Value <= uint.MaxValue,
            _ => request->Value >= 1 && request->Value <= request->WindowNs,
        };
    }

    /// <summary>A row that warns hangs on the row that rejects, so both have to be there.</summary>
    private bool HasRoomForRows(SetRiskLimitBlock* request)
    {
        uint missing = _riskRows.Find(request->Level, request->TargetId) == 0 ? 1u : 0u;
        if (request->Action == RiskAction.Warn
            && _riskRows.Find(request->Level, request->TargetId, RiskAction.Warn) == 0)
        {
            missing++;
        }

        return missing <= _riskRows.Room;
    }

    /// <summary>The row of the limit, made and linked on first use.</summary>
    private uint TakeRows(RiskLevel level, uint id, RiskAction action)
    {
        uint row = _riskRows.FindOrAdd(level, id);
        Link(level, id, row);
        if (action == RiskAction.Reject)
        {
            return row;
        }

        uint warning = _riskRows.FindOrAdd(level, id, RiskAction.Warn);
        Invariant.Require(warning != 0);
        _riskRows[row]->WarningRow = warning;
        return warning;
    }

    private void Link(RiskLevel level, uint id, uint row)
    {
        switch (level)
        {
            case RiskLevel.Session:
                _sessions[id].RiskRow = row;
                break;
            case RiskLevel.Account:
                _accounts[id].RiskRow = row;
                break;
            case RiskLevel.Group:
                _groupRows[id] = row;
                break;
            case RiskLevel.Firm:
                _firmRows[id] = row;
                break;
            case RiskLevel.Instrument:
                _instrumentRows[id] = row;
                break;
            case RiskLevel.ClearingMember:
                _memberRows[id] = row;
                break;
            default:
                _venueRow = row;
                break;
        }

        _venueRisk |= level is RiskLevel.Session or RiskLevel.Account ? 0 : SharedRows;
    }

    private static LimitTerms TermsOf(RiskRow* row, RiskLimitKind kind)
    {
        if (!row->Has(kind))
        {
            return new LimitTerms { Value = NoLimit };
        }

        return kind switch
        {
            RiskLimitKind.OrderQuantity => new LimitTerms { Value = row->MaxLots },
            RiskLimitKind.OrderNotional => new LimitTerms { Value = row->MaxNotional, CurrencyId = row->CurrencyId },
            RiskLimitKind.OpenOrders => new LimitTerms { Value = row->MaxOpenOrders },
            RiskLimitKind.OrderRate => new LimitTerms { Value = row->Orders.Requests, WindowNs = row->Orders.WindowNs },
            RiskLimitKind.CancelRate => new LimitTerms { Value = row->Cancels.Requests, WindowNs = row->Cancels.WindowNs },
            RiskLimitKind.DuplicateOrder => new LimitTerms { WindowNs = row->DuplicateNs },
            RiskLimitKind.PriceCollar => new LimitTerms { Value = row->CollarMillionths },
            RiskLimitKind.NetPosition => new LimitTerms { Value = row->MaxPosition },
            RiskLimitKind.Credit => new LimitTerms { Value = row->MaxCredit, CurrencyId = row->CreditCurrencyId },
            _ => new LimitTerms
            {
                Value = row->MessagesPerTrade,
                WindowNs = row->RatioWindowNs,
                Allowance = row->Allowance,
            },
        };
    }

    /// <summary>Sets the limit and empties what it counts; a lifted one leaves zeros.</summary>
    private static void SetTerms(RiskRow* row, RiskLimitKind kind, LimitTerms terms)
    {
        bool sets = terms.Value != NoLimit;
        uint bit = 1u << (int)kind;
        row->Armed = (ushort)(sets ? row->Armed | bit : row->Armed & ~bit);
        long value = sets ? terms.Value : 0;
        switch (kind)
        {
            case RiskLimitKind.OrderQuantity:
                row->MaxLots = sets ? value : long.MaxValue;
                break;
            case RiskLimitKind.OrderNotional:
                row->MaxNotional = sets ? value : long.MaxValue;
                row->CurrencyId = terms.CurrencyId;
                break;
            case RiskLimitKind.OpenOrders:
                row->MaxOpenOrders = sets ? (uint)value : uint.MaxValue;
                break;
            case RiskLimitKind.OrderRate:
                row->Orders = sets ? RateLimit.Of(value, terms.WindowNs) : default;
                break;
            case RiskLimitKind.CancelRate:
                row->Cancels = sets ? RateLimit.Of(value, terms.WindowNs) : default;
                break;
            case RiskLimitKind.DuplicateOrder:
                row->DuplicateNs = terms.WindowNs;
                row->ForgetRecent();
                break;
            case RiskLimitKind.PriceCollar:
                row->CollarMillionths = value;
                break;
            case RiskLimitKind.NetPosition:
                row->MaxPosition = value;
                break;
            case RiskLimitKind.Credit:
                row->MaxCredit = value;
                row->CreditCurrencyId = terms.CurrencyId;
                break;
            default:
                row->MessagesPerTrade = (uint)value;
                row->Allowance = terms.Allowance;
                row->RatioWindowNs = terms.WindowNs;
                row->RatioWindowEndNs = 0;
                row->Messages = 0;
                row->Trades = 0;
                break;
        }
    }

    /// <summary>Resting orders of a session, account, group, firm, instrument or the venue, counted one by one.</summary>
    private uint CountOpenOrders(RiskLevel level, uint id)
    {
        uint count = 0;
        for (uint owner = 1; owner <= _owners.OwnerCount; owner++)
        {
            ref Owner o = ref _owners[owner];
            if (IsOwnerOf(ref o, level, id))
            {
                uint instrumentId = level == RiskLevel.Instrument ? id : 0;
                count += CountBlocks(o.Full, instrumentId) + CountBlocks(o.Roomy, instrumentId);
            }
        }

        return count;
    }

    private uint CountBlocks(uint block, uint instrumentId)
    {
        uint count = 0;
        for (; block != 0; block = _owners.Block(block)->Next)
        {
            uint used = _owners.Block(block)->Used;
            if (instrumentId == 0)
            {
                count += (uint)BitOperations.PopCount(used);
                continue;
            }

            for (; used != 0; used &= used - 1)
            {
                uint slot = _owners.Block(block)->Slots[BitOperations.TrailingZeroCount(used)];
                count += Record(slot)->InstrumentId == instrumentId ? 1u : 0u;
            }
        }

        return count;
    }

    private void RecountOpenOrders(RiskRow* row) =>
        row->OpenOrders = row->Has(RiskLimitKind.OpenOrders) ? CountOpenOrders(row->Level, row->TargetId) : 0;
}
