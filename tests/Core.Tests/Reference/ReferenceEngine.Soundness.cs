using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Core.Tests.Reference;

/// <summary>What must be true of any state, whatever the commands were. It guards the oracle against itself.</summary>
internal sealed partial class ReferenceEngine
{
    public void RequireSoundState()
    {
        RequireHoldsMatchOrders();
        RequireSumsAreConserved();
        RequirePendingMatchesWithdrawals();
        RequirePositionsBalance();
        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            RequireSortedAndUncrossed(instrument.Book);
        }

        Require(RestingOrders.Count() <= Limits.MaxOrders, "more orders than slots");
        Require(BalanceCount <= Limits.MaxBalances, "more balances than the table holds");
        Require(_accounts.Values.Sum(a => a.KnownIds.Count) <= Limits.MaxClientIds, "more client order ids than fit");
        Require(RestingOrders.All(o => o.IsAlive && o.OpenLots > 0 && o.OpenLots <= o.TotalLots), "a dead order rests");
        Require(
            RestingOrders.All(o => o.Account.KnownIds.TryGetValue(o.LastClientOrderId, out var known) && known.Order == o),
            "a resting order has lost its name");
    }

    private void RequireHoldsMatchOrders()
    {
        foreach (ReferenceAccount account in _accounts.Values)
        {
            foreach ((uint currency, ReferenceBalance balance) in account.Balances)
            {
                BigInteger held = 0;
                foreach (ReferenceOrder order in RestingOrders.Where(o => o.Account == account))
                {
                    (BigInteger heldBase, BigInteger heldQuote) =
                        order.Instrument.Hold(order.Side, order.Price, order.OpenLots);
                    Require(heldBase == order.HeldBase && heldQuote == order.HeldQuote, "a hold is not its order's");
                    held += order.Instrument.Definition.BaseCurrencyId == currency ? heldBase : 0;
                    held += order.Instrument.Definition.QuoteCurrencyId == currency ? heldQuote + (order.Fees?.Held ?? 0) : 0;
                }

                Require(held == balance.Held, $"account {account.Id} holds {balance.Held} for orders that need {held}");
                RequireSound(balance);
            }
        }
    }

    /// <summary>Debits are credits: over all accounts of an environment a currency sums to zero.</summary>
    private void RequireSumsAreConserved()
    {
        foreach (Environment environment in (Environment[])[Environment.Live, Environment.Demo])
        {
            foreach (uint currency in _currencies.Keys)
            {
                BigInteger sum = AllTotals(environment, currency).Aggregate(BigInteger.Zero, (a, b) => a + b);
                Require(sum == 0, $"currency {currency} of {environment} sums to {sum}");
                BigInteger positive = PositiveSum(environment, currency);
                Require(Fits(positive), $"currency {currency} of {environment} has {positive} above zero");
            }
        }
    }

    private static void RequireSortedAndUncrossed(ReferenceBook book)
    {
        Require(book.Bids.Zip(book.Bids.Skip(1)).All(p => p.First.Price >= p.Second.Price), "bids out of order");
        Require(book.Asks.Zip(book.Asks.Skip(1)).All(p => p.First.Price <= p.Second.Price), "asks out of order");
        bool isCrossed = book.Bids.Count > 0 && book.Asks.Count > 0 && book.Bids[0].Price >= book.Asks[0].Price;
        Require(!isCrossed, "the book is crossed");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"the reference is broken: {otherwise}");
        }
    }
}
