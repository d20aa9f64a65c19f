using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Tables that can be full. Nothing is kept up to date here: each question counts anew.</summary>
internal sealed partial class ReferenceEngine
{
    private const int PricesPerPageShift = 4;

    /// <summary>Pairs of (session, account) that an order has rested for. They stay.</summary>
    private readonly HashSet<(uint Session, uint Account)> _owners = [];

    private bool HasPricePage(ReferenceInstrument instrument, Side side, long price)
    {
        var pages = RestingOrders
            .Select(order => (order.Instrument.Id, order.Side, Page: order.Price >> PricesPerPageShift))
            .Distinct()
            .ToList();
        return pages.Contains((instrument.Id, side, price >> PricesPerPageShift)) || pages.Count < Limits.MaxPricePages;
    }

    private bool HasRoomForOwner(uint sessionId, ReferenceAccount account) =>
        _owners.Contains((sessionId, account.Id)) || _owners.Count < Limits.MaxOwners;

    private void Rest(ReferenceOrder order)
    {
        order.Instrument.Book.Add(order);
        _owners.Add((order.SessionId, order.Account.Id));
        Value(order.Position);
    }

    private bool HasRoomForBalances(ReferenceAccount account, ReferenceInstrument instrument)
    {
        uint[] wanted = instrument.IsOnMargin
            ? [instrument.Definition.QuoteCurrencyId]
            : [instrument.Definition.BaseCurrencyId, instrument.Definition.QuoteCurrencyId];
        return BalanceCount + wanted.Count(currency => !account.Balances.ContainsKey(currency)) <= Limits.MaxBalances;
    }

    private int BalanceCount => _accounts.Values.Sum(account => account.Balances.Count);

    private static void OpenBalances(ReferenceAccount account, ReferenceInstrument instrument)
    {
        if (!instrument.IsOnMargin)
        {
            account.OpenBalance(instrument.Definition.BaseCurrencyId);
        }

        account.OpenBalance(instrument.Definition.QuoteCurrencyId);
    }

    private bool HasRoomForClientOrderId(ReferenceAccount account)
    {
        bool windowIsFull = account.Window.Count == Limits.ClientIdWindow;
        bool forgetsOne = windowIsFull && !account.Window[0].HasLiveOrder;
        return forgetsOne || _accounts.Values.Sum(other => other.KnownIds.Count) < Limits.MaxClientIds;
    }

    private void Remember(ReferenceAccount account, KnownClientOrderId known)
    {
        if (account.Window.Count == Limits.ClientIdWindow)
        {
            KnownClientOrderId oldest = account.Window[0];
            account.Window.RemoveAt(0);
            oldest.IsInWindow = false;
            if (!oldest.HasLiveOrder)
            {
                account.KnownIds.Remove(oldest.Id);
            }
        }

        account.Window.Add(known);
        account.KnownIds.Add(known.Id, known);
    }

    /// <summary>Ids out of the window were only known because their order lived.</summary>
    private static void ForgetIdsOf(ReferenceOrder order)
    {
        foreach (KnownClientOrderId known in order.Account.KnownIds.Values.ToList())
        {
            if (known.Order == order && !known.IsInWindow)
            {
                order.Account.KnownIds.Remove(known.Id);
            }
        }
    }

    private static bool IsWellFormed(in ClientOrderId id)
    {
        ReadOnlySpan<byte> bytes = id.AsReadOnlySpan();
        int length = bytes.IndexOf((byte)0) is var zero && zero >= 0 ? zero : bytes.Length;
        return length > 0
            && !bytes[..length].ContainsAnyExceptInRange((byte)33, (byte)126)
            && !bytes[length..].ContainsAnyExcept((byte)0);
    }

    private static bool IsEmpty(in ClientOrderId id) => id == default;
}
