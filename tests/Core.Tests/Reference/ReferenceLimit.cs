using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>One limit of one kind, and what was used of it since it was set.</summary>
internal sealed class ReferenceLimit
{
    private const int RecentOrders = 8;

    private readonly List<(NewOrderBlock Order, long AtNs)> _recent = [];
    private BigInteger _debt;
    private long _debtAtNs;
    private long _window = -1;

    public required RiskLevel Level { get; init; }

    public required uint TargetId { get; init; }

    public required RiskAction Action { get; init; }

    public required RiskLimitKind Kind { get; init; }

    public required long Value { get; init; }

    public required long WindowNs { get; init; }

    public required uint CurrencyId { get; init; }

    public required uint Allowance { get; init; }

    public BigInteger Messages { get; private set; }

    public BigInteger Trades { get; private set; }

    /// <summary>Of a credit: notional that traded.</summary>
    public BigInteger Traded { get; set; }

    private BigInteger Cost => (WindowNs + Value - 1) / Value;

    /// <summary>Each request adds its cost; every nanosecond takes one away.</summary>
    public bool HasTooMuchDebt(long nowNs) => DebtAt(nowNs) > (Value - 1) * Cost;

    public void AddDebt(long nowNs)
    {
        _debt = DebtAt(nowNs) + Cost;
        _debtAtNs = nowNs;
    }

    private BigInteger DebtAt(long nowNs) => BigInteger.Max(0, _debt - (nowNs - _debtAtNs));

    /// <summary>How long ago the youngest equal one of the last orders came; null when none came within the window.</summary>
    public long? SinceEqual(NewOrderBlock order, long nowNs) => _recent
        .Where(r => IsAlike(r.Order, order) && nowNs - r.AtNs <= WindowNs)
        .Select(r => (long?)(nowNs - r.AtNs))
        .Min();

    public void Remember(NewOrderBlock order, long nowNs)
    {
        _recent.Add((order, nowNs));
        if (_recent.Count > RecentOrders)
        {
            _recent.RemoveAt(0);
        }
    }

    private static bool IsAlike(in NewOrderBlock a, in NewOrderBlock b) =>
        a.InstrumentId == b.InstrumentId && a.Side == b.Side && a.OrderType == b.OrderType && a.Quantity == b.Quantity
        && (a.OrderType == OrderType.Market || a.Price == b.Price);

    public void Enter(long nowNs)
    {
        if (nowNs / WindowNs != _window)
        {
            _window = nowNs / WindowNs;
            Messages = 0;
            Trades = 0;
        }
    }

    public void AddMessages(uint messages, long nowNs)
    {
        Enter(nowNs);
        Messages += messages;
    }

    public void AddTrade(long nowNs)
    {
        Enter(nowNs);
        Trades++;
    }
}
