using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Withdrawals from their request to their end.</summary>
internal sealed partial class ReferenceEngine
{
    /// <summary>By place, from 1.</summary>
    private readonly SortedDictionary<uint, ReferenceWithdrawal> _withdrawals = [];

    private uint _withdrawalSerial;

    public IEnumerable<ulong> OpenWithdrawals => _withdrawals.Values.Select(w => w.Id);

    private sealed class ReferenceWithdrawal
    {
        public required ulong Id { get; init; }

        public required ReferenceAccount Account { get; init; }

        public required RequestWithdrawalBlock Request { get; init; }

        public WithdrawalStatus Status { get; set; }

        public ReferenceBalance Balance => Account.Balances[Request.CurrencyId];
    }

    private void RequestWithdrawal(in RequestWithdrawalBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        uint place = (uint)Enumerable.Range(1, (int)Limits.MaxWithdrawals + 1).First(p => !_withdrawals.ContainsKey((uint)p));
        reason = reason != RejectReason.None ? reason
            : !_currencies.ContainsKey(request.CurrencyId) ? RejectReason.UnknownCurrency
            : request.Amount < 1 ? RejectReason.InvalidAmount
            : account.Available(request.CurrencyId) < request.Amount ? RejectReason.InsufficientFunds
            : !MaySpend(account, (request.CurrencyId, request.Amount)) ? RejectReason.InsufficientMargin
            : place > Limits.MaxWithdrawals ? RejectReason.CapacityExceeded
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        ReferenceWithdrawal withdrawal = new()
        {
            Id = ((ulong)++_withdrawalSerial << 32) + place,
            Account = account,
            Request = request,
        };
        _withdrawals.Add(place, withdrawal);
        withdrawal.Balance.Available -= request.Amount;
        withdrawal.Balance.Pending += request.Amount;
        RequireSound(withdrawal.Balance);
        Emit(Told(withdrawal));
    }

    private static WithdrawalChangedBlock Told(ReferenceWithdrawal withdrawal) => new()
    {
        WithdrawalId = withdrawal.Id,
        Amount = withdrawal.Request.Amount,
        Available = (long)withdrawal.Balance.Available,
        Pending = (long)withdrawal.Balance.Pending,
        OwnerAccountId = withdrawal.Account.Id,
        CurrencyId = withdrawal.Request.CurrencyId,
        Status = withdrawal.Status,
        Reference = withdrawal.Request.Reference,
    };

    private void DecideWithdrawal(in DecideWithdrawalBlock request)
    {
        ulong id = request.WithdrawalId;
        ReferenceWithdrawal? withdrawal = _withdrawals.Values.FirstOrDefault(w => w.Id == id);
        RejectReason reason = RejectReason.None;
        if (withdrawal is null)
        {
            reason = RejectReason.UnknownWithdrawal;
        }
        else if (_command.FirmId != 0 && _command.FirmId != withdrawal.Account.FirmId)
        {
            reason = RejectReason.AccountNotOfFirm;
        }
        else if ((withdrawal.Status, request.Status) is not (
            (WithdrawalStatus.Requested, WithdrawalStatus.Approved or WithdrawalStatus.Rejected)
            or (WithdrawalStatus.Approved, WithdrawalStatus.Settled or WithdrawalStatus.Rejected)))
        {
            reason = RejectReason.InvalidWithdrawalStatus;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        withdrawal!.Status = request.Status;
        if (request.Status != WithdrawalStatus.Approved)
        {
            Finish(withdrawal);
        }

        Emit(Told(withdrawal));
    }

    private void Finish(ReferenceWithdrawal withdrawal)
    {
        RequestWithdrawalBlock request = withdrawal.Request;
        withdrawal.Balance.Pending -= request.Amount;
        withdrawal.Balance.Available += request.Amount;
        RequireSound(withdrawal.Balance);
        _withdrawals.Remove((uint)withdrawal.Id);
        if (withdrawal.Status == WithdrawalStatus.Settled)
        {
            RejectReason refused = TryPost(
                PostingReason.Withdrawal,
                withdrawal.Account.Id,
                VenueAccount(withdrawal.Account.Environment, AccountKind.External),
                request.CurrencyId,
                request.Amount,
                withdrawal.Id,
                request.Reference,
                owed: true);
            Require(refused == RejectReason.None, "an approved withdrawal cannot be settled");
        }
    }

    private void RequirePendingMatchesWithdrawals()
    {
        foreach (ReferenceAccount account in _accounts.Values)
        {
            foreach ((uint currency, ReferenceBalance balance) in account.Balances)
            {
                System.Numerics.BigInteger pending = 0;
                foreach (ReferenceWithdrawal withdrawal in _withdrawals.Values)
                {
                    bool concerns = withdrawal.Account == account && withdrawal.Request.CurrencyId == currency;
                    pending += concerns ? withdrawal.Request.Amount : 0;
                }

                Require(pending == balance.Pending, $"account {account.Id} has {balance.Pending} pending, not {pending}");
            }
        }
    }
}
