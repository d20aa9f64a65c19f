using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>
/// The slow, obvious engine: docs/rules.md in plain objects. What it answers is right by definition; where the two
/// engines differ the page decides which of them is wrong.
/// </summary>
internal sealed partial class ReferenceEngine(EngineLimits limits)
{
    private const uint KnownRuleLevel = 0;

    private readonly SortedDictionary<uint, DefineCurrencyBlock> _currencies = [];
    private readonly SortedDictionary<uint, ReferenceInstrument> _instruments = [];
    private readonly SortedDictionary<uint, ReferenceAccount> _accounts = [];
    private readonly SortedDictionary<uint, ReferenceSession> _sessions = [];
    private readonly OrderSlots _slots = new(limits.MaxOrders);
    private readonly List<ReferenceEvent> _events = [];
    private IReadOnlyList<ulong> _cancelOrder = [];
    private CommandEnvelope _command;
    private ushort _templateId;
    private ulong _commandNumber;
    private ulong _lastTradeId;

    public EngineLimits Limits { get; } = limits;

    public ulong LastSequence { get; private set; }

    public long LastTimestampNs { get; private set; }

    public uint LastEpoch { get; private set; }

    public uint RuleLevel { get; private set; }

    public long NextDeadlineNs =>
        _unfinished.Count + _settlements.Count + _valuations.Count + _liquidations.Count > 0 || _roll is not null
        ? LastTimestampNs
        : _deadMen.Values.DefaultIfEmpty(long.MaxValue).Min();

    public IReadOnlyDictionary<uint, DefineCurrencyBlock> Currencies => _currencies;

    public IReadOnlyDictionary<uint, ReferenceInstrument> Instruments => _instruments;

    public IReadOnlyDictionary<uint, ReferenceAccount> Accounts => _accounts;

    public IReadOnlyDictionary<uint, ReferenceSession> Sessions => _sessions;

    public ulong LastTradeId => _lastTradeId;

    public IEnumerable<ReferenceOrder> RestingOrders => _instruments.Values.SelectMany(i => i.Book.Orders);

    /// <summary>Applies one message and says which events have to answer it.</summary>
    /// <param name="message">Header and block; also a malformed one.</param>
    /// <param name="cancelOrder">
    /// Ids in the order in which the engine under test mass-cancelled: the rules leave that order open.
    /// </param>
    public IReadOnlyList<ReferenceEvent> Apply(ReadOnlySpan<byte> message, IReadOnlyList<ulong>? cancelOrder = null)
    {
        Begin(message, cancelOrder);
        RejectReason malformed = CheckForm(message);
        if (malformed != RejectReason.None)
        {
            RejectCommand(malformed);
        }
        else
        {
            Dispatch(message);
        }

        return End();
    }

    /// <summary>The answer to a command that the journal voids.</summary>
    public IReadOnlyList<ReferenceEvent> ApplyVoided(ReadOnlySpan<byte> message)
    {
        Begin(message, null);
        RejectCommand(RejectReason.Voided);
        return End();
    }

    private void Begin(ReadOnlySpan<byte> message, IReadOnlyList<ulong>? cancelOrder)
    {
        _events.Clear();
        _cancelOrder = cancelOrder ?? [];
        _commandNumber++;
        byte[] padded = new byte[MessageHeader.Size + CommandEnvelope.Size];
        message[..Math.Min(message.Length, padded.Length)].CopyTo(padded);
        _command = MemoryMarshal.Read<CommandEnvelope>(padded.AsSpan(MessageHeader.Size));
        _templateId = WireMessage.TemplateId(message);
    }

    private IReadOnlyList<ReferenceEvent> End()
    {
        LastSequence = _command.Sequence;
        LastTimestampNs = _command.TimestampNs;
        LastEpoch = _command.Epoch;
        if (_events.Count > 0)
        {
            _events[^1].MarkLast();
        }

        return [.. _events];
    }

    /// <summary>Step 0.</summary>
    private static RejectReason CheckForm(ReadOnlySpan<byte> message)
    {
        if (message.Length < MessageHeader.Size + CommandEnvelope.Size)
        {
            return RejectReason.MalformedCommand;
        }

        MessageHeader header = MemoryMarshal.Read<MessageHeader>(message);
        if (header.SchemaId != NewOrderBlock.SchemaId)
        {
            return RejectReason.MalformedCommand;
        }

        if (!CommandBlockLengths.TryGetValue(header.TemplateId, out int blockLength))
        {
            return RejectReason.UnknownCommand;
        }

        bool fits = header.BlockLength >= blockLength && message.Length >= MessageHeader.Size + header.BlockLength;
        return fits ? RejectReason.None : RejectReason.MalformedCommand;
    }

