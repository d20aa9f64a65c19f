using System;
using HftEngine.Core.Ledger;
using HftEngine.Core.State;
using HftEngine.Schemas;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void SaveFirms(ref StateWriter state)
    {
        state.Begin(StateSection.Firms);
        for (uint id = 1; id < _firms.Length; id++)
        {
            if (_firms[id].Defined != 0)
            {
                state.Word((ulong)id);
                state.Row(in _firms[id].Name);
                state.Word((ulong)_firms[id].Environment);
            }
        }

        state.EndList();
        state.End();
    }

    /// <summary>That a firm has accounts follows from the accounts.</summary>
    private void LoadFirms(ref StateReader state)
    {
        if (state.Begin(StateSection.Firms) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, _firms.Length)) != 0)
        {
            state.Row(out _firms[id].Name);
            ulong environment = state.Word();
            state.Require(environment <= (ulong)Environment.Demo, "a firm's environment is unknown");
            _firms[id].Environment = (Environment)environment;
            _firms[id].Defined = 1;
        }

        state.End();
    }

    private void SaveLedger(ref StateWriter state)
    {
        state.Begin(StateSection.Ledger);
        if ((_lastEntryId | _tradingDate | _referenceCurrencyId) != 0)
        {
            state.Word(_lastEntryId);
            state.Word(_tradingDate, _referenceCurrencyId);
            for (uint i = 0; i < SystemAccounts.Count; i++)
            {
                SaveSystemBalances(ref state, SystemAccounts.IdAt(i));
            }

            state.EndList();
        }

        state.End();
    }

    private void LoadWithdrawals(ref StateReader state)
    {
        if (state.Begin(StateSection.Withdrawals) == 0)
        {
            return;
        }

        _withdrawals.LastSerial = (uint)state.Word();
        uint place = 0;
        while ((place = state.NextId(place, Limits.MaxWithdrawals + 1)) != 0)
        {
            state.Row(out Withdrawal row);
            bool sound = (uint)row.Id == place
                && row.Id >> 32 != 0
                && row.Id >> 32 <= _withdrawals.LastSerial
                && row.Amount > 0
                && row.Status <= WithdrawalStatus.Approved
                && IsOpenAccount(row.AccountId)
                && IsCurrency(row.CurrencyId)
                && _balances.TryFind(row.AccountId, row.CurrencyId, out _);
            state.Require(sound, "a withdrawal is out of bounds");
            _withdrawals.Restore(in row);
        }

        state.End();
    }

    private void SaveRoll(ref StateWriter state)
    {
        state.Begin(StateSection.Roll);
        if (_roll.Active != 0)
        {
            state.Row(in _roll);
        }

        state.End();
    }

    private void LoadRoll(ref StateReader state)
    {
        if (state.Begin(StateSection.Roll) != 0)
        {
            state.Row(out _roll);
            bool sound = _roll.Active == 1 && _roll.Step < RollStep.Done && _roll.Cursor < _currencies.Length;
            state.Require(sound, "the roll of the trading date is out of bounds");
            state.End();
        }

        NextDeadlineNs = DeadlineAfter(LastTimestampNs);
    }

    private void SaveSystemBalances(ref StateWriter state, uint accountId)
    {
        for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
        {
            long balance = _systemAccounts.BalanceOf(accountId, currencyId);
            if (balance != 0)
            {
                state.Word(accountId, currencyId);
                state.Word(balance);
            }
        }
    }

    private void LoadLedger(ref StateReader state)
    {
        if (state.Begin(StateSection.Ledger) != 0)
        {
            _lastEntryId = state.Word();
            (_tradingDate, _referenceCurrencyId) = state.Pair();
            state.Require(
                _referenceCurrencyId == 0 || IsCurrency(_referenceCurrencyId), "the reference currency is not defined");
            (uint accountId, uint currencyId) = state.Pair();
            while ((accountId | currencyId) != 0)
            {
                state.Require(SystemAccounts.Exists(accountId), "a balance of the venue has no account");
                state.Require(IsCurrency(currencyId), "a balance's currency is not defined");
                long balance = state.Signed();
                state.Require(_systemAccounts.BalanceOf(accountId, currencyId) == 0, "a balance of the venue comes twice");
                state.Require(_systemAccounts.TryRestore(accountId, currencyId, balance), "a sum does not fit");
                (accountId, currencyId) = state.Pair();
            }

            state.End();
        }

        for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
        {
            bool balanced = _systemAccounts.NetOf(Environment.Live, currencyId) == 0
                && _systemAccounts.NetOf(Environment.Demo, currencyId) == 0;
            state.Require(balanced, "debits and credits differ");
        }
    }

    /// <summary>The sums over the ordinary accounts follow from their balances.</summary>
    private void LoadOrdinary(ref StateReader state, in Balance balance)
    {
        bool sound = (balance.Available | balance.Held | balance.Pending) >= 0
            && balance.Held <= long.MaxValue - balance.Available
            && balance.Pending <= long.MaxValue - balance.Available - balance.Held;
        state.Require(sound, "a balance is negative or too large");
        long total = balance.Available + balance.Held + balance.Pending;
        Environment environment = _accounts[balance.AccountId].Environment;
        state.Require(_systemAccounts.TryRestoreOrdinary(environment, balance.CurrencyId, total), "a sum does not fit");
    }
}
