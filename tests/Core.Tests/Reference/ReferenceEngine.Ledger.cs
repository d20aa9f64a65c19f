using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Double entry, one movement at a time; sums are counted anew for each question.</summary>
internal sealed partial class ReferenceEngine
{
    private const uint FirstVenueAccount = 0xFFFF_0000;

    /// <summary>The venue's own accounts, by account and currency; what is not there is zero.</summary>
    private readonly SortedDictionary<(uint Account, uint Currency), BigInteger> _venueBalances = [];

    private ulong _lastEntryId;

    public IReadOnlyDictionary<(uint Account, uint Currency), BigInteger> VenueBalances => _venueBalances;

    public static uint VenueAccount(Environment environment, AccountKind kind) =>
        FirstVenueAccount + ((uint)environment * 256) + (uint)kind;

    /// <summary>Moves an amount and tells it; or says why it cannot be, and then nothing happened.</summary>
    private RejectReason TryPost(
        PostingReason reason,
        uint debit,
        uint credit,
        uint currency,
        BigInteger amount,
        ulong relatedId = 0,
        ClientOrderId reference = default,
        bool owed = false)
    {
        RejectReason refused = CheckMovement(debit, credit, currency, amount, owed);
        if (refused == RejectReason.None)
        {
            Post(reason, debit, credit, currency, amount, relatedId, reference);
        }

        return refused;
    }

    /// <summary>Moves an amount that is known to be there.</summary>
    private void Post(
        PostingReason reason,
        uint debit,
        uint credit,
        uint currency,
        BigInteger amount,
        ulong relatedId,
        ClientOrderId reference = default)
    {
        Move(debit, credit, currency, amount);
        LedgerPostedBlock posted = new()
        {
            EntryId = _lastEntryId,
            RelatedId = relatedId,
            Amount = (long)amount,
            DebitAvailable = (long)AvailableOf(debit, currency),
            CreditAvailable = (long)AvailableOf(credit, currency),
            DebitAccountId = debit,
            CreditAccountId = credit,
            CurrencyId = currency,
            Reason = reason,
            Reference = reference,
        };
        Emit(posted);
    }

    private RejectReason TryMove(uint debit, uint credit, uint currency, BigInteger amount, bool owed = false)
    {
        RejectReason refused = CheckMovement(debit, credit, currency, amount, owed);
        if (refused == RejectReason.None)
        {
            Move(debit, credit, currency, amount);
        }

        return refused;
    }

    private void Move(uint debit, uint credit, uint currency, BigInteger amount)
    {
        _lastEntryId++;
        Add(debit, currency, -amount);
        Add(credit, currency, amount);
    }