    private static readonly Dictionary<ushort, int> CommandBlockLengths = new()
    {
        [NewOrderBlock.TemplateId] = NewOrderBlock.BlockLength,
        [CancelOrderBlock.TemplateId] = CancelOrderBlock.BlockLength,
        [AmendOrderBlock.TemplateId] = AmendOrderBlock.BlockLength,
        [MassCancelBlock.TemplateId] = MassCancelBlock.BlockLength,
        [OpenSessionBlock.TemplateId] = OpenSessionBlock.BlockLength,
        [CloseSessionBlock.TemplateId] = CloseSessionBlock.BlockLength,
        [GatewayLostBlock.TemplateId] = GatewayLostBlock.BlockLength,
        [VenueRestartedBlock.TemplateId] = VenueRestartedBlock.BlockLength,
        [TickBlock.TemplateId] = TickBlock.BlockLength,
        [GenesisBlock.TemplateId] = GenesisBlock.BlockLength,
        [ActivateRuleBlock.TemplateId] = ActivateRuleBlock.BlockLength,
        [DefineCurrencyBlock.TemplateId] = DefineCurrencyBlock.BlockLength,
        [DefineInstrumentBlock.TemplateId] = DefineInstrumentBlock.BlockLength,
        [SetTradingStatusBlock.TemplateId] = SetTradingStatusBlock.BlockLength,
        [OpenAccountBlock.TemplateId] = OpenAccountBlock.BlockLength,
        [AdjustBalanceBlock.TemplateId] = AdjustBalanceBlock.BlockLength,
        [SetKillSwitchBlock.TemplateId] = SetKillSwitchBlock.BlockLength,
        [ArmDeadManBlock.TemplateId] = ArmDeadManBlock.BlockLength,
        [SetCollateralPriceBlock.TemplateId] = SetCollateralPriceBlock.BlockLength,
        [SetMarkPriceBlock.TemplateId] = SetMarkPriceBlock.BlockLength,
        [SetMarginTiersBlock.TemplateId] = SetMarginTiersBlock.BlockLength,
        [SetMarginLevelsBlock.TemplateId] = SetMarginLevelsBlock.BlockLength,
        [SettleInstrumentBlock.TemplateId] = SettleInstrumentBlock.BlockLength,
        [DefineFirmBlock.TemplateId] = DefineFirmBlock.BlockLength,
        [SetAccountGroupBlock.TemplateId] = SetAccountGroupBlock.BlockLength,
        [TransferBlock.TemplateId] = TransferBlock.BlockLength,
        [PostEntryBlock.TemplateId] = PostEntryBlock.BlockLength,
        [SetRiskLimitBlock.TemplateId] = SetRiskLimitBlock.BlockLength,
        [SetClearingMemberBlock.TemplateId] = SetClearingMemberBlock.BlockLength,
        [SetCollarPriceBlock.TemplateId] = SetCollarPriceBlock.BlockLength,
        [SetPermissionBlock.TemplateId] = SetPermissionBlock.BlockLength,
        [SetInstrumentGroupBlock.TemplateId] = SetInstrumentGroupBlock.BlockLength,
        [RequestWithdrawalBlock.TemplateId] = RequestWithdrawalBlock.BlockLength,
        [DecideWithdrawalBlock.TemplateId] = DecideWithdrawalBlock.BlockLength,
        [DefineFeeScheduleBlock.TemplateId] = DefineFeeScheduleBlock.BlockLength,
        [SetFeeTierBlock.TemplateId] = SetFeeTierBlock.BlockLength,
        [AssignFeeScheduleBlock.TemplateId] = AssignFeeScheduleBlock.BlockLength,
        [SetReferencePriceBlock.TemplateId] = SetReferencePriceBlock.BlockLength,
        [SetReferenceCurrencyBlock.TemplateId] = SetReferenceCurrencyBlock.BlockLength,
        [SetInterestRateBlock.TemplateId] = SetInterestRateBlock.BlockLength,
        [RollTradingDateBlock.TemplateId] = RollTradingDateBlock.BlockLength,
    };

