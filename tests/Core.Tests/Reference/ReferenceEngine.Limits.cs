using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Limits: how they are set, and what they ask of a request.</summary>
internal sealed partial class ReferenceEngine
{
    private const long LongestWindowNs = 315_360_000_000_000_000;

    private readonly List<ReferenceLimit> _limits = [];

    public IReadOnlyList<ReferenceLimit> RiskLimits => _limits;

    private void SetRiskLimit(in SetRiskLimitBlock request)
    {
        RejectReason reason = CheckRiskLimit(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        var (level, id, action, kind) = (request.Level, request.TargetId, request.Action, request.Kind);
        TakeRiskRow(level, id);
        TakeRiskRow(level, id, action);
        ReferenceLimit? previous = FindLimit(level, id, action, kind);
        _limits.Remove(previous!);
        if (request.Value >= 0)
        {
            _limits.Add(new ReferenceLimit
            {
                Level = level,
                TargetId = id,
                Action = action,
                Kind = kind,
                Value = request.Value,
                WindowNs = request.WindowNs,
                CurrencyId = request.CurrencyId,
                Allowance = request.Allowance,
            });
        }

        Emit(new RiskLimitChangedBlock
        {
            Value = request.Value,
            WindowNs = request.WindowNs,
            PreviousValue = previous?.Value ?? -1,
            PreviousWindowNs = previous?.WindowNs ?? 0,
            TargetId = id,
            CurrencyId = request.CurrencyId,
            PreviousCurrencyId = previous?.CurrencyId ?? 0,
            Allowance = request.Allowance,
            PreviousAllowance = previous?.Allowance ?? 0,
            Level = level,
            Kind = kind,
            Action = action,
            Reason = request.Reason,
        });
    }

    private ReferenceLimit? FindLimit(RiskLevel level, uint id, RiskAction action, RiskLimitKind kind) => _limits
        .SingleOrDefault(l => l.Level == level && l.TargetId == id && l.Action == action && l.Kind == kind);

    private RejectReason CheckRiskLimit(in SetRiskLimitBlock request)
    {
        if (!Enum.IsDefined(request.Level) || request.Level == RiskLevel.NullValue
            || !Enum.IsDefined(request.Kind) || request.Kind == RiskLimitKind.NullValue
            || !Enum.IsDefined(request.Action) || request.Action == RiskAction.NullValue)
        {
            return RejectReason.MalformedCommand;
        }

        RejectReason target = CheckRiskTarget(request.Level, request.TargetId);
        if (target != RejectReason.None)
        {
            return target;
        }

        if (!IsLimit(request))
        {
            return RejectReason.InvalidLimit;
        }

        if (request.CurrencyId != 0 && !_currencies.ContainsKey(request.CurrencyId))
        {
            return RejectReason.UnknownCurrency;
        }

        (RiskLevel, uint, RiskAction)[] needed =
            [(request.Level, request.TargetId, RiskAction.Reject), (request.Level, request.TargetId, request.Action)];
        bool hasRoom = _riskRows.Union(needed).Count() <= Limits.MaxRiskRows;
        return hasRoom ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    private RejectReason CheckRiskTarget(RiskLevel level, uint id) => level switch
    {
        RiskLevel.Session when id == 0 || id >= Limits.MaxSessions => RejectReason.UnknownSession,
        RiskLevel.Account when !_accounts.ContainsKey(id) => RejectReason.UnknownAccount,
        RiskLevel.Instrument when !_instruments.ContainsKey(id) => RejectReason.UnknownInstrument,
        RiskLevel.Group when id >= Limits.MaxAccountGroups => RejectReason.UnknownAccountGroup,
        RiskLevel.ClearingMember when id == 0 || id >= Limits.MaxFirms => RejectReason.UnknownFirm,
        RiskLevel.Firm when id >= Limits.MaxFirms => RejectReason.UnknownFirm,
        RiskLevel.Venue when id != 0 => RejectReason.InvalidLimit,
        _ => RejectReason.None,
    };

    private static bool IsLimit(in SetRiskLimitBlock request)
    {
        bool isInstrument = request.Level == RiskLevel.Instrument;
        if (request.Value == -1)
        {
            bool hasSuchALimit = request.Kind switch
            {
                <= RiskLimitKind.OpenOrders => true,
                RiskLimitKind.PriceCollar => isInstrument,
                RiskLimitKind.NetPosition => true,
                _ => !isInstrument,
            };
            return hasSuchALimit && request.WindowNs == 0 && request.CurrencyId == 0 && request.Allowance == 0;
        }

        bool noCurrency = request.CurrencyId == 0;
        bool noAllowance = request.Allowance == 0;
        bool noWindow = request.WindowNs == 0;
        bool window = request.WindowNs is >= 1 and <= LongestWindowNs;
        return request.Value >= 0 && request.Kind switch
        {
            RiskLimitKind.OrderQuantity => noCurrency && noAllowance && noWindow,
            RiskLimitKind.OrderNotional => noCurrency == isInstrument && noAllowance && noWindow,
            RiskLimitKind.OpenOrders => noCurrency && noAllowance && noWindow && request.Value <= uint.MaxValue,
            RiskLimitKind.NetPosition => noCurrency && noAllowance && noWindow,
            RiskLimitKind.Credit => !noCurrency && noAllowance && noWindow && !isInstrument,
            RiskLimitKind.PriceCollar => noCurrency && noAllowance && noWindow && isInstrument,
            RiskLimitKind.DuplicateOrder => noCurrency && noAllowance && window && request.Value == 0
                && request.Level <= RiskLevel.Account,
            RiskLimitKind.OrderToTrade => noCurrency && window && request.Value <= uint.MaxValue && !isInstrument,
            _ => noCurrency && noAllowance && window && !isInstrument
                && request.Value >= 1 && request.Value <= request.WindowNs,
        };
    }

    /// <summary>The limits that concern a session, an account and an instrument, level by level.</summary>
    private IEnumerable<ReferenceLimit> LimitsOn(uint session, ReferenceAccount account, uint instrument, RiskAction action) =>
        _limits
            .Where(l => l.Action == action)
            .Where(l => l.Level switch
            {
                RiskLevel.Session => l.TargetId == session,
                RiskLevel.Account => l.TargetId == account.Id,
                RiskLevel.Group => l.TargetId == account.GroupId,
                RiskLevel.Firm => l.TargetId == account.FirmId,
                RiskLevel.Instrument => l.TargetId == instrument,
                RiskLevel.ClearingMember => l.TargetId == MemberOf(account),
                _ => true,
            })
            .OrderBy(l => l.Level).ThenBy(l => l.Kind);

    private RejectReason CheckEntry(ReferenceAccount account) =>
        IsKilled(account) ? RejectReason.KillSwitch : CheckRate(account, RiskLimitKind.OrderRate);

    private RejectReason CheckRate(ReferenceAccount account, RiskLimitKind kind)
    {
        long now = _command.TimestampNs;
        List<ReferenceLimit> hard = LimitsOn(_command.SessionId, account, 0, RiskAction.Reject).Where(l => l.Kind == kind).ToList();
        List<ReferenceLimit> soft = LimitsOn(_command.SessionId, account, 0, RiskAction.Warn).Where(l => l.Kind == kind).ToList();
        if (hard.Exists(l => l.HasTooMuchDebt(now)))
        {
            return kind == RiskLimitKind.OrderRate ? RejectReason.OrderRateLimit : RejectReason.CancelRateLimit;
        }

        foreach (ReferenceLimit limit in soft.Where(l => l.HasTooMuchDebt(now)))
        {
            Warn(limit, limit.Value + 1);
        }

        foreach (ReferenceLimit limit in hard.Concat(soft.Where(l => !l.HasTooMuchDebt(now))))
        {
            limit.AddDebt(now);
        }

        return RejectReason.None;
    }

    private void Warn(ReferenceLimit limit, BigInteger measured) => Emit(new RiskWarningBlock
    {
        Value = limit.Kind == RiskLimitKind.DuplicateOrder ? limit.WindowNs : limit.Value,
        Measured = (long)measured,
        TargetId = limit.TargetId,
        Level = limit.Level,
        Kind = limit.Kind,
    });

    /// <summary>The permission and the limits on a new order or on an amendment; the request is null for the latter.</summary>
    private RejectReason CheckLimits(
        ReferenceAccount account,
        ReferenceInstrument instrument,
        Side side,
        long lots,
        long price,
        BigInteger notional,
        bool reduces,
        NewOrderBlock? request,
        ReferenceOrder? amended = null)
    {
        if (!IsPermitted(account, instrument, reduces))
        {
            return RejectReason.NotPermitted;
        }

        Question question = new(account, instrument, side, lots, price, notional, request)
        {
            Reduces = reduces,
            MoreLots = amended is null ? lots : (BigInteger)lots - amended.TotalLots,
            MoreNotional = amended is null
                ? BigInteger.Min(notional, long.MaxValue)
                : BigInteger.Abs(instrument.Notional(price, lots - amended.FilledLots))
                    - BigInteger.Abs(instrument.Notional(amended.Price, amended.OpenLots)),
        };
        foreach (ReferenceLimit limit in LimitsOn(_command.SessionId, account, instrument.Id, RiskAction.Reject))
        {
            if (Beyond(limit, question) is not null)
            {
                return limit.Kind switch
                {
                    RiskLimitKind.OrderQuantity => RejectReason.OrderQuantityLimit,
                    RiskLimitKind.OrderNotional => RejectReason.OrderNotionalLimit,
                    RiskLimitKind.OpenOrders => RejectReason.OpenOrdersLimit,
                    RiskLimitKind.DuplicateOrder => RejectReason.DuplicateOrder,
                    RiskLimitKind.PriceCollar => RejectReason.PriceOutsideCollar,
                    RiskLimitKind.NetPosition => RejectReason.PositionLimit,
                    RiskLimitKind.Credit => RejectReason.CreditLimit,
                    _ => RejectReason.OrderToTradeLimit,
                };
            }
        }

        foreach (ReferenceLimit limit in LimitsOn(_command.SessionId, account, instrument.Id, RiskAction.Warn))
        {
            if (Beyond(limit, question) is { } measured)
            {
                Warn(limit, measured);
            }
        }

        return RejectReason.None;
    }

    /// <summary>What the request makes of the limit when that is too much; else null.</summary>
    private BigInteger? Beyond(ReferenceLimit limit, Question question)
    {
        (_, ReferenceInstrument instrument, Side side, long lots, long price, BigInteger notional, NewOrderBlock? order) =
            question;
        switch (limit.Kind)
        {
            case RiskLimitKind.OrderQuantity:
                return lots > limit.Value ? lots : null;
            case RiskLimitKind.OrderNotional:
                bool tells = limit.CurrencyId == 0 || limit.CurrencyId == instrument.Definition.QuoteCurrencyId;
                BigInteger amount = tells ? BigInteger.Min(notional, long.MaxValue) : long.MaxValue;
                return amount > limit.Value ? amount : null;
            case RiskLimitKind.OpenOrders:
                int count = RestingOrders.Count(o => IsIn((limit.Level, limit.TargetId), o)) + 1;
                bool mayRest = order is { TimeInForce: TimeInForce.GoodTillCancel };
                return mayRest && count > limit.Value ? count : null;
            case RiskLimitKind.DuplicateOrder:
                return order is { } asked ? limit.SinceEqual(asked, _command.TimestampNs) : null;
            case RiskLimitKind.OrderToTrade:
                limit.Enter(_command.TimestampNs);
                BigInteger messages = limit.Messages + (order is null ? 2 : 1);
                return messages > limit.Allowance + (limit.Value * limit.Trades) ? messages : null;
            case RiskLimitKind.PriceCollar:
                bool isMarket = order is { OrderType: OrderType.Market };
                BigInteger worst = WorstPrice(instrument, side, limit.Value) ?? price;
                BigInteger beyond = side == Side.Buy ? price - worst : worst - price;
                return !isMarket && beyond > 0 ? BigInteger.Min(beyond, long.MaxValue) : null;
            case RiskLimitKind.NetPosition:
                return WorstPosition(question) is { } worstLots && worstLots > limit.Value ? worstLots : null;
            case RiskLimitKind.Credit:
                BigInteger used = CreditWith(limit, question);
                return used > limit.Value ? used : null;
            default:
                return null;
        }
    }

    /// <summary>What a new order, or an amendment, asks of the limits.</summary>
    private sealed record Question(
        ReferenceAccount Account,
        ReferenceInstrument Instrument,
        Side Side,
        long Lots,
        long Price,
        BigInteger Notional,
        NewOrderBlock? Order)
    {
        public required bool Reduces { get; init; }

        /// <summary>Lots and notional by which what is open of the order grows.</summary>
        public required BigInteger MoreLots { get; init; }

        public required BigInteger MoreNotional { get; init; }
    }

    private BigInteger MarketNotional(in NewOrderBlock request, ReferenceInstrument instrument)
    {
        BigInteger sum = 0;
        long remaining = request.Quantity;
        foreach (ReferenceOrder maker in InReach(request, instrument))
        {
            long lots = Math.Min(remaining, maker.OpenLots);
            sum += BigInteger.Abs(instrument.Notional(maker.Price, lots));
            remaining -= lots;
        }

        return sum;
    }

    private void RememberRequest(ReferenceAccount account, uint messages, NewOrderBlock? order)
    {
        RiskAction[] actions = [RiskAction.Reject, RiskAction.Warn];
        foreach (ReferenceLimit limit in actions.SelectMany(a => LimitsOn(_command.SessionId, account, 0, a)).ToList())
        {
            if (limit.Kind == RiskLimitKind.OrderToTrade)
            {
                limit.AddMessages(messages, _command.TimestampNs);
            }

            if (limit.Kind == RiskLimitKind.DuplicateOrder && order is { } accepted)
            {
                limit.Remember(accepted, _command.TimestampNs);
            }
        }
    }

    private void CountTrade(ReferenceOrder order)
    {
        RiskAction[] actions = [RiskAction.Reject, RiskAction.Warn];
        foreach (ReferenceLimit limit in actions.SelectMany(a => LimitsOn(order.SessionId, order.Account, 0, a)))
        {
            if (limit.Kind == RiskLimitKind.OrderToTrade)
            {
                limit.AddTrade(_command.TimestampNs);
            }
        }
    }

    private void ShowLimits()
    {
        foreach ((RiskLevel level, uint id, RiskAction action) in _riskRows)
        {
            IEnumerable<ReferenceLimit> own = _limits.Where(l => l.Level == level && l.TargetId == id && l.Action == action);
            foreach (ReferenceLimit limit in own.OrderBy(l => l.Kind))
            {
                RiskLimitImageBlock block = new()
                {
                    Value = limit.Value,
                    WindowNs = limit.WindowNs,
                    TargetId = id,
                    CurrencyId = limit.CurrencyId,
                    Allowance = limit.Allowance,
                    Level = level,
                    Kind = limit.Kind,
                    Action = action,
                };
                Show(block, default);
            }
        }
    }
}