    private RejectReason CheckMovement(uint debit, uint credit, uint currency, BigInteger amount, bool owed)
    {
        if (!_currencies.ContainsKey(currency))
        {
            return RejectReason.UnknownCurrency;
        }

        if (EnvironmentOf(debit) is not { } environment || EnvironmentOf(credit) is not { } other)
        {
            return RejectReason.UnknownAccount;
        }

        if (environment != other)
        {
            return RejectReason.EnvironmentMismatch;
        }

        if (_accounts.ContainsKey(debit) && AvailableOf(debit, currency) < amount)
        {
            return RejectReason.InsufficientFunds;
        }

        if (!owed && _accounts.TryGetValue(debit, out ReferenceAccount? payer) && !MaySpend(payer, (currency, amount)))
        {
            return RejectReason.InsufficientMargin;
        }

        if (!CheckSums(debit, credit, currency, amount))
        {
            return RejectReason.BalanceOverflow;
        }

        uint[] touched = [debit, credit];
        bool hasRoom = BalanceCount + touched.Count(id => LacksBalance(id, currency)) <= Limits.MaxBalances;
        return hasRoom ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    /// <summary>Whether the sum of all balances above zero still fits.</summary>
    private bool CheckSums(uint debit, uint credit, uint currency, BigInteger amount)
    {
        Environment environment = EnvironmentOf(debit)!.Value;
        BigInteger positive = PositiveSum(environment, currency)
            + PositivePart(TotalOf(debit, currency) - amount) - PositivePart(TotalOf(debit, currency))
            + PositivePart(TotalOf(credit, currency) + amount) - PositivePart(TotalOf(credit, currency));
        return Fits(positive);
    }

    private bool LacksBalance(uint id, uint currency) =>
        _accounts.TryGetValue(id, out ReferenceAccount? account) && !account.Balances.ContainsKey(currency);

    private void Add(uint id, uint currency, BigInteger amount)
    {
        if (_accounts.TryGetValue(id, out ReferenceAccount? account))
        {
            ReferenceBalance balance = account.OpenBalance(currency);
            balance.Available += amount;
            RequireSound(balance);
            return;
        }

        _venueBalances[(id, currency)] = _venueBalances.GetValueOrDefault((id, currency)) + amount;
    }

    /// <summary>Null: there is no such account.</summary>
    private Environment? EnvironmentOf(uint id)
    {
        if (_accounts.TryGetValue(id, out ReferenceAccount? account))
        {
            return account.Environment;
        }

        foreach (Environment environment in (Environment[])[Environment.Live, Environment.Demo])
        {
            for (AccountKind kind = AccountKind.External; kind <= AccountKind.Interest; kind++)
            {
                if (VenueAccount(environment, kind) == id)
                {
                    return environment;
                }
            }
        }

        return null;
    }

    private BigInteger AvailableOf(uint id, uint currency) => _accounts.TryGetValue(id, out ReferenceAccount? account)
        ? account.Available(currency)
        : _venueBalances.GetValueOrDefault((id, currency));

    private BigInteger TotalOf(uint id, uint currency) => _accounts.TryGetValue(id, out ReferenceAccount? account)
        ? account.Balances.TryGetValue(currency, out ReferenceBalance? balance) ? balance.Total : 0
        : _venueBalances.GetValueOrDefault((id, currency));

    private static BigInteger PositivePart(BigInteger value) => BigInteger.Max(0, value);

    private BigInteger PositiveSum(Environment environment, uint currency) =>
        AllTotals(environment, currency).Aggregate(BigInteger.Zero, (sum, total) => sum + PositivePart(total));

    /// <summary>What each account of an environment has of a currency.</summary>
    private IEnumerable<BigInteger> AllTotals(Environment environment, uint currency) => _accounts.Values
        .Where(account => account.Environment == environment && account.Balances.ContainsKey(currency))
        .Select(account => account.Balances[currency].Total)
        .Concat(_venueBalances
            .Where(b => b.Key.Currency == currency && EnvironmentOf(b.Key.Account) == environment)
            .Select(b => b.Value));

    /// <summary>Everything that all accounts but the venue's own have of a currency.</summary>
    public BigInteger SumOf(uint currency) => _accounts.Values
        .Where(account => account.Balances.ContainsKey(currency))
        .Aggregate(BigInteger.Zero, (sum, account) => sum + account.Balances[currency].Total);

    private void ShowLedger()
    {
        LedgerImageBlock ledger = new()
        {
            LastEntryId = _lastEntryId,
            TradingDate = TradingDate,
            ReferenceCurrencyId = _referenceCurrency,
        };
        Show(ledger, default);
        foreach (DefineFirmBlock firm in _firms.Values)
        {
            Show(Defined(firm), default);
        }
    }

    private void ShowRates(uint currency)
    {
        if (_referencePrices.TryGetValue(currency, out SetReferencePriceBlock price) && price.Price != 0)
        {
            Show(Told(price), default);
        }

        if (_interestRates.TryGetValue(currency, out SetInterestRateBlock rate))
        {
            Show(Told(rate), default);
        }
    }

    private void ShowVenueBalances()
    {
        foreach (((uint account, uint currency), BigInteger balance) in _venueBalances.Where(b => b.Value != 0))
        {
            BalanceImageBlock block = new() { Available = (long)balance, CurrencyId = currency };
            Show(block, new EventEnvelope { AccountId = account });
        }
    }
}