    private void Dispatch(ReadOnlySpan<byte> message)
    {
        bool isOrderRequest = _templateId is NewOrderBlock.TemplateId or CancelOrderBlock.TemplateId
            or AmendOrderBlock.TemplateId or MassCancelBlock.TemplateId or ArmDeadManBlock.TemplateId;
        RejectReason session = isOrderRequest ? PassSession() : RejectReason.None;
        if (session != RejectReason.None)
        {
            RejectCommand(session);
            return;
        }

        switch (_templateId)
        {
            case NewOrderBlock.TemplateId: NewOrder(WireMessage.Decode<NewOrderBlock>(message)); break;
            case CancelOrderBlock.TemplateId: Cancel(WireMessage.Decode<CancelOrderBlock>(message)); break;
            case AmendOrderBlock.TemplateId: Amend(WireMessage.Decode<AmendOrderBlock>(message)); break;
            case MassCancelBlock.TemplateId: MassCancel(WireMessage.Decode<MassCancelBlock>(message)); break;
            case OpenSessionBlock.TemplateId: OpenSession(WireMessage.Decode<OpenSessionBlock>(message)); break;
            case CloseSessionBlock.TemplateId: CloseSession(); break;
            case GatewayLostBlock.TemplateId: GatewayLost(WireMessage.Decode<GatewayLostBlock>(message)); break;
            case VenueRestartedBlock.TemplateId: VenueRestarted(); break;
            case TickBlock.TemplateId: GoOnWithUnfinishedCancels(); break;
            case GenesisBlock.TemplateId: Genesis(WireMessage.Decode<GenesisBlock>(message)); break;
            case ActivateRuleBlock.TemplateId: ActivateRule(WireMessage.Decode<ActivateRuleBlock>(message)); break;
            case DefineCurrencyBlock.TemplateId: DefineCurrency(WireMessage.Decode<DefineCurrencyBlock>(message)); break;
            case DefineInstrumentBlock.TemplateId:
                DefineInstrument(WireMessage.Decode<DefineInstrumentBlock>(message));
                break;
            case SetTradingStatusBlock.TemplateId:
                SetTradingStatus(WireMessage.Decode<SetTradingStatusBlock>(message));
                break;
            case OpenAccountBlock.TemplateId: OpenAccount(WireMessage.Decode<OpenAccountBlock>(message)); break;
            case AdjustBalanceBlock.TemplateId: AdjustBalance(WireMessage.Decode<AdjustBalanceBlock>(message)); break;
            case SetKillSwitchBlock.TemplateId: SetKillSwitch(WireMessage.Decode<SetKillSwitchBlock>(message)); break;
            case SetClearingMemberBlock.TemplateId:
                SetClearingMember(WireMessage.Decode<SetClearingMemberBlock>(message));
                break;
            case SetCollarPriceBlock.TemplateId: SetCollarPrice(WireMessage.Decode<SetCollarPriceBlock>(message)); break;
            case SetPermissionBlock.TemplateId: SetPermission(WireMessage.Decode<SetPermissionBlock>(message)); break;
            case SetInstrumentGroupBlock.TemplateId:
                SetInstrumentGroup(WireMessage.Decode<SetInstrumentGroupBlock>(message));
                break;
            case SetRiskLimitBlock.TemplateId: SetRiskLimit(WireMessage.Decode<SetRiskLimitBlock>(message)); break;
            case SetCollateralPriceBlock.TemplateId:
                SetCollateralPrice(WireMessage.Decode<SetCollateralPriceBlock>(message));
                break;
            case SetMarkPriceBlock.TemplateId: SetMarkPrice(WireMessage.Decode<SetMarkPriceBlock>(message)); break;
            case SetMarginTiersBlock.TemplateId: SetMarginTiers(WireMessage.Decode<SetMarginTiersBlock>(message)); break;
            case SettleInstrumentBlock.TemplateId:
                SettleInstrument(WireMessage.Decode<SettleInstrumentBlock>(message));
                break;
            case SetMarginLevelsBlock.TemplateId:
                SetMarginLevels(WireMessage.Decode<SetMarginLevelsBlock>(message));
                break;
            case ArmDeadManBlock.TemplateId: ArmDeadMan(WireMessage.Decode<ArmDeadManBlock>(message)); break;
            default: KeepBooks(message); break;
        }
    }

    /// <summary>Step 1.</summary>
    private RejectReason PassSession()
    {
        if (_command.SessionId == 0)
        {
            return RejectReason.None;
        }

        if (!_sessions.TryGetValue(_command.SessionId, out ReferenceSession? session) || !session.IsOpen)
        {
            return RejectReason.UnknownSession;
        }

        if (_command.SessionSequence == 0)
        {
            return RejectReason.None;
        }

        if (_command.SessionSequence <= session.LastSequence)
        {
            return RejectReason.Duplicate;
        }

        session.LastSequence = _command.SessionSequence;
        return RejectReason.None;
    }

    /// <summary>Step 2.</summary>
    private RejectReason CheckAccount(out ReferenceAccount account)
    {
        if (!_accounts.TryGetValue(_command.AccountId, out account!))
        {
            return RejectReason.UnknownAccount;
        }

        bool foreign = _command.FirmId != 0 && _command.FirmId != account.FirmId;
        return foreign ? RejectReason.AccountNotOfFirm : RejectReason.None;
    }

    private void RejectCommand(RejectReason reason) =>
        Emit(new CommandRejectedBlock { CommandTemplateId = _templateId, Reason = reason });

    private void Emit<T>(T block, ReferenceInstrument? instrument = null, bool changesBook = false)
        where T : unmanaged
    {
        EventEnvelope envelope = new()
        {
            Epoch = _command.Epoch,
            GatewayId = _command.GatewayId,
            Sequence = _command.Sequence,
            TimestampNs = _command.TimestampNs,
            IngressNs = _command.IngressNs,
            SessionSequence = _command.SessionSequence,
            SessionId = _command.SessionId,
            UserId = _command.UserId,
            FirmId = _command.FirmId,
            AccountId = _command.AccountId,
            Index = (uint)_events.Count,
            InstrumentId = instrument?.Id ?? 0,
            InstrumentSequence = changesBook ? ++instrument!.Sequence : 0,
        };
        _events.Add(ReferenceEvent.From(block, envelope));
    }
}
