using System.Collections.Generic;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Events as short lines in which orders have the names that their clients gave them.</summary>
internal sealed class ScenarioText
{
    private readonly Dictionary<ulong, string> _names = [];

    public string Tell(ReferenceEvent e) => e.TemplateId switch
    {
        OrderAcceptedBlock.TemplateId => Accepted(e.As<OrderAcceptedBlock>()),
        OrderRejectedBlock.TemplateId => Rejected(e.As<OrderRejectedBlock>()),
        OrderRestedBlock.TemplateId => Rested(e.As<OrderRestedBlock>()),
        OrderCanceledBlock.TemplateId => Canceled(e.As<OrderCanceledBlock>()),
        OrderAmendedBlock.TemplateId => Amended(e.As<OrderAmendedBlock>()),
        OrderReducedBlock.TemplateId => Reduced(e.As<OrderReducedBlock>()),
        MarginCallBlock.TemplateId => $"called {e.As<MarginCallBlock>().CalledAccountId} {MarginText(e)}",
        MarginRestoredBlock.TemplateId => $"restored {e.As<MarginCallBlock>().CalledAccountId} {MarginText(e)}",
        LiquidationStartedBlock.TemplateId => $"liquidating {e.As<MarginCallBlock>().CalledAccountId} {MarginText(e)}",
        LiquidationEndedBlock.TemplateId =>
            $"liquidated {e.As<MarginCallBlock>().CalledAccountId} {e.As<LiquidationEndedBlock>().Result} {MarginText(e)}",
        OrderTrimmedBlock.TemplateId => Trimmed(e.As<OrderTrimmedBlock>()),
        TradeBlock.TemplateId => Traded(e.As<TradeBlock>()),
        RequestRejectedBlock.TemplateId => Refused(e.As<RequestRejectedBlock>()),
        CommandRejectedBlock.TemplateId => Refused(e.As<CommandRejectedBlock>()),
        MassCancelDoneBlock.TemplateId => Done(e.As<MassCancelDoneBlock>()),
        SessionOpenedBlock.TemplateId =>
            $"opened session {e.Envelope.SessionId} last {e.As<SessionOpenedBlock>().LastSessionSequence}",
        SessionClosedBlock.TemplateId => $"closed session {e.As<SessionClosedBlock>().ClosedSessionId}",
        GatewayClosedBlock.TemplateId => Closed(e.As<GatewayClosedBlock>()),
        WithdrawalChangedBlock.TemplateId => Withdrawn(e.As<WithdrawalChangedBlock>()),
        TradingDateRolledBlock.TemplateId =>
            $"rolled {e.As<TradingDateRolledBlock>().PreviousDate} to {e.As<TradingDateRolledBlock>().TradingDate}",
        TradingDateRollDoneBlock.TemplateId => $"roll to {e.As<TradingDateRollDoneBlock>().TradingDate} done",
        LedgerPostedBlock.TemplateId => Posted(e.As<LedgerPostedBlock>()),
        BalanceAdjustedBlock.TemplateId => Adjusted(e.As<BalanceAdjustedBlock>()),
        KillSwitchSetBlock.TemplateId => Killed(e.As<KillSwitchSetBlock>()),
        DeadManArmedBlock.TemplateId => e.As<DeadManArmedBlock>().DeadlineNs == 0
            ? $"disarmed session {e.Envelope.SessionId}"
            : $"armed session {e.Envelope.SessionId}",
        RiskLimitChangedBlock.TemplateId => Changed(e.As<RiskLimitChangedBlock>()),
        PermissionSetBlock.TemplateId => Permitted(e.As<PermissionSetBlock>()),
        RiskWarningBlock.TemplateId => Warned(e.As<RiskWarningBlock>()),
        DeadManExpiredBlock.TemplateId => $"dead man of session {e.As<DeadManExpiredBlock>().ExpiredSessionId}",
        _ => WireText.Name(e.TemplateId),
    };

    public string NameOf(ulong orderId) => _names.GetValueOrDefault(orderId, orderId.ToString("x"));

