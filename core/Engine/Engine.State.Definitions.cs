using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Orders;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void SaveCurrencies(ref StateWriter state)
    {
        state.Begin(StateSection.Currencies);
        for (uint id = 1; id < _currencies.Length; id++)
        {
            if (_currencies[id].Defined != 0)
            {
                state.Word((ulong)id);
                state.Row(in _currencies[id]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadCurrencies(ref StateReader state)
    {
        if (state.Begin(StateSection.Currencies) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, _currencies.Length)) != 0)
        {
            state.Row(out _currencies[id]);
            state.Require(_currencies[id].Defined == 1, "a currency is not defined");
            state.Require(_currencies[id].Scale <= MaxCurrencyScale, "a currency's scale is too large");
            state.Require(AreRatesSound(in _currencies[id]), "a currency's price or rate is out of bounds");
        }

        state.End();
    }

    private void SaveInstruments(ref StateWriter state)
    {
        state.Begin(StateSection.Instruments);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instruments[id].IsDefined)
            {
                state.Word((ulong)id);
                state.Row(in _instruments[id]);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadInstruments(ref StateReader state)
    {
        if (state.Begin(StateSection.Instruments) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxInstruments)) != 0)
        {
            state.Row(out _instruments[id]);
            state.Require(_instruments[id].IsDefined, "an instrument is not defined");
            state.Require(IsCurrency(_instruments[id].BaseCurrencyId), "an instrument's base is not defined");
            state.Require(IsCurrency(_instruments[id].QuoteCurrencyId), "an instrument's quote is not defined");
        }

        state.End();
    }

    private void SaveSessions(ref StateWriter state)
    {
        state.Begin(StateSection.Sessions);
        for (uint id = 1; id < _sessions.Length; id++)
        {
            ref Session session = ref _sessions[id];
            if (session.Known != 0)
            {
                state.Word((ulong)id);
                state.Word(session.LastSequence);
                state.Word(session.GatewayId | ((uint)session.Policy << 16), session.Open);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadSessions(ref StateReader state)
    {
        if (state.Begin(StateSection.Sessions) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, _sessions.Length)) != 0)
        {
            ref Session session = ref _sessions[id];
            session.Known = 1;
            session.LastSequence = state.Word();
            (uint attachment, uint open) = state.Pair();
            session.GatewayId = (ushort)attachment;
            state.Require(attachment >> 16 <= (uint)DisconnectPolicy.CancelOrders, "a session's policy is unknown");
            session.Policy = (DisconnectPolicy)(attachment >> 16);
            state.Require(open <= 1, "a session is neither open nor closed");
            session.Open = (byte)open;
        }

        state.End();
    }

    private void SaveAccounts(ref StateWriter state)
    {
        state.Begin(StateSection.Accounts);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            if (_accounts[id].Open != 0)
            {
                state.Word((ulong)id);
                Account* account = _accounts + id;
                state.Word(
                    account->FirmId,
                    (uint)account->Kind | ((uint)account->Environment << 8) | ((uint)account->GroupId << 16));
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadAccounts(ref StateReader state)
    {
        if (state.Begin(StateSection.Accounts) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxAccounts)) != 0)
        {
            LoadAccount(ref state, _accounts + id);
        }

        state.End();
    }

    private void LoadAccount(ref StateReader state, Account* account)
    {
        (account->FirmId, uint attributes) = state.Pair();
        account->Kind = (AccountKind)(attributes & 0xFF);
        account->Environment = (Environment)((attributes >> 8) & 0xFF);
        account->GroupId = (ushort)(attributes >> 16);
        account->Open = 1;
        state.Require(account->FirmId < _firms.Length, "an account's firm is too large");
        state.Require(account->Kind <= AccountKind.House, "an account's kind is unknown");
        state.Require(account->Environment <= Environment.Demo, "an account's environment is unknown");
        state.Require(account->GroupId < Limits.MaxAccountGroups, "an account's group is too large");
        _firms[account->FirmId].HasAccounts = 1;
    }

    private void SaveBalances(ref StateWriter state)
    {
        state.Begin(StateSection.Balances);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            if (_accounts[id].Open == 0)
            {
                continue;
            }

            for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
            {
                if (_currencies[currencyId].Defined != 0 && _balances.TryFind(id, currencyId, out uint slot))
                {
                    state.Row(in _balances[slot]);
                }
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadBalances(ref StateReader state)
    {
        if (state.Begin(StateSection.Balances) == 0)
        {
            return;
        }

        ulong previous = 0;
        while (true)
        {
            (uint accountId, uint currencyId) = state.Pair();
            if ((accountId | currencyId) == 0)
            {
                break;
            }

            ulong key = ((ulong)accountId << 32) | currencyId;
            state.Require(key > previous, "balances do not rise");
            state.Require(IsOpenAccount(accountId), "a balance's account is not open");
            state.Require(IsCurrency(currencyId), "a balance's currency is not defined");
            state.Require(_balances.TryFindOrAdd(accountId, currencyId, out uint slot), "there are too many balances");
            _balances[slot].Available = state.Signed();
            _balances[slot].Held = state.Signed();
            _balances[slot].Pending = state.Signed();
            LoadOrdinary(ref state, in _balances[slot]);
            previous = key;
        }

        state.End();
    }

    private bool IsOpenAccount(uint id) => id < Limits.MaxAccounts && _accounts[id].Open != 0;
}
