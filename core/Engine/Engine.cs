using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>
/// The deterministic core: <c>state', events = Apply(state, command)</c>. One thread at a time; no clock, no I/O, no
/// allocation after construction.
/// </summary>
public sealed unsafe partial class Engine : IDisposable
{
    /// <summary>The highest rule level this engine knows.</summary>
    public const uint KnownRuleLevel = 0;

    private const int MessageHeaderBytes = 8;

    // The digest is taken while the events are still in the first-level cache, but not so often that its set-up counts.
    private const int DigestEveryBytes = 8192;

    private readonly EventStream _events;
    private readonly NativeArray<Instrument> _instrumentMemory;
    private readonly NativeArray<Currency> _currencies;
    private readonly NativeArray<Account> _accountMemory;
    private readonly NativeArray<Session> _sessions;
    private readonly Instrument* _instruments;
    private readonly Account* _accounts;
    private readonly Holds _holds;
    private readonly NativeArray<CommandEnvelope> _scratch;
    private readonly GenesisBlock _genesis;
    private readonly long _burstBytes;
    // These are structures inside the engine's object: a pointer in them is one load away, not two. None is ever copied.
    private OrderBooks<RecordLayout> _books;
    private OrderSlots<RecordLayout> _slots;
    private Balances _balances;
    private SystemAccounts _systemAccounts;
    private Withdrawals _withdrawals;
    private ClientOrderIds _clientIds;
    private Positions _positions;
    private PositionLots _positionLots;
    private OwnerLists _owners;
    private EventWriter _writer;
    private ulong _lastTradeId;

    /// <param name="limits">All memory is taken from these; the first command, Genesis, must agree with them.</param>
    /// <param name="events">Where events are written; at least four times as long as one command's events.</param>
    public Engine(EngineLimits limits, EventStream events)
    {
        Invariant.Require(events.CapacityBytes >= 4L * limits.MaxEventBytesPerCommand);
        Invariant.Require(limits.MaxClientIds >= limits.ClientIdWindow);
        Invariant.Require(limits.MaxAccounts <= SystemAccounts.FirstId);
        Limits = limits;
        _genesis = GenesisOf(limits);
        _events = events;
        _events.Digest = EventDigest.Start();
        _burstBytes = 2L * limits.MaxEventBytesPerCommand;
        _books = new OrderBooks<RecordLayout>(limits.MaxOrders, limits.MaxPricePages, limits.MaxInstruments);
        _slots = new OrderSlots<RecordLayout>(in _books);
        _instrumentMemory = new NativeArray<Instrument>(limits.MaxInstruments);
        _instruments = _instrumentMemory.Pointer;
        _currencies = new NativeArray<Currency>(limits.MaxCurrencies);
        _accountMemory = new NativeArray<Account>(limits.MaxAccounts);
        _accounts = _accountMemory.Pointer;
        _sessions = new NativeArray<Session>(limits.MaxSessions);
        _balances = new Balances(limits.MaxBalances);
        _systemAccounts = new SystemAccounts(limits.MaxCurrencies);
        _firms = new NativeArray<Firm>(limits.MaxFirms);
        _withdrawals = new Withdrawals(limits.MaxWithdrawals);
        Invariant.Require(limits.MaxFeeSchedules <= ushort.MaxValue && limits.MaxAccountGroups <= ushort.MaxValue);
        _feeSchedules = new NativeArray<FeeSchedule>(limits.MaxFeeSchedules);
        _feeTiers = new NativeArray<FeeTier>(limits.MaxFeeSchedules * FeeSchedule.MaxTiers);
        _feeAssignments = new NativeArray<ushort>(limits.MaxInstruments * (limits.MaxAccountGroups + 1));
        _fees = new NativeArray<FeeRow>(limits.HasFees ? limits.MaxOrders + 1 : 1);
        _volumes = new VolumeTable(limits.MaxVolumeAccounts);
        _clientIds = new ClientOrderIds(limits);
        _positions = new Positions(limits.MaxPositions);
        _positionLots = new PositionLots(limits.MaxPositionLots);
        _positionTerms = new NativeArray<PositionTerms>(limits.MaxInstruments);
        _marginTiers = new NativeArray<MarginTiers>(limits.MaxInstruments);
        _settlements = new NativeArray<Settlement>(limits.MaxInstruments);
        _collateralPrices = new NativeArray<CollateralPrice>(limits.MaxCurrencies);
        _marginAccounts = new NativeArray<MarginAccount>(limits.MaxAccounts);
        _collateral = new NativeArray<uint>(MaxCollateral);
        _owners = new OwnerLists(limits.MaxOwners, limits.MaxOrders);
        _holds = new Holds(_balances.Rows);
        _scratch = new NativeArray<CommandEnvelope>(2);
        _jobs = new NativeArray<CancelJob>(limits.MaxJobs + 1);
        _riskRows = new RiskRows(limits.MaxRiskRows);
        _groupRows = new NativeArray<uint>(limits.MaxAccountGroups);
        _firmRows = new NativeArray<uint>(limits.MaxFirms);
        _instrumentRows = new NativeArray<uint>(limits.MaxInstruments);
        _memberRows = new NativeArray<uint>(limits.MaxFirms);
        _clearingMembers = new NativeArray<uint>(limits.MaxFirms);
        _permissions = new Permissions(limits.MaxPermissions);
        _instrumentGroups = new NativeArray<ushort>(limits.MaxInstruments);
        _timers = new DeadManTimers(limits.MaxSessions);
        _closingWords = (limits.MaxSessions + 63) / 64;
        _closings = new NativeArray<ulong>((limits.MaxJobs + 1) * _closingWords);
        _ahead = new NativeArray<Ahead>(AheadSlots);
        _writer = new EventWriter(events);
    }

