using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Transfers and the operator's entries.</summary>
internal sealed partial class ReferenceEngine
{
    private void Transfer(in TransferBlock request)
    {
        RejectReason reason = CheckAccount(out _);
        if (reason == RejectReason.None && !_accounts.ContainsKey(request.ToAccountId))
        {
            reason = RejectReason.UnknownAccount;
        }

        if (reason == RejectReason.None
            && _command.FirmId != 0 && _accounts[request.ToAccountId].FirmId != _command.FirmId)
        {
            reason = RejectReason.AccountNotOfFirm;
        }

        if (reason == RejectReason.None)
        {
            reason = CheckEntry(_command.AccountId, request.ToAccountId, request.Amount);
        }

        if (reason == RejectReason.None)
        {
            reason = TryPost(
                PostingReason.Transfer,
                _command.AccountId,
                request.ToAccountId,
                request.CurrencyId,
                request.Amount,
                reference: request.Reference);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
        }
    }

    private static RejectReason CheckEntry(uint debit, uint credit, long amount) =>
        debit == credit ? RejectReason.SameAccount
        : amount <= 0 ? RejectReason.InvalidAmount
        : RejectReason.None;

    private void PostEntry(in PostEntryBlock request)
    {
        RejectReason reason = RejectReason.None;
        if (_command.FirmId != 0)
        {
            reason = RejectReason.AccountNotOfFirm;
        }
        else if (!System.Enum.IsDefined(request.Reason) || request.Reason == PostingReason.NullValue)
        {
            reason = RejectReason.MalformedCommand;
        }
        else
        {
            reason = CheckEntry(request.DebitAccountId, request.CreditAccountId, request.Amount);
        }

        if (reason == RejectReason.None)
        {
            reason = TryPost(
                request.Reason,
                request.DebitAccountId,
                request.CreditAccountId,
                request.CurrencyId,
                request.Amount,
                request.RelatedId,
                request.Reference);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
        }
    }
}
