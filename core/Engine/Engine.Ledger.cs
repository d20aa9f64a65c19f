using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>
/// Double entry. Here, and in the settlement of a spot trade, is the only code that moves money or assets from one
/// account to another.
/// </summary>
public sealed unsafe partial class Engine
{
    private ulong _lastEntryId;

    /// <summary>What an account has of a currency; accounts of the venue have neither held nor pending, and may be below zero.</summary>
    public Balance ReadBalance(uint accountId, uint currencyId)
    {
        var balance = new Balance { AccountId = accountId, CurrencyId = currencyId };
        if (currencyId >= _currencies.Length)
        {
            return balance;
        }

        if (SystemAccounts.Exists(accountId))
        {
            balance.Available = _systemAccounts.BalanceOf(accountId, currencyId);
            return balance;
        }

        return _balances.TryFind(accountId, currencyId, out uint slot) ? _balances[slot] : balance;
    }

    /// <summary>
    /// Walks all balances: over the accounts of an environment a currency sums to zero. Slow; for tests, replay and
    /// stops. The running form of it is checked with every entry.
    /// </summary>
    public bool IsLedgerBalanced()
    {
        for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
        {
            long live = _systemAccounts.NetOf(Environment.Live, currencyId) - _systemAccounts.OrdinaryOf(Environment.Live, currencyId);
            long demo = _systemAccounts.NetOf(Environment.Demo, currencyId) - _systemAccounts.OrdinaryOf(Environment.Demo, currencyId);
            for (uint id = 1; id < Limits.MaxAccounts && _currencies[currencyId].Defined != 0; id++)
            {
                if (_balances.TryFind(id, currencyId, out uint slot))
                {
                    ref long sum = ref _accounts[id].Environment == Environment.Live ? ref live : ref demo;
                    sum += _balances[slot].Available + _balances[slot].Held + _balances[slot].Pending;
                }
            }

            if ((live | demo) != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Makes an entry, or says why it cannot be; then nothing has moved.</summary>
    /// <param name="reason">Why the entry is made.</param>
    /// <param name="movement">The two accounts, the currency, the amount.</param>
    /// <param name="relatedId">Trade, withdrawal or entry that it belongs to; 0 = none.</param>
    /// <param name="reference">Text for people; null = none.</param>
    private RejectReason TryPost(PostingReason reason, in Movement movement, ulong relatedId, ClientOrderId* reference)
    {
        RejectReason refused = CheckMovement(in movement);
        if (refused == RejectReason.None)
        {
            Post(reason, in movement, relatedId, reference);
        }

        return refused;
    }

    /// <summary>Makes an entry that is known to be possible.</summary>
    private void Post(PostingReason reason, in Movement movement, ulong relatedId, ClientOrderId* reference)
    {
        ulong entryId = Move(in movement);
        var block = (LedgerPostedBlock*)_writer.Next(
            LedgerPostedBlock.TemplateId, LedgerPostedBlock.BlockLength, 0, 0);
        block->EntryId = entryId;
        block->RelatedId = relatedId;
        block->Amount = movement.Amount;
        block->DebitAvailable = AvailableOf(movement.DebitAccountId, movement.CurrencyId);
        block->CreditAvailable = AvailableOf(movement.CreditAccountId, movement.CurrencyId);
        block->DebitAccountId = movement.DebitAccountId;
        block->CreditAccountId = movement.CreditAccountId;
        block->CurrencyId = movement.CurrencyId;
        block->Reason = reason;
        if (reference != null)
        {
            block->Reference = *reference;
        }
    }

    /// <summary>
    /// The checks of an entry, in the rules' order: the currency, the accounts, one environment, funds, sums, room. The
    /// two accounts are different ones.
    /// </summary>
    /// <param name="movement">The entry.</param>
    /// <param name="owed">The account has to pay, whether or not its margin stays covered.</param>
    private RejectReason CheckMovement(in Movement movement, bool owed = false)
    {
        if (!IsCurrency(movement.CurrencyId))
        {
            return RejectReason.UnknownCurrency;
        }

        if (!IsAccount(movement.DebitAccountId) || !IsAccount(movement.CreditAccountId))
        {
            return RejectReason.UnknownAccount;
        }

        Environment environment = EnvironmentOf(movement.DebitAccountId);
        if (environment != EnvironmentOf(movement.CreditAccountId))
        {
            return RejectReason.EnvironmentMismatch;
        }

        if (!SystemAccounts.IsReserved(movement.DebitAccountId)
            && AvailableOf(movement.DebitAccountId, movement.CurrencyId) < movement.Amount)
        {
            return RejectReason.InsufficientFunds;
        }

        if (!owed
            && !SystemAccounts.IsReserved(movement.DebitAccountId)
            && !MaySpend(movement.DebitAccountId, movement.CurrencyId, movement.Amount))
        {
            return RejectReason.InsufficientMargin;
        }

        if (!_systemAccounts.HasRoomFor(environment, in movement))
        {
            return RejectReason.BalanceOverflow;
        }

        uint newRows = NewRows(movement.DebitAccountId, movement.CurrencyId)
            + NewRows(movement.CreditAccountId, movement.CurrencyId);
        return newRows <= Limits.MaxBalances - _balances.Count ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    /// <summary>Moves what was checked and numbers the entry.</summary>
    private ulong Move(in Movement movement)
    {
        Invariant.Require(movement.Amount >= 0);
        Add(movement.DebitAccountId, movement.CurrencyId, -movement.Amount);
        Add(movement.CreditAccountId, movement.CurrencyId, movement.Amount);
        _systemAccounts.Move(EnvironmentOf(movement.DebitAccountId), in movement);
        return ++_lastEntryId;
    }

    private void Add(uint accountId, uint currencyId, long amount)
    {
        if (SystemAccounts.IsReserved(accountId))
        {
            return;
        }

        bool found = _balances.TryFindOrAdd(accountId, currencyId, out uint slot);
        Invariant.Require(found);
        _balances[slot].Available += amount;
        Invariant.Require(_balances[slot].Available >= 0);
    }

    /// <summary>1 = the account gets its first balance of that currency.</summary>
    private uint NewRows(uint accountId, uint currencyId) =>
        SystemAccounts.IsReserved(accountId) || _balances.TryFind(accountId, currencyId, out _) ? 0u : 1u;

    private long AvailableOf(uint accountId, uint currencyId)
    {
        if (SystemAccounts.IsReserved(accountId))
        {
            return _systemAccounts.BalanceOf(accountId, currencyId);
        }

        return _balances.TryFind(accountId, currencyId, out uint slot) ? _balances[slot].Available : 0;
    }

    /// <summary>An open account or one of the venue's own.</summary>
    private bool IsAccount(uint accountId) =>
        SystemAccounts.IsReserved(accountId)
            ? SystemAccounts.Exists(accountId)
            : accountId < Limits.MaxAccounts && _accounts[accountId].Open != 0;

    private Environment EnvironmentOf(uint accountId) =>
        SystemAccounts.IsReserved(accountId) ? SystemAccounts.EnvironmentOf(accountId) : _accounts[accountId].Environment;

    /// <summary>The venue's account of that kind in the environment of an account.</summary>
    private uint SystemAccountFor(uint accountId, AccountKind kind) => SystemAccounts.IdOf(EnvironmentOf(accountId), kind);
}