    /// <summary>Native memory that an engine with these limits takes, its event stream left out.</summary>
    public static long MemoryBytesFor(EngineLimits limits)
    {
        long ring = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)limits.MaxEventBytesPerCommand * 4);
        return NativeRegion.Measure(() => new Engine(limits, new EventStream(null, ring)));
    }

    public EngineLimits Limits { get; }

    public EventStream Events => _events;

    /// <summary>Bytes that must be free below the event stream's limit before one more command starts.</summary>
    public long RoomToStartBytes => _burstBytes;

    /// <summary>Sequence of the last command that was applied whole.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Timestamp of that command.</summary>
    public long LastTimestampNs { get; private set; }

    /// <summary>Epoch of that command.</summary>
    public uint LastEpoch { get; private set; }

    /// <summary>Position in the event stream after the last event of the last command that was applied whole.</summary>
    public long AppliedPosition { get; private set; }

    /// <summary>When the next Tick is due, UTC nanoseconds; long.MaxValue when nothing waits.</summary>
    public long NextDeadlineNs { get; private set; } = long.MaxValue;

    public uint RuleLevel { get; private set; }

    /// <summary>Digest of all events so far.</summary>
    public ulong EventDigestValue => _events.Digest.Value;

    /// <summary>Resting orders over all instruments.</summary>
    public uint RestingOrders => _slots.Used;

    /// <summary>
    /// Applies sequenced records that stand back to back, fetching ahead along the batch, until <paramref name="end"/> or
    /// until the event stream's <see cref="EventStream.Limit"/> leaves no room for one more command.
    /// </summary>
    /// <param name="records">First <see cref="CommandRecord"/>.</param>
    /// <param name="end">First byte behind the last record.</param>
    /// <returns>First record that was not applied; <paramref name="end"/> when all were.</returns>
    public byte* ApplyRecords(byte* records, byte* end)
    {
        var probe = default(NoProbe);
        return ApplyRecords(records, end, ref probe);
    }

    /// <summary>The same with a probe around each command, for measuring within the batch.</summary>
    public byte* ApplyRecords<TProbe>(byte* records, byte* end, ref TProbe probe)
        where TProbe : struct, IApplyProbe
    {
        BeginFetching(records, end);
        byte* at = records;
        while (at < end && _events.Position + _burstBytes <= _events.Limit)
        {
            FetchAhead(end);
            uint messageBytes = ((CommandRecord*)at)->MessageBytes;
            probe.Before();
            ApplyMessage(at + CommandRecord.Size, messageBytes);
            probe.After();
            at += CommandRecord.RecordBytes((int)messageBytes);
            if (_events.UndigestedBytes > DigestEveryBytes)
            {
                UpdateDigest();
            }
        }

        UpdateDigest();
        return at;
    }

    /// <summary>Applies one sequenced SBE message. For embedding and tests; the pipeline uses <see cref="ApplyRecords"/>.</summary>
    public void Apply(ReadOnlySpan<byte> message)
    {
        _hashIsKnown = false;
        fixed (byte* first = message)
        {
            ApplyMessage(first, (uint)message.Length);
        }

        UpdateDigest();
    }

    /// <summary>Answers a command that was voided in the journal: rejected with reason Voided, nothing else.</summary>
    public void ApplyVoided(ReadOnlySpan<byte> message)
    {
        fixed (byte* first = message)
        {
            CommandEnvelope* envelope = EnvelopeOf(first, (uint)message.Length);
            _writer.Begin(envelope);
            RejectCommand(message.Length >= MessageHeaderBytes ? *(ushort*)(first + 2) : (ushort)0, RejectReason.Voided);
            Finish(envelope);
        }

        UpdateDigest();
    }

    public void Dispose()
    {
        _books.Dispose();
        _instrumentMemory.Dispose();
        _currencies.Dispose();
        _accountMemory.Dispose();
        _sessions.Dispose();
        _balances.Dispose();
        _systemAccounts.Dispose();
        _firms.Dispose();
        _withdrawals.Dispose();
        _feeSchedules.Dispose();
        _feeTiers.Dispose();
        _feeAssignments.Dispose();
        _fees.Dispose();
        _volumes.Dispose();
        _clientIds.Dispose();
        _positions.Dispose();
        _positionLots.Dispose();
        _positionTerms.Dispose();
        _marginTiers.Dispose();
        _settlements.Dispose();
        _collateralPrices.Dispose();
        _marginAccounts.Dispose();
        _collateral.Dispose();
        _owners.Dispose();
        _scratch.Dispose();
        _jobs.Dispose();
        _riskRows.Dispose();
        _concernedRows.Dispose();
        _timers.Dispose();
        _permissions.Dispose();
        _clearingMembers.Dispose();
        _groupRows.Dispose();
        _firmRows.Dispose();
        _instrumentRows.Dispose();
        _memberRows.Dispose();
        _instrumentGroups.Dispose();
        _closings.Dispose();
        _ahead.Dispose();
    }

    private void ApplyMessage(byte* message, uint messageBytes)
    {
        CommandEnvelope* envelope = EnvelopeOf(message, messageBytes);
        _writer.Begin(envelope);
        ushort template = messageBytes >= MessageHeaderBytes ? *(ushort*)(message + 2) : (ushort)0;
        byte* block = message + MessageHeaderBytes;
        if (messageBytes == NewOrderBlock.MessageLength && *(ulong*)message == NewOrderHeader)
        {
            if (AdmitRequest(envelope, template))
            {
                NewOrder((NewOrderBlock*)block);
            }
        }
        else if (messageBytes == CancelOrderBlock.MessageLength && *(ulong*)message == CancelOrderHeader)
        {
            if (AdmitRequest(envelope, template))
            {
                CancelOrder((CancelOrderBlock*)block);
            }
        }
        else
        {
            ApplyOther(message, messageBytes, template);
        }

        Finish(envelope);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(CommandEnvelope* envelope)
    {
        _writer.End();
        LastSequence = envelope->Sequence;
        LastTimestampNs = envelope->TimestampNs;
        LastEpoch = envelope->Epoch;
        AppliedPosition = _events.Position;
        NextDeadlineNs = DeadlineAfter(envelope->TimestampNs);
    }

    /// <summary>When the next Tick is due after a command with this timestamp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long DeadlineAfter(long timestampNs) => (_jobCount | MarginWork | _roll.Active) == 0 ? _timers.EarliestNs : timestampNs;

    /// <summary>The envelope in place, or a copy padded with zeros when the message is too short to hold one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CommandEnvelope* EnvelopeOf(byte* message, uint messageBytes) =>
        messageBytes >= MessageHeaderBytes + CommandEnvelope.Size
            ? (CommandEnvelope*)(message + MessageHeaderBytes)
            : ShortEnvelope(message, messageBytes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CommandEnvelope* ShortEnvelope(byte* message, uint messageBytes)
    {
        _scratch[0] = default;
        if (messageBytes > MessageHeaderBytes)
        {
            Unsafe.CopyBlockUnaligned(_scratch.Pointer, message + MessageHeaderBytes, messageBytes - MessageHeaderBytes);
        }

        return _scratch.Pointer;
    }

    /// <summary>Step 1 of the rules: the session and its sequence. False: answered with a reject.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool AdmitRequest(CommandEnvelope* envelope, ushort template)
    {
        uint sessionId = envelope->SessionId;
        if (sessionId == 0)
        {
            return true;
        }

        if (sessionId < _sessions.Length)
        {
            ref Session session = ref _sessions[sessionId];
            ulong sequence = envelope->SessionSequence;
            if (session.Open != 0 && (sequence == 0 || sequence > session.LastSequence))
            {
                session.LastSequence = Math.Max(session.LastSequence, sequence);
                return true;
            }
        }

        bool known = sessionId < _sessions.Length && _sessions[sessionId].Open != 0;
        RejectCommand(template, known ? RejectReason.Duplicate : RejectReason.UnknownSession);
        return false;
    }

    private void UpdateDigest() => _events.TakeIntoDigest();
}

/// <summary>Looks at the engine from outside, around each command of a batch.</summary>
public interface IApplyProbe
{
    void Before();

    void After();
}

/// <summary>Compiles to nothing.</summary>
public readonly struct NoProbe : IApplyProbe
{
    public void Before()
    {
    }

    public void After()
    {
    }
}
