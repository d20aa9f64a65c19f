using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Firms, accounts and money from outside.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly System.Collections.Generic.SortedDictionary<uint, DefineFirmBlock> _firms = [];

    private void KeepBooks(System.ReadOnlySpan<byte> message)
    {
        switch (_templateId)
        {
            case DefineFirmBlock.TemplateId: DefineFirm(WireMessage.Decode<DefineFirmBlock>(message)); break;
            case SetAccountGroupBlock.TemplateId:
                SetAccountGroup(WireMessage.Decode<SetAccountGroupBlock>(message));
                break;
            case TransferBlock.TemplateId: Transfer(WireMessage.Decode<TransferBlock>(message)); break;
            case PostEntryBlock.TemplateId: PostEntry(WireMessage.Decode<PostEntryBlock>(message)); break;
            case RequestWithdrawalBlock.TemplateId:
                RequestWithdrawal(WireMessage.Decode<RequestWithdrawalBlock>(message));
                break;
            case DecideWithdrawalBlock.TemplateId:
                DecideWithdrawal(WireMessage.Decode<DecideWithdrawalBlock>(message));
                break;
            case DefineFeeScheduleBlock.TemplateId:
                DefineFeeSchedule(WireMessage.Decode<DefineFeeScheduleBlock>(message));
                break;
            case SetFeeTierBlock.TemplateId: SetFeeTier(WireMessage.Decode<SetFeeTierBlock>(message)); break;
            case AssignFeeScheduleBlock.TemplateId:
                AssignFeeSchedule(WireMessage.Decode<AssignFeeScheduleBlock>(message));
                break;
            case SetReferencePriceBlock.TemplateId:
                SetReferencePrice(WireMessage.Decode<SetReferencePriceBlock>(message));
                break;
            case SetReferenceCurrencyBlock.TemplateId:
                SetReferenceCurrency(WireMessage.Decode<SetReferenceCurrencyBlock>(message));
                break;
            case SetInterestRateBlock.TemplateId:
                SetInterestRate(WireMessage.Decode<SetInterestRateBlock>(message));
                break;
            case RollTradingDateBlock.TemplateId:
                RollTradingDate(WireMessage.Decode<RollTradingDateBlock>(message));
                break;
            default: throw new System.InvalidOperationException($"no rule for {WireText.Name(_templateId)}");
        }
    }

    private void DefineFirm(in DefineFirmBlock request)
    {
        uint id = request.DefinedFirmId;
        RejectReason reason = CheckNewId(id, Limits.MaxFirms, _firms.ContainsKey(id));
        if (reason == RejectReason.None && request.Environment > Environment.Demo)
        {
            reason = RejectReason.InvalidDefinition;
        }

        bool hasAccounts = System.Linq.Enumerable.Any(_accounts.Values, account => account.FirmId == id);
        if (reason == RejectReason.None && hasAccounts && request.Environment == Environment.Demo)
        {
            reason = RejectReason.EnvironmentMismatch;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _firms.Add(id, request);
        Emit(Defined(request));
    }

    private static FirmDefinedBlock Defined(in DefineFirmBlock firm) => new()
    {
        DefinedFirmId = firm.DefinedFirmId,
        Environment = firm.Environment,
        Name = firm.Name,
    };

    private void OpenAccount(in OpenAccountBlock request)
    {
        RejectReason reason = CheckNewAccount(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        ReferenceAccount account = new()
        {
            Id = _command.AccountId,
            FirmId = _command.FirmId,
            Kind = request.Kind,
            Environment = request.Environment,
            GroupId = request.GroupId,
            PositionMode = request.PositionMode,
            MarginMode = request.MarginMode,
        };
        _accounts.Add(account.Id, account);
        Emit(Opened(account));
    }

    private RejectReason CheckNewAccount(in OpenAccountBlock request)
    {
        uint id = _command.AccountId;
        RejectReason reason = CheckNewId(id, Limits.MaxAccounts, _accounts.ContainsKey(id));
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (request.PositionMode > PositionMode.Hedging || request.MarginMode > MarginMode.Cross)
        {
            return RejectReason.MalformedCommand;
        }

        if (_command.FirmId >= Limits.MaxFirms)
        {
            return RejectReason.UnknownFirm;
        }

        if (request.Kind is not (AccountKind.Client or AccountKind.House)
            || request.Environment is not (Environment.Live or Environment.Demo))
        {
            return RejectReason.InvalidDefinition;
        }

        Environment firms = _firms.TryGetValue(_command.FirmId, out DefineFirmBlock firm)
            ? firm.Environment
            : Environment.Live;
        if (_command.FirmId != 0 && request.Environment != firms)
        {
            return RejectReason.EnvironmentMismatch;
        }

        return request.GroupId < Limits.MaxAccountGroups ? RejectReason.None : RejectReason.UnknownAccountGroup;
    }

    private static AccountOpenedBlock Opened(ReferenceAccount account) => new()
    {
        Kind = account.Kind,
        Environment = account.Environment,
        GroupId = account.GroupId,
        PositionMode = account.PositionMode,
        MarginMode = account.MarginMode,
    };

    private void SetAccountGroup(in SetAccountGroupBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        if (reason == RejectReason.None && request.GroupId >= Limits.MaxAccountGroups)
        {
            reason = RejectReason.UnknownAccountGroup;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        Emit(new AccountGroupChangedBlock { GroupId = request.GroupId, PreviousGroupId = account.GroupId });
        account.GroupId = request.GroupId;
    }

    private void AdjustBalance(in AdjustBalanceBlock request)
    {
        RejectReason reason = CheckAccount(out ReferenceAccount account);
        if (reason == RejectReason.None)
        {
            uint outside = VenueAccount(account.Environment, AccountKind.External);
            reason = request.Amount < 0
                ? TryMove(account.Id, outside, request.CurrencyId, -(System.Numerics.BigInteger)request.Amount)
                : TryMove(outside, account.Id, request.CurrencyId, request.Amount);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        ReferenceBalance balance = account.Balances[request.CurrencyId];
        BalanceAdjustedBlock adjusted = new()
        {
            Amount = request.Amount,
            Available = (long)balance.Available,
            Held = (long)balance.Held,
            CurrencyId = request.CurrencyId,
            Reference = request.Reference,
            EntryId = _lastEntryId,
        };
        Emit(adjusted);
    }
}
