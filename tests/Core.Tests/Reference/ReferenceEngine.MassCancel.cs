using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>MassCancel, and whatever else cancels many orders: bounded per command, continued by Ticks.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly List<CancelTask> _unfinished = [];

    /// <summary>A request to cancel many orders, until it is done.</summary>
    private sealed class CancelTask
    {
        public required ulong RequestedBy { get; init; }

        public required Func<ReferenceOrder, bool> Names { get; init; }

        public required CancelReason Reason { get; init; }

        public ClientOrderId ClientOrderId { get; init; }

        /// <summary>Tells of the end, given how many orders were cancelled.</summary>
        public required Action<ulong> Done { get; init; }

        public ulong Canceled { get; set; }
    }

    private void MassCancel(in MassCancelBlock request)
    {
        RejectReason reason = CheckMassCancel(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        uint account = _command.AccountId != 0 ? _command.AccountId : request.TargetAccountId;
        uint session = request.TargetSessionId;
        uint instrument = request.InstrumentId;
        SideFilter sides = request.SideFilter;
        ClientOrderId id = request.ClientOrderId;
        ulong requestSequence = _command.Sequence;
        StartCancel(new CancelTask
        {
            RequestedBy = _commandNumber,
            Names = order => (account == 0 || order.Account.Id == account)
                && (session == 0 || order.SessionId == session)
                && (instrument == 0 || order.Instrument.Id == instrument)
                && (sides == SideFilter.Both || (sides == SideFilter.Buy) == (order.Side == Side.Buy)),
            Reason = CancelReason.MassCancel,
            ClientOrderId = id,
            Done = canceled => EmitMassCancelDone(canceled, id, requestSequence, CancelReason.MassCancel),
        });
    }

    private RejectReason CheckMassCancel(in MassCancelBlock request)
    {
        if (_command.AccountId != 0 && CheckAccount(out _) is var account and not RejectReason.None)
        {
            return account;
        }

        bool isForeign = _command.AccountId != 0 && request.TargetAccountId != _command.AccountId;
        if (request.TargetAccountId != 0 && (isForeign || !_accounts.ContainsKey(request.TargetAccountId)))
        {
            return RejectReason.UnknownAccount;
        }

        if (request.TargetSessionId >= Limits.MaxSessions)
        {
            return RejectReason.UnknownSession;
        }

        if (request.InstrumentId != 0 && !_instruments.ContainsKey(request.InstrumentId))
        {
            return RejectReason.UnknownInstrument;
        }

        if (request.SideFilter > SideFilter.Sell)
        {
            return RejectReason.MalformedCommand;
        }

        return HasRoomToWait ? RejectReason.None : RejectReason.CapacityExceeded;
    }

    private bool HasRoomToWait => _unfinished.Count < Limits.MaxJobs;

    private void EmitMassCancelDone(ulong canceled, in ClientOrderId id, ulong requestSequence, CancelReason reason)
    {
        MassCancelDoneBlock done = new()
        {
            CanceledOrders = canceled,
            ClientOrderId = id,
            RequestSequence = requestSequence,
            Reason = reason,
        };
        Emit(done);
    }

    private void StartCancel(CancelTask task)
    {
        uint budget = Limits.MaxFillsPerCommand;
        if (!Work(task, ref budget))
        {
            _unfinished.Add(task);
        }
    }

    private void GoOnWithUnfinishedCancels()
    {
        uint budget = Limits.MaxFillsPerCommand;
        while (_unfinished.Count > 0 && Work(_unfinished[0], ref budget))
        {
            _unfinished.RemoveAt(0);
        }

        ExpireDeadMen(ref budget);
        GoOnWithSettlements(ref budget);
        GoOnWithValuations(ref budget);
        GoOnWithLiquidations(ref budget);
        if (budget == Limits.MaxFillsPerCommand)
        {
            GoOnWithRoll();
        }
    }

    /// <summary>Cancels within the budget; true when nothing is left to do and the end was told.</summary>
    private bool Work(CancelTask task, ref uint budget)
    {
        for (;;)
        {
            List<ReferenceOrder> left = RestingOrders
                .Where(order => order.EnteredBy < task.RequestedBy && task.Names(order))
                .OrderBy(order => order.Id)
                .ToList();
            if (left.Count == 0)
            {
                task.Done(task.Canceled);
                return true;
            }

            if (budget == 0)
            {
                return false;
            }

            CancelResting(NextToCancel(left), task.Reason, task.ClientOrderId);
            task.Canceled++;
            budget--;
        }
    }

    /// <summary>Any order of the list is right: the engine under test chose, as far as its choice was one of them.</summary>
    private ReferenceOrder NextToCancel(List<ReferenceOrder> left)
    {
        ulong chosen = _cancelOrder.FirstOrDefault(id => left.Exists(order => order.Id == id));
        return left.Find(order => order.Id == chosen) ?? left[0];
    }
}
