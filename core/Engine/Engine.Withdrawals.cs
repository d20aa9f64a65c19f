using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Withdrawals: asked for, approved or rejected, settled. In between the amount is pending.</summary>
public sealed unsafe partial class Engine
{
    private void RequestWithdrawal(RequestWithdrawalBlock* request)
    {
        RejectReason reason = CheckAccount(&request->Envelope);
        if (reason == RejectReason.None)
        {
            reason = CheckWithdrawal(request);
        }

        var row = new Withdrawal
        {
            Amount = request->Amount,
            AccountId = request->Envelope.AccountId,
            CurrencyId = request->CurrencyId,
            Reference = request->Reference,
        };
        if (reason == RejectReason.None && !_withdrawals.TryAdd(ref row))
        {
            reason = RejectReason.CapacityExceeded;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(RequestWithdrawalBlock.TemplateId, reason);
            return;
        }

        ref Balance balance = ref _balances[RowOf(row.AccountId, row.CurrencyId)];
        balance.Available -= row.Amount;
        balance.Pending += row.Amount;
        WriteWithdrawal(in row);
    }

    private RejectReason CheckWithdrawal(RequestWithdrawalBlock* request)
    {
        if (!IsCurrency(request->CurrencyId))
        {
            return RejectReason.UnknownCurrency;
        }

        if (request->Amount < 1)
        {
            return RejectReason.InvalidAmount;
        }

        uint accountId = request->Envelope.AccountId;
        if (AvailableOf(accountId, request->CurrencyId) < request->Amount)
        {
            return RejectReason.InsufficientFunds;
        }

        return MaySpend(accountId, request->CurrencyId, request->Amount) ? RejectReason.None : RejectReason.InsufficientMargin;
    }

    private void DecideWithdrawal(DecideWithdrawalBlock* request)
    {
        RejectReason reason = RejectReason.None;
        if (!_withdrawals.TryFind(request->WithdrawalId, out uint slot))
        {
            reason = RejectReason.UnknownWithdrawal;
        }
        else if (request->Envelope.FirmId != 0
            && _accounts[_withdrawals[slot].AccountId].FirmId != request->Envelope.FirmId)
        {
            reason = RejectReason.AccountNotOfFirm;
        }
        else if (!CanBecome(_withdrawals[slot].Status, request->Status))
        {
            reason = RejectReason.InvalidWithdrawalStatus;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(DecideWithdrawalBlock.TemplateId, reason);
            return;
        }

        Decide(slot, request->Status);
    }

    private static bool CanBecome(WithdrawalStatus from, WithdrawalStatus to) => to switch
    {
        WithdrawalStatus.Approved => from == WithdrawalStatus.Requested,
        WithdrawalStatus.Rejected => true,
        WithdrawalStatus.Settled => from == WithdrawalStatus.Approved,
        _ => false,
    };

    private void Decide(uint slot, WithdrawalStatus status)
    {
        Withdrawal row = _withdrawals[slot];
        row.Status = status;
        if (status == WithdrawalStatus.Approved)
        {
            _withdrawals[slot].Status = status;
            WriteWithdrawal(in row);
            return;
        }

        ref Balance balance = ref _balances[RowOf(row.AccountId, row.CurrencyId)];
        balance.Pending -= row.Amount;
        balance.Available += row.Amount;
        Invariant.Require(balance.Pending >= 0);
        if (status == WithdrawalStatus.Settled)
        {
            // What was available a moment ago can leave: money that goes to External lowers every sum or keeps it.
            var movement = new Movement(
                row.AccountId, SystemAccountFor(row.AccountId, AccountKind.External), row.CurrencyId, row.Amount);
            Post(PostingReason.Withdrawal, in movement, row.Id, &row.Reference);
        }

        _withdrawals.Remove(slot);
        WriteWithdrawal(in row);
    }

    private void WriteWithdrawal(in Withdrawal row)
    {
        var block = (WithdrawalChangedBlock*)_writer.Next(
            WithdrawalChangedBlock.TemplateId, WithdrawalChangedBlock.BlockLength, 0, 0);
        FillWithdrawal(block, in row);
    }

    private void FillWithdrawal(WithdrawalChangedBlock* block, in Withdrawal row)
    {
        ref Balance balance = ref _balances[RowOf(row.AccountId, row.CurrencyId)];
        block->WithdrawalId = row.Id;
        block->Amount = row.Amount;
        block->Available = balance.Available;
        block->Pending = balance.Pending;
        block->OwnerAccountId = row.AccountId;
        block->CurrencyId = row.CurrencyId;
        block->Status = row.Status;
        block->Reference = row.Reference;
    }
}
