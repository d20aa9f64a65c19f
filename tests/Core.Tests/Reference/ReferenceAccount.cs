using System.Collections.Generic;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

internal sealed class ReferenceAccount
{
    public required uint Id { get; init; }

    public required uint FirmId { get; init; }

    public PositionMode PositionMode { get; init; }

    public MarginMode MarginMode { get; init; }

    /// <summary>It has or had a position on margin.</summary>
    public bool IsOnMargin { get; set; }

    public ReferenceMarginState MarginState { get; set; }

    /// <summary>Null: the venue's.</summary>
    public ReferenceLevels? Levels { get; set; }

    /// <summary>Positions that the running liquidation has tried to close, and those whose debt it has tried to cover.</summary>
    public List<ReferencePosition> ClosesTried { get; } = [];

    public List<ReferencePosition> DebtsTried { get; } = [];

    public required AccountKind Kind { get; init; }

    public required Schemas.Environment Environment { get; init; }

    public ushort GroupId { get; set; }

    /// <summary>By currency.</summary>
    public SortedDictionary<uint, ReferenceBalance> Balances { get; } = [];

    /// <summary>All ids that are known, in the window or because their order lives.</summary>
    public Dictionary<ClientOrderId, KnownClientOrderId> KnownIds { get; } = [];

    /// <summary>Those that count in the window, the oldest first.</summary>
    public List<KnownClientOrderId> Window { get; } = [];

    public BigInteger Available(uint currency) =>
        Balances.TryGetValue(currency, out ReferenceBalance? balance) ? balance.Available : 0;

    /// <summary>The balance, made at zero when it is not there yet.</summary>
    public ReferenceBalance OpenBalance(uint currency)
    {
        if (!Balances.TryGetValue(currency, out ReferenceBalance? balance))
        {
            balance = new ReferenceBalance();
            Balances.Add(currency, balance);
        }

        return balance;
    }
}

internal sealed class ReferenceBalance
{
    public BigInteger Available { get; set; }

    public BigInteger Held { get; set; }

    public BigInteger Pending { get; set; }

    public BigInteger Total => Available + Held + Pending;
}

internal sealed class ReferenceSession
{
    public required uint Id { get; init; }

    public ushort GatewayId { get; set; }

    public DisconnectPolicy Policy { get; set; }

    public bool IsOpen { get; set; }

    public ulong LastSequence { get; set; }
}

/// <summary>What is remembered under a client order id.</summary>
internal sealed class KnownClientOrderId
{
    public required ClientOrderId Id { get; init; }

    /// <summary>The request as received; null when an amendment gave the id, which no new order can equal.</summary>
    public NewOrderBlock? Content { get; init; }

    /// <summary>None: it was accepted.</summary>
    public RejectReason Reason { get; init; }

    /// <summary>Null when it was rejected.</summary>
    public ReferenceOrder? Order { get; init; }

    public bool IsInWindow { get; set; } = true;

    public bool HasLiveOrder => Order is { IsAlive: true };
}
