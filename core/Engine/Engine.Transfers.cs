using HftEngine.Core.Ledger;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Entries that are asked for as such: between accounts of a firm, and the operator's own.</summary>
public sealed unsafe partial class Engine
{
    private void Transfer(TransferBlock* request)
    {
        uint from = request->Envelope.AccountId;
        RejectReason reason = CheckAccount(&request->Envelope);
        if (reason == RejectReason.None)
        {
            reason = CheckTransferee(&request->Envelope, request->ToAccountId);
        }

        if (reason == RejectReason.None)
        {
            reason = CheckEntry(from, request->ToAccountId, request->Amount);
        }

        if (reason == RejectReason.None)
        {
            var movement = new Movement(from, request->ToAccountId, request->CurrencyId, request->Amount);
            reason = TryPost(PostingReason.Transfer, in movement, 0, &request->Reference);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(TransferBlock.TemplateId, reason);
        }
    }

    /// <summary>A firm transfers between its own accounts only; the venue, firm 0, between any two.</summary>
    private RejectReason CheckTransferee(CommandEnvelope* envelope, uint accountId)
    {
        if (accountId >= Limits.MaxAccounts || _accounts[accountId].Open == 0)
        {
            return RejectReason.UnknownAccount;
        }

        return envelope->FirmId != 0 && _accounts[accountId].FirmId != envelope->FirmId
            ? RejectReason.AccountNotOfFirm
            : RejectReason.None;
    }

    private static RejectReason CheckEntry(uint debitAccountId, uint creditAccountId, long amount)
    {
        if (debitAccountId == creditAccountId)
        {
            return RejectReason.SameAccount;
        }

        return amount < 1 ? RejectReason.InvalidAmount : RejectReason.None;
    }

    private void PostEntry(PostEntryBlock* request)
    {
        // Only the venue itself writes into its books.
        RejectReason reason = request->Envelope.FirmId != 0 ? RejectReason.AccountNotOfFirm : RejectReason.None;
        if (reason == RejectReason.None && !IsDefined(request->Reason))
        {
            reason = RejectReason.MalformedCommand;
        }

        if (reason == RejectReason.None)
        {
            reason = CheckEntry(request->DebitAccountId, request->CreditAccountId, request->Amount);
        }

        if (reason == RejectReason.None)
        {
            var movement = new Movement(
                request->DebitAccountId, request->CreditAccountId, request->CurrencyId, request->Amount);
            reason = TryPost(request->Reason, in movement, request->RelatedId, &request->Reference);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(PostEntryBlock.TemplateId, reason);
        }
    }

    private static bool IsDefined(PostingReason reason) =>
        reason <= PostingReason.Correction || reason is >= PostingReason.Profit and <= PostingReason.Conversion;
}