    private string Accepted(in OrderAcceptedBlock e)
    {
        if (e.Repeated == 0)
        {
            _names[e.OrderId] = e.ClientOrderId.ToString();
        }

        string price = e.OrderType == OrderType.Market && e.Price == 0 ? "market" : e.Price.ToString();
        return $"accepted {e.ClientOrderId} {Word(e.Side)} {e.Quantity}@{price}"
            + (e.Resting == 1 ? " resting" : "") + (e.Repeated == 1 ? " repeated" : "");
    }

    private static string Rejected(in OrderRejectedBlock e) =>
        $"rejected {e.ClientOrderId} {e.Reason}" + (e.Repeated == 1 ? " repeated" : "");

    private string Rested(in OrderRestedBlock e) => $"rested {NameOf(e.OrderId)} {e.OpenLots}@{e.Price}";

    private string Canceled(in OrderCanceledBlock e) =>
        $"canceled {NameOf(e.OrderId)} {e.CanceledLots}@{e.Price} {e.Reason}" + (e.Rested == 1 ? "" : " taker");

    private string Amended(in OrderAmendedBlock e) =>
        $"amended {NameOf(e.OrderId)} {e.OpenLots}@{e.Price} {(e.KeptPriority == 1 ? "kept" : "moved")}";

    private string Reduced(in OrderReducedBlock e) => $"reduced {NameOf(e.OrderId)} by {e.ReducedLots} to {e.OpenLots}";

    /// <summary>Equity, maintenance and initial margin; the messages about them are laid out alike.</summary>
    private static string MarginText(ReferenceEvent e)
    {
        MarginCallBlock margin = e.As<MarginCallBlock>();
        return $"{margin.Equity}/{margin.Maintenance}/{margin.Initial}";
    }

    private string Trimmed(in OrderTrimmedBlock e) => $"trimmed {NameOf(e.OrderId)} by {e.TrimmedLots} to {e.OpenLots}";

    private string Traded(in TradeBlock e) =>
        $"trade {e.Quantity}@{e.Price} {NameOf(e.TakerOrderId)}>{NameOf(e.MakerOrderId)}"
        + $" left {e.TakerOpenLots}/{e.MakerOpenLots}";

    private static string Refused(in RequestRejectedBlock e) => $"refused {e.Request} {e.Reason}";

    private static string Refused(in CommandRejectedBlock e) =>
        $"refused {WireText.Name(e.CommandTemplateId)} {e.Reason}";

    private static string Done(in MassCancelDoneBlock e) => $"done {e.CanceledOrders} {e.Reason}";

    private static string Closed(in GatewayClosedBlock e) => $"closed gateway {e.LostGatewayId} with {e.ClosedSessions}";

    private static string Adjusted(in BalanceAdjustedBlock e) => $"adjusted by {e.Amount} to {e.Available}/{e.Held}";

    private static string Killed(in KillSwitchSetBlock e) =>
        $"kill {e.Level} {e.TargetId} {(e.Engaged == 1 ? "on" : "off")}";

    private static string Withdrawn(in WithdrawalChangedBlock e) =>
        $"withdrawal of {e.Amount} {e.Status}, {e.OwnerAccountId} has {e.Available}, pending {e.Pending}";

    private static string Posted(in LedgerPostedBlock e) =>
        $"{e.Reason} {e.Amount} of {e.CurrencyId}: {Account(e.DebitAccountId)} to {e.DebitAvailable},"
        + $" {Account(e.CreditAccountId)} to {e.CreditAvailable}";

    /// <summary>The venue's own accounts by kind; those of the demo environment with a mark.</summary>
    private static string Account(uint id) => id < 0xFFFF_0000
        ? id.ToString()
        : $"{(AccountKind)(id & 0xFF)}{((id & 0x100) != 0 ? "*" : "")}";

    private static string Changed(in RiskLimitChangedBlock e) =>
        $"limit {e.Level} {e.TargetId} {e.Kind} from {e.PreviousValue} to {e.Value}";

    private static string Permitted(in PermissionSetBlock e) =>
        $"permission {e.Level} {e.TargetId} on {(e.ByGroup == 1 ? "group " : "")}{e.ObjectId} from {e.Previous} to {e.Permission}";

    private static string Warned(in RiskWarningBlock e) =>
        $"warning {e.Level} {e.TargetId} {e.Kind} {e.Measured} of {e.Value}";

    private static string Word(Side side) => side == Side.Buy ? "buy" : "sell";
}
