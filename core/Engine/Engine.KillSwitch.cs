using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Kill switches at four levels and the sessions' dead-man timers.</summary>
public sealed unsafe partial class Engine
{
    // Which kinds of checks exist beside those that an account's or a session's own row names.
    private const ulong VenueKilled = 1;
    private const ulong FirmsKilled = 2;

    private RiskRows _riskRows;
    private DeadManTimers _timers;

    /// <summary>Zero: no check concerns more than single accounts and sessions.</summary>
    private ulong _venueRisk;
    private uint _killedFirms;

    /// <summary>Whether any pre-trade check beyond the instrument's own could concern a request. Plain flow asks no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsChecked(CommandEnvelope* envelope) =>
        (_accounts[envelope->AccountId].Risk | _sessions[envelope->SessionId].Risk | _venueRisk) != 0;

    private bool IsKilled(CommandEnvelope* envelope)
    {
        Account* account = _accounts + envelope->AccountId;
        RiskFlags own = account->RiskFlags | _sessions[envelope->SessionId].RiskFlags;
        return (own & RiskFlags.Killed) != 0
            || (_venueRisk & VenueKilled) != 0
            || ((_venueRisk & FirmsKilled) != 0 && IsFirmKilled(account->FirmId));
    }

    private bool IsFirmKilled(uint firmId) =>
        (_riskRows[_riskRows.Find(RiskLevel.Firm, firmId)]->Flags & RiskFlags.Killed) != 0;

    private void SetKillSwitch(SetKillSwitchBlock* request)
    {
        RejectReason reason = CheckKillSwitch(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(SetKillSwitchBlock.TemplateId, reason);
            return;
        }

        bool engage = request->Engaged != 0;
        bool previous = SwitchKill(request->Level, request->TargetId, engage);
        bool cancels = engage && _jobCount < Limits.MaxJobs;
        var block = (KillSwitchSetBlock*)_writer.Next(
            KillSwitchSetBlock.TemplateId, KillSwitchSetBlock.BlockLength, 0, 0);
        block->TargetId = request->TargetId;
        block->Level = request->Level;
        block->Engaged = request->Engaged;
        block->Previous = previous ? (byte)1 : (byte)0;
        block->Canceling = cancels ? (byte)1 : (byte)0;
        block->Reason = request->Reason;
        if (cancels)
        {
            var job = new CancelJob
            {
                RequestSequence = request->Envelope.Sequence,
                SessionId = request->Level == RiskLevel.Session ? request->TargetId : 0,
                AccountId = request->Level == RiskLevel.Account ? request->TargetId : 0,
                FirmId = request->Level == RiskLevel.Firm ? request->TargetId : 0,
                ByFirm = request->Level == RiskLevel.Firm ? (byte)1 : (byte)0,
                Kind = CancelJobKind.KillSwitch,
                Reason = CancelReason.KillSwitch,
            };
            Start(ref job);
        }
    }

    private RejectReason CheckKillSwitch(SetKillSwitchBlock* request)
    {
        RiskLevel level = request->Level;
        if (request->Engaged > 1)
        {
            return RejectReason.MalformedCommand;
        }

        if (level is not (RiskLevel.Session or RiskLevel.Account or RiskLevel.Firm or RiskLevel.Venue))
        {
            return RejectReason.InvalidLimit;
        }

        RejectReason reason = CheckRiskTarget(level, request->TargetId);
        bool full = reason == RejectReason.None
            && level == RiskLevel.Firm
            && _riskRows.FindOrAdd(RiskLevel.Firm, request->TargetId) == 0;
        return full ? RejectReason.CapacityExceeded : reason;
    }

    /// <summary>Sets the switch and says how it stood.</summary>
    private bool SwitchKill(RiskLevel level, uint id, bool engage)
    {
        switch (level)
        {
            case RiskLevel.Session:
                return SwitchKill(ref _sessions[id].RiskFlags, engage);
            case RiskLevel.Account:
                return SwitchKill(ref _accounts[id].RiskFlags, engage);
            case RiskLevel.Firm:
                bool wasFirm = SwitchKill(ref _riskRows[_riskRows.Find(RiskLevel.Firm, id)]->Flags, engage);
                _killedFirms += (engage ? 1u : 0u) - (wasFirm ? 1u : 0u);
                _venueRisk = _killedFirms != 0 ? _venueRisk | FirmsKilled : _venueRisk & ~FirmsKilled;
                return wasFirm;
            default:
                bool wasVenue = (_venueRisk & VenueKilled) != 0;
                _venueRisk = engage ? _venueRisk | VenueKilled : _venueRisk & ~VenueKilled;
                return wasVenue;
        }
    }

    private static bool SwitchKill(ref RiskFlags flags, bool engage)
    {
        bool was = (flags & RiskFlags.Killed) != 0;
        flags = engage ? flags | RiskFlags.Killed : flags & ~RiskFlags.Killed;
        return was;
    }

    private void ArmDeadMan(ArmDeadManBlock* request)
    {
        uint sessionId = request->Envelope.SessionId;
        long timeoutNs = request->TimeoutNs;
        if (sessionId == 0)
        {
            RejectCommand(ArmDeadManBlock.TemplateId, RejectReason.UnknownSession);
            return;
        }

        if (timeoutNs < 0 || timeoutNs > long.MaxValue - Math.Max(0, request->Envelope.TimestampNs))
        {
            RejectCommand(ArmDeadManBlock.TemplateId, RejectReason.InvalidLimit);
            return;
        }

        var block = (DeadManArmedBlock*)_writer.Next(
            DeadManArmedBlock.TemplateId, DeadManArmedBlock.BlockLength, 0, 0);
        block->PreviousNs = _timers.DeadlineOf(sessionId);
        if (timeoutNs == 0)
        {
            _timers.Disarm(sessionId);
            return;
        }

        block->DeadlineNs = request->Envelope.TimestampNs + timeoutNs;
        _timers.Arm(sessionId, block->DeadlineNs);
    }

    /// <summary>
    /// Timers that are due, by deadline, then session. Each takes one order of the command's budget, so that what one
    /// Tick tells stays bounded; what does not fit stays due.
    /// </summary>
    private void ExpireTimers(long nowNs, ulong sequence, ref uint budget)
    {
        while (_timers.EarliestNs <= nowNs && budget != 0 && _jobCount < Limits.MaxJobs)
        {
            uint sessionId = _timers.EarliestSession;
            _timers.Disarm(sessionId);
            budget--;
            var block = (DeadManExpiredBlock*)_writer.Next(
                DeadManExpiredBlock.TemplateId, DeadManExpiredBlock.BlockLength, 0, 0);
            block->ExpiredSessionId = sessionId;
            var job = new CancelJob
            {
                RequestSequence = sequence,
                SessionId = sessionId,
                Kind = CancelJobKind.DeadMan,
                Reason = CancelReason.DeadMan,
            };
            Start(ref job, ref budget);
        }
    }
}
