using HftEngine.Core.Ledger;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>The account tree: venue, firms, accounts; and what comes in from outside or goes there.</summary>
public sealed unsafe partial class Engine
{
    private readonly NativeArray<Firm> _firms;

    private void DefineFirm(DefineFirmBlock* request)
    {
        RejectReason reason = CheckFirm(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(DefineFirmBlock.TemplateId, reason);
            return;
        }

        ref Firm firm = ref _firms[request->DefinedFirmId];
        firm.Name = request->Name;
        firm.Environment = request->Environment;
        firm.Defined = 1;
        var block = (FirmDefinedBlock*)_writer.Next(FirmDefinedBlock.TemplateId, FirmDefinedBlock.BlockLength, 0, 0);
        FillFirm(block, request->DefinedFirmId);
    }

    private RejectReason CheckFirm(DefineFirmBlock* request)
    {
        uint id = request->DefinedFirmId;
        RejectReason reason = CheckNewId(id, _firms.Length);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (_firms[id].Defined != 0)
        {
            return RejectReason.AlreadyDefined;
        }

        if (request->Environment > Environment.Demo)
        {
            return RejectReason.InvalidDefinition;
        }

        // Accounts opened before the definition are Live.
        return request->Environment == Environment.Demo && _firms[id].HasAccounts != 0
            ? RejectReason.EnvironmentMismatch
            : RejectReason.None;
    }

    private void FillFirm(FirmDefinedBlock* block, uint id)
    {
        block->DefinedFirmId = id;
        block->Environment = _firms[id].Environment;
        block->Name = _firms[id].Name;
    }

    private void OpenAccount(OpenAccountBlock* request)
    {
        uint id = request->Envelope.AccountId;
        RejectReason reason = CheckNewAccount(request, id);
        if (reason != RejectReason.None)
        {
            RejectCommand(OpenAccountBlock.TemplateId, reason);
            return;
        }

        uint firmId = request->Envelope.FirmId;
        _accounts[id].FirmId = firmId;
        _accounts[id].Kind = request->Kind;
        _accounts[id].Environment = request->Environment;
        _accounts[id].GroupId = request->GroupId;
        _accounts[id].PositionMode = request->PositionMode;
        _accounts[id].MarginMode = request->MarginMode;
        _accounts[id].Open = 1;
        _firms[firmId].HasAccounts = 1;
        var block = (AccountOpenedBlock*)_writer.Next(
            AccountOpenedBlock.TemplateId, AccountOpenedBlock.BlockLength, 0, 0);
        FillAccount(block, id);
    }

    private RejectReason CheckNewAccount(OpenAccountBlock* request, uint id)
    {
        RejectReason reason = CheckNewId(id, Limits.MaxAccounts);
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (_accounts[id].Open != 0)
        {
            return RejectReason.AlreadyDefined;
        }

        if (request->PositionMode > PositionMode.Hedging || request->MarginMode > MarginMode.Cross)
        {
            return RejectReason.MalformedCommand;
        }

        uint firmId = request->Envelope.FirmId;
        if (firmId >= _firms.Length)
        {
            return RejectReason.UnknownFirm;
        }

        if (request->Kind > AccountKind.House || request->Environment > Environment.Demo)
        {
            return RejectReason.InvalidDefinition;
        }

        if (firmId != 0 && request->Environment != _firms[firmId].Environment)
        {
            return RejectReason.EnvironmentMismatch;
        }

        return request->GroupId >= Limits.MaxAccountGroups ? RejectReason.UnknownAccountGroup : RejectReason.None;
    }

    private void FillAccount(AccountOpenedBlock* block, uint id)
    {
        block->Kind = _accounts[id].Kind;
        block->Environment = _accounts[id].Environment;
        block->GroupId = _accounts[id].GroupId;
        block->PositionMode = _accounts[id].PositionMode;
        block->MarginMode = _accounts[id].MarginMode;
    }

    private void SetAccountGroup(SetAccountGroupBlock* request)
    {
        RejectReason reason = CheckAccount(&request->Envelope);
        if (reason == RejectReason.None && request->GroupId >= Limits.MaxAccountGroups)
        {
            reason = RejectReason.UnknownAccountGroup;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(SetAccountGroupBlock.TemplateId, reason);
            return;
        }

        Account* account = _accounts + request->Envelope.AccountId;
        var block = (AccountGroupChangedBlock*)_writer.Next(
            AccountGroupChangedBlock.TemplateId, AccountGroupChangedBlock.BlockLength, 0, 0);
        block->PreviousGroupId = account->GroupId;
        block->GroupId = request->GroupId;
        account->GroupId = request->GroupId;
        MoveUsage(
            RiskLevel.Group, block->PreviousGroupId, block->GroupId, RiskLevel.Account, request->Envelope.AccountId);
    }

    /// <summary>An entry against External, told by an event of its own kind.</summary>
    private void AdjustBalance(AdjustBalanceBlock* request)
    {
        RejectReason reason = CheckAccount(&request->Envelope);
        Movement movement = default;
        if (reason == RejectReason.None)
        {
            reason = CheckAdjustment(request, out movement);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(AdjustBalanceBlock.TemplateId, reason);
            return;
        }

        ulong entryId = Move(in movement);
        ref Balance balance = ref _balances[RowOf(request->Envelope.AccountId, request->CurrencyId)];
        var block = (BalanceAdjustedBlock*)_writer.Next(
            BalanceAdjustedBlock.TemplateId, BalanceAdjustedBlock.BlockLength, 0, 0);
        block->Amount = request->Amount;
        block->Available = balance.Available;
        block->Held = balance.Held;
        block->CurrencyId = request->CurrencyId;
        block->Reference = request->Reference;
        block->EntryId = entryId;
    }

    private RejectReason CheckAdjustment(AdjustBalanceBlock* request, out Movement movement)
    {
        uint accountId = request->Envelope.AccountId;
        uint outside = SystemAccountFor(accountId, AccountKind.External);
        long amount = request->Amount;
        movement = amount < 0
            ? new Movement(accountId, outside, request->CurrencyId, unchecked(-amount))
            : new Movement(outside, accountId, request->CurrencyId, amount);

        // The most negative number has no amount; no account has as much. An unknown currency is named first.
        return amount == long.MinValue && IsCurrency(request->CurrencyId)
            ? RejectReason.InsufficientFunds
            : CheckMovement(in movement);
    }
}
