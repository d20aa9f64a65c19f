using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private const ulong SchemaBits =
        ((ulong)NewOrderBlock.SchemaId << 32) | ((ulong)NewOrderBlock.SchemaVersion << 48);

    // The eight bytes of a message header as one number: what this version writes is recognised by one comparison.
    private const ulong NewOrderHeader =
        NewOrderBlock.BlockLength | ((ulong)NewOrderBlock.TemplateId << 16) | SchemaBits;

    private const ulong CancelOrderHeader =
        CancelOrderBlock.BlockLength | ((ulong)CancelOrderBlock.TemplateId << 16) | SchemaBits;

    /// <summary>Everything but new orders and cancels that arrive exactly as this version writes them.</summary>
    private void ApplyOther(byte* message, uint messageBytes, ushort template)
    {
        if (messageBytes < MessageHeaderBytes + CommandEnvelope.Size
            || ((MessageHeader*)message)->SchemaId != NewOrderBlock.SchemaId)
        {
            RejectCommand(template, RejectReason.MalformedCommand);
            return;
        }

        ushort wanted = BlockLengthOf(template);
        if (wanted == 0)
        {
            RejectCommand(template, RejectReason.UnknownCommand);
            return;
        }

        ushort given = ((MessageHeader*)message)->BlockLength;
        if (given < wanted || messageBytes < MessageHeaderBytes + (uint)given)
        {
            RejectCommand(template, RejectReason.MalformedCommand);
            return;
        }

        Dispatch(message + MessageHeaderBytes, template);
    }

    private void Dispatch(byte* block, ushort template)
    {
        var envelope = (CommandEnvelope*)block;
        switch (template)
        {
            case NewOrderBlock.TemplateId when AdmitRequest(envelope, template):
                NewOrder((NewOrderBlock*)block);
                break;
            case CancelOrderBlock.TemplateId when AdmitRequest(envelope, template):
                CancelOrder((CancelOrderBlock*)block);
                break;
            case AmendOrderBlock.TemplateId when AdmitRequest(envelope, template):
                AmendOrder((AmendOrderBlock*)block);
                break;
            case MassCancelBlock.TemplateId when AdmitRequest(envelope, template):
                MassCancel((MassCancelBlock*)block);
                break;
            case ArmDeadManBlock.TemplateId when AdmitRequest(envelope, template):
                ArmDeadMan((ArmDeadManBlock*)block);
                break;
            case OpenSessionBlock.TemplateId:
                OpenSession((OpenSessionBlock*)block);
                break;
            case CloseSessionBlock.TemplateId:
                CloseSession(envelope);
                break;
            case GatewayLostBlock.TemplateId:
                CloseSessions(envelope, CancelJobKind.GatewayLost, ((GatewayLostBlock*)block)->LostGatewayId);
                break;
            case VenueRestartedBlock.TemplateId:
                CloseSessions(envelope, CancelJobKind.VenueRestarted, 0);
                break;
            case TickBlock.TemplateId:
                ContinueJobs(envelope);
                break;
            default:
                Define(block, template);
                break;
        }
    }

    private void Define(byte* block, ushort template)
    {
        switch (template)
        {
            case GenesisBlock.TemplateId:
                Genesis((GenesisBlock*)block);
                break;
            case ActivateRuleBlock.TemplateId:
                ActivateRule((ActivateRuleBlock*)block);
                break;
            case DefineCurrencyBlock.TemplateId:
                DefineCurrency((DefineCurrencyBlock*)block);
                break;
            case DefineInstrumentBlock.TemplateId:
                DefineInstrument((DefineInstrumentBlock*)block);
                break;
            case SetTradingStatusBlock.TemplateId:
                SetTradingStatus((SetTradingStatusBlock*)block);
                break;
            case OpenAccountBlock.TemplateId:
                OpenAccount((OpenAccountBlock*)block);
                break;
            case AdjustBalanceBlock.TemplateId:
                AdjustBalance((AdjustBalanceBlock*)block);
                break;
            case SetKillSwitchBlock.TemplateId:
                SetKillSwitch((SetKillSwitchBlock*)block);
                break;
            case SetRiskLimitBlock.TemplateId:
                SetRiskLimit((SetRiskLimitBlock*)block);
                break;
            case SetCollarPriceBlock.TemplateId:
                SetCollarPrice((SetCollarPriceBlock*)block);
                break;
            case SetClearingMemberBlock.TemplateId:
                SetClearingMember((SetClearingMemberBlock*)block);
                break;
            case SetPermissionBlock.TemplateId:
                SetPermission((SetPermissionBlock*)block);
                break;
            case SetInstrumentGroupBlock.TemplateId:
                SetInstrumentGroup((SetInstrumentGroupBlock*)block);
                break;
            default:
                KeepBooks(block, template);
                break;
        }
    }

    private void KeepBooks(byte* block, ushort template)
    {
        switch (template)
        {
            case DefineFirmBlock.TemplateId:
                DefineFirm((DefineFirmBlock*)block);
                break;
            case SetAccountGroupBlock.TemplateId:
                SetAccountGroup((SetAccountGroupBlock*)block);
                break;
            case TransferBlock.TemplateId:
                Transfer((TransferBlock*)block);
                break;
            case PostEntryBlock.TemplateId:
                PostEntry((PostEntryBlock*)block);
                break;
            case RequestWithdrawalBlock.TemplateId:
                RequestWithdrawal((RequestWithdrawalBlock*)block);
                break;
            case DecideWithdrawalBlock.TemplateId:
                DecideWithdrawal((DecideWithdrawalBlock*)block);
                break;
            case DefineFeeScheduleBlock.TemplateId:
                DefineFeeSchedule((DefineFeeScheduleBlock*)block);
                break;
            case SetFeeTierBlock.TemplateId:
                SetFeeTier((SetFeeTierBlock*)block);
                break;
            case AssignFeeScheduleBlock.TemplateId:
                AssignFeeSchedule((AssignFeeScheduleBlock*)block);
                break;
            case SetReferencePriceBlock.TemplateId:
                SetReferencePrice((SetReferencePriceBlock*)block);
                break;
            case SetReferenceCurrencyBlock.TemplateId:
                SetReferenceCurrency((SetReferenceCurrencyBlock*)block);
                break;
            case SetInterestRateBlock.TemplateId:
                SetInterestRate((SetInterestRateBlock*)block);
                break;
            case RollTradingDateBlock.TemplateId:
                RollTradingDate((RollTradingDateBlock*)block);
                break;
            default:
                SetMargins(block, template);
                break;
        }
    }

    private void SetMargins(byte* block, ushort template)
    {
        switch (template)
        {
            case SetCollateralPriceBlock.TemplateId:
                SetCollateralPrice((SetCollateralPriceBlock*)block);
                break;
            case SetMarkPriceBlock.TemplateId:
                SetMarkPrice((SetMarkPriceBlock*)block);
                break;
            case SetMarginTiersBlock.TemplateId:
                SetMarginTiers((SetMarginTiersBlock*)block);
                break;
            case SetMarginLevelsBlock.TemplateId:
                SetMarginLevels((SetMarginLevelsBlock*)block);
                break;
            case SettleInstrumentBlock.TemplateId:
                SettleInstrument((SettleInstrumentBlock*)block);
                break;
        }
    }

    private static ushort BlockLengthOf(ushort template) => template switch
    {
        NewOrderBlock.TemplateId => NewOrderBlock.BlockLength,
        CancelOrderBlock.TemplateId => CancelOrderBlock.BlockLength,
        AmendOrderBlock.TemplateId => AmendOrderBlock.BlockLength,
        MassCancelBlock.TemplateId => MassCancelBlock.BlockLength,
        OpenSessionBlock.TemplateId => OpenSessionBlock.BlockLength,
        CloseSessionBlock.TemplateId => CloseSessionBlock.BlockLength,
        GatewayLostBlock.TemplateId => GatewayLostBlock.BlockLength,
        VenueRestartedBlock.TemplateId => VenueRestartedBlock.BlockLength,
        TickBlock.TemplateId => TickBlock.BlockLength,
        GenesisBlock.TemplateId => GenesisBlock.BlockLength,
        ActivateRuleBlock.TemplateId => ActivateRuleBlock.BlockLength,
        DefineCurrencyBlock.TemplateId => DefineCurrencyBlock.BlockLength,
        DefineInstrumentBlock.TemplateId => DefineInstrumentBlock.BlockLength,
        SetTradingStatusBlock.TemplateId => SetTradingStatusBlock.BlockLength,
        OpenAccountBlock.TemplateId => OpenAccountBlock.BlockLength,
        AdjustBalanceBlock.TemplateId => AdjustBalanceBlock.BlockLength,
        SetKillSwitchBlock.TemplateId => SetKillSwitchBlock.BlockLength,
        ArmDeadManBlock.TemplateId => ArmDeadManBlock.BlockLength,
        DefineFirmBlock.TemplateId => DefineFirmBlock.BlockLength,
        SetAccountGroupBlock.TemplateId => SetAccountGroupBlock.BlockLength,
        TransferBlock.TemplateId => TransferBlock.BlockLength,
        PostEntryBlock.TemplateId => PostEntryBlock.BlockLength,
        SetRiskLimitBlock.TemplateId => SetRiskLimitBlock.BlockLength,
        SetCollarPriceBlock.TemplateId => SetCollarPriceBlock.BlockLength,
        SetClearingMemberBlock.TemplateId => SetClearingMemberBlock.BlockLength,
        SetPermissionBlock.TemplateId => SetPermissionBlock.BlockLength,
        SetInstrumentGroupBlock.TemplateId => SetInstrumentGroupBlock.BlockLength,
        SetCollateralPriceBlock.TemplateId => SetCollateralPriceBlock.BlockLength,
        SetMarkPriceBlock.TemplateId => SetMarkPriceBlock.BlockLength,
        SetMarginTiersBlock.TemplateId => SetMarginTiersBlock.BlockLength,
        SetMarginLevelsBlock.TemplateId => SetMarginLevelsBlock.BlockLength,
        SettleInstrumentBlock.TemplateId => SettleInstrumentBlock.BlockLength,
        RequestWithdrawalBlock.TemplateId => RequestWithdrawalBlock.BlockLength,
        DecideWithdrawalBlock.TemplateId => DecideWithdrawalBlock.BlockLength,
        DefineFeeScheduleBlock.TemplateId => DefineFeeScheduleBlock.BlockLength,
        SetFeeTierBlock.TemplateId => SetFeeTierBlock.BlockLength,
        AssignFeeScheduleBlock.TemplateId => AssignFeeScheduleBlock.BlockLength,
        SetReferencePriceBlock.TemplateId => SetReferencePriceBlock.BlockLength,
        SetReferenceCurrencyBlock.TemplateId => SetReferenceCurrencyBlock.BlockLength,
        SetInterestRateBlock.TemplateId => SetInterestRateBlock.BlockLength,
        RollTradingDateBlock.TemplateId => RollTradingDateBlock.BlockLength,
        _ => 0,
    };
}
