using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Kill switches and dead-man timers.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly HashSet<(RiskLevel Level, uint Id)> _killed = [];

    /// <summary>Who has a row among the limits, in the order in which they came.</summary>
    private readonly List<(RiskLevel Level, uint Id, RiskAction Action)> _riskRows = [];

    /// <summary>Deadline by session.</summary>
    private readonly SortedDictionary<uint, long> _deadMen = [];

    public IReadOnlyCollection<(RiskLevel Level, uint Id)> Killed => _killed;

    private bool IsKilled(ReferenceAccount account) =>
        _killed.Contains((RiskLevel.Session, _command.SessionId))
        || _killed.Contains((RiskLevel.Account, account.Id))
        || _killed.Contains((RiskLevel.Firm, account.FirmId))
        || _killed.Contains((RiskLevel.Venue, 0));

    private void SetKillSwitch(in SetKillSwitchBlock request)
    {
        RejectReason reason = CheckKillSwitch(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        var target = (request.Level, request.TargetId);
        bool previous = request.Engaged == 1 ? !_killed.Add(target) : _killed.Remove(target);
        bool cancels = request.Engaged == 1 && HasRoomToWait;
        Emit(new KillSwitchSetBlock
        {
            TargetId = request.TargetId,
            Level = request.Level,
            Engaged = request.Engaged,
            Previous = previous ? (byte)1 : (byte)0,
            Canceling = cancels ? (byte)1 : (byte)0,
            Reason = request.Reason,
        });
        if (cancels)
        {
            StartCancelFor(order => IsIn(target, order), CancelReason.KillSwitch);
        }
    }

    private bool IsIn((RiskLevel Level, uint Id) target, ReferenceOrder order) => target.Level switch
    {
        RiskLevel.Session => order.SessionId == target.Id,
        RiskLevel.Account => order.Account.Id == target.Id,
        RiskLevel.Group => order.Account.GroupId == target.Id,
        RiskLevel.Firm => order.Account.FirmId == target.Id,
        RiskLevel.Instrument => order.Instrument.Id == target.Id,
        RiskLevel.ClearingMember => MemberOf(order.Account) == target.Id,
        _ => true,
    };

    private RejectReason CheckKillSwitch(in SetKillSwitchBlock request)
    {
        if (request.Engaged > 1)
        {
            return RejectReason.MalformedCommand;
        }

        return request.Level switch
        {
            RiskLevel.Session => request.TargetId == 0 || request.TargetId >= Limits.MaxSessions
                ? RejectReason.UnknownSession
                : RejectReason.None,
            RiskLevel.Account => _accounts.ContainsKey(request.TargetId)
                ? RejectReason.None
                : RejectReason.UnknownAccount,
            RiskLevel.Firm when request.TargetId >= Limits.MaxFirms => RejectReason.UnknownFirm,
            RiskLevel.Firm => TakeRiskRow(RiskLevel.Firm, request.TargetId)
                ? RejectReason.None
                : RejectReason.CapacityExceeded,
            RiskLevel.Venue when request.TargetId == 0 => RejectReason.None,
            _ => RejectReason.InvalidLimit,
        };
    }

    private bool TakeRiskRow(RiskLevel level, uint id, RiskAction action = RiskAction.Reject)
    {
        if (_riskRows.Contains((level, id, action)))
        {
            return true;
        }

        if (_riskRows.Count == Limits.MaxRiskRows)
        {
            return false;
        }

        _riskRows.Add((level, id, action));
        return true;
    }

    private void StartCancelFor(Func<ReferenceOrder, bool> names, CancelReason reason)
    {
        uint budget = Limits.MaxFillsPerCommand;
        StartCancelFor(names, reason, ref budget);
    }

    private void StartCancelFor(Func<ReferenceOrder, bool> names, CancelReason reason, ref uint budget)
    {
        ulong requestSequence = _command.Sequence;
        CancelTask task = new()
        {
            RequestedBy = _commandNumber,
            Names = names,
            Reason = reason,
            Done = canceled => EmitMassCancelDone(canceled, default, requestSequence, reason),
        };
        if (!Work(task, ref budget))
        {
            _unfinished.Add(task);
        }
    }

    private void ArmDeadMan(in ArmDeadManBlock request)
    {
        uint session = _command.SessionId;
        if (session == 0)
        {
            RejectCommand(RejectReason.UnknownSession);
            return;
        }

        Int128 deadline = (Int128)_command.TimestampNs + request.TimeoutNs;
        if (request.TimeoutNs < 0 || deadline > long.MaxValue)
        {
            RejectCommand(RejectReason.InvalidLimit);
            return;
        }

        long previous = _deadMen.GetValueOrDefault(session);
        _deadMen.Remove(session);
        if (request.TimeoutNs > 0)
        {
            _deadMen.Add(session, (long)deadline);
        }

        Emit(new DeadManArmedBlock { DeadlineNs = _deadMen.GetValueOrDefault(session), PreviousNs = previous });
    }

    /// <summary>What a Tick does after the unfinished cancels.</summary>
    private void ExpireDeadMen(ref uint budget)
    {
        while (budget > 0 && HasRoomToWait && _deadMen.Any(d => d.Value <= _command.TimestampNs))
        {
            uint session = _deadMen.OrderBy(d => d.Value).ThenBy(d => d.Key).First().Key;
            _deadMen.Remove(session);
            budget--;
            Emit(new DeadManExpiredBlock { ExpiredSessionId = session });
            StartCancelFor(order => order.SessionId == session, CancelReason.DeadMan, ref budget);
        }
    }

    private void ShowRisk()
    {
        ShowLimits();
        IEnumerable<(RiskLevel Level, uint Id)> firms = _riskRows
            .Where(r => r.Action == RiskAction.Reject && r.Level == RiskLevel.Firm)
            .Select(r => (r.Level, r.Id))
            .Where(_killed.Contains);
        IEnumerable<(RiskLevel Level, uint Id)> engaged = _killed.Where(k => k.Level == RiskLevel.Venue)
            .Concat(firms)
            .Concat(_killed.Where(k => k.Level == RiskLevel.Account).OrderBy(k => k.Id))
            .Concat(_killed.Where(k => k.Level == RiskLevel.Session).OrderBy(k => k.Id));
        foreach ((RiskLevel level, uint id) in engaged)
        {
            Show(new KillSwitchImageBlock { Level = level, TargetId = id }, default);
        }

        foreach ((uint session, long deadline) in _deadMen)
        {
            Show(new DeadManImageBlock { DeadlineNs = deadline }, new EventEnvelope { SessionId = session });
        }

        ShowPermissions();
    }
}
