using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

internal enum CancelJobKind : byte
{
    MassCancel,
    CloseSession,
    GatewayLost,
    VenueRestarted,
    KillSwitch,
    DeadMan,
}

/// <summary>A mass cancel on its way; what one command leaves undone goes on in Ticks.</summary>
[StructLayout(LayoutKind.Explicit, Size = 96)]
internal struct CancelJob
{
    [FieldOffset(0)]
    public ulong RequestSequence;

    [FieldOffset(8)]
    public ulong Canceled;

    /// <summary>0 = every account.</summary>
    [FieldOffset(16)]
    public uint AccountId;

    /// <summary>0 = every session.</summary>
    [FieldOffset(20)]
    public uint SessionId;

    /// <summary>0 = every instrument.</summary>
    [FieldOffset(24)]
    public uint InstrumentId;

    [FieldOffset(28)]
    public SideFilter SideFilter;

    [FieldOffset(29)]
    public CancelJobKind Kind;

    [FieldOffset(30)]
    public CancelReason Reason;

    [FieldOffset(32)]
    public ushort GatewayId;

    /// <summary>1 = only accounts of the firm.</summary>
    [FieldOffset(34)]
    public byte ByFirm;

    /// <summary>Sessions that the command closed.</summary>
    [FieldOffset(36)]
    public uint ClosedSessions;

    [FieldOffset(40)]
    public ClientOrderId ClientOrderId;

    /// <summary>Orders of a later era came after the request.</summary>
    [FieldOffset(76)]
    public uint Era;

    [FieldOffset(80)]
    public uint FirmId;
}

public sealed unsafe partial class Engine
{
    private readonly NativeArray<CancelJob> _jobs;

    /// <summary>For each job, in the order of <see cref="_jobs"/>, a bit per session that its command closed and whose orders go.</summary>
    private readonly NativeArray<ulong> _closings;
    private readonly uint _closingWords;
    private uint _jobCount;
    private uint _era;

    private void MassCancel(MassCancelBlock* request)
    {
        RejectReason reason = CheckMassCancel(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(MassCancelBlock.TemplateId, reason);
            return;
        }

        uint accountId = request->Envelope.AccountId;
        var job = new CancelJob
        {
            RequestSequence = request->Envelope.Sequence,
            AccountId = accountId != 0 ? accountId : request->TargetAccountId,
            SessionId = request->TargetSessionId,
            InstrumentId = request->InstrumentId,
            SideFilter = request->SideFilter,
            Kind = CancelJobKind.MassCancel,
            Reason = CancelReason.MassCancel,
            ClientOrderId = request->ClientOrderId,
        };
        Start(ref job);
    }

    private RejectReason CheckMassCancel(MassCancelBlock* request)
    {
        uint accountId = request->Envelope.AccountId;
        uint target = request->TargetAccountId;
        RejectReason reason = accountId != 0 ? CheckAccount(&request->Envelope) : RejectReason.None;
        if (reason != RejectReason.None)
        {
            return reason;
        }

        if (target != 0
            && (target >= Limits.MaxAccounts || _accounts[target].Open == 0 || (accountId != 0 && target != accountId)))
        {
            return RejectReason.UnknownAccount;
        }

        if (request->TargetSessionId >= _sessions.Length)
        {
            return RejectReason.UnknownSession;
        }

        if (request->InstrumentId != 0 && DefinedOrZero(request->InstrumentId) == 0)
        {
            return RejectReason.UnknownInstrument;
        }

        if (request->SideFilter > SideFilter.Sell)
        {
            return RejectReason.MalformedCommand;
        }

        return _jobCount == Limits.MaxJobs ? RejectReason.CapacityExceeded : RejectReason.None;
    }

    private void OpenSession(OpenSessionBlock* request)
    {
        uint sessionId = request->Envelope.SessionId;
        if (sessionId == 0 || sessionId >= _sessions.Length)
        {
            RejectCommand(OpenSessionBlock.TemplateId, RejectReason.UnknownSession);
            return;
        }

        if (request->DisconnectPolicy > DisconnectPolicy.CancelOrders)
        {
            RejectCommand(OpenSessionBlock.TemplateId, RejectReason.MalformedCommand);
            return;
        }

        ref Session session = ref _sessions[sessionId];
        session.GatewayId = request->Envelope.GatewayId;
        session.Policy = request->DisconnectPolicy;
        session.Open = 1;
        session.Known = 1;
        var block = (SessionOpenedBlock*)_writer.Next(
            SessionOpenedBlock.TemplateId, SessionOpenedBlock.BlockLength, 0, 0);
        block->LastSessionSequence = session.LastSequence;
        block->DisconnectPolicy = session.Policy;
    }

    private void CloseSession(CommandEnvelope* envelope)
    {
        uint sessionId = envelope->SessionId;
        if (sessionId == 0 || sessionId >= _sessions.Length || _sessions[sessionId].Open == 0)
        {
            RejectCommand(CloseSessionBlock.TemplateId, RejectReason.UnknownSession);
            return;
        }

        if (_jobCount == Limits.MaxJobs)
        {
            RejectCommand(CloseSessionBlock.TemplateId, RejectReason.CapacityExceeded);
            return;
        }

        Close(sessionId);
        if (_sessions[sessionId].Policy == DisconnectPolicy.CancelOrders)
        {
            var job = new CancelJob
            {
                RequestSequence = envelope->Sequence,
                SessionId = sessionId,
                Kind = CancelJobKind.CloseSession,
                Reason = CancelReason.Disconnect,
            };
            Start(ref job);
        }
    }

    /// <summary>GatewayLost and VenueRestarted: every session concerned is closed at once, then the cancels follow.</summary>
    private void CloseSessions(CommandEnvelope* envelope, CancelJobKind kind, ushort gatewayId)
    {
        if (_jobCount == Limits.MaxJobs)
        {
            ushort template = kind == CancelJobKind.GatewayLost ? GatewayLostBlock.TemplateId : VenueRestartedBlock.TemplateId;
            RejectCommand(template, RejectReason.CapacityExceeded);
            return;
        }

        var job = new CancelJob
        {
            RequestSequence = envelope->Sequence,
            Kind = kind,
            Reason = CancelReason.Disconnect,
            GatewayId = gatewayId,
        };
        ulong* closing = ClosingOf(_jobCount);
        new Span<ulong>(closing, (int)_closingWords).Clear();
        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_sessions[id].Open != 0 && (kind == CancelJobKind.VenueRestarted || _sessions[id].GatewayId == gatewayId))
            {
                Close(id);
                job.ClosedSessions++;
                closing[id / 64] |= _sessions[id].Policy == DisconnectPolicy.CancelOrders ? 1UL << (int)(id % 64) : 0;
            }
        }

        Start(ref job);
    }

    /// <summary>
    /// The sessions of the job at that place. A session may be closed again while its orders still wait for an earlier
    /// job, so each job knows its own.
    /// </summary>
    private ulong* ClosingOf(uint job) => _closings.Pointer + (job * _closingWords);

    private void Close(uint sessionId)
    {
        ref Session session = ref _sessions[sessionId];
        session.Open = 0;
        var block = (SessionClosedBlock*)_writer.Next(
            SessionClosedBlock.TemplateId, SessionClosedBlock.BlockLength, 0, 0);
        block->ClosedSessionId = sessionId;
        block->DisconnectPolicy = session.Policy;
    }

    private void Start(ref CancelJob job)
    {
        uint budget = Limits.MaxFillsPerCommand;
        Start(ref job, ref budget);
    }

    private void Start(ref CancelJob job, ref uint budget)
    {
        job.Era = _era;
        if (!Run(ref job, _jobCount, ref budget))
        {
            // What comes from now on is spared by this one, and told from what it has to cancel by its era.
            _jobs[_jobCount++] = job;
            _era++;
        }
    }

    /// <summary>A Tick: the unfinished ones, oldest first, within one command's budget; then what is due.</summary>
    private void ContinueJobs(CommandEnvelope* envelope)
    {
        uint budget = Limits.MaxFillsPerCommand;
        uint done = 0;
        while (done < _jobCount && Run(ref _jobs[done], done, ref budget))
        {
            done++;
        }

        _jobCount -= done;
        for (uint i = 0; i < _jobCount && done != 0; i++)
        {
            _jobs[i] = _jobs[i + done];
            new Span<ulong>(ClosingOf(i + done), (int)_closingWords).CopyTo(new Span<ulong>(ClosingOf(i), (int)_closingWords));
        }

        ExpireTimers(envelope->TimestampNs, envelope->Sequence, ref budget);
        ContinueSettlements(ref budget);
        ContinueValuations(ref budget);
        ContinueLiquidations(ref budget);
        if (budget == Limits.MaxFillsPerCommand)
        {
            ContinueRoll();
        }
    }

    /// <summary>Cancels until nothing is left, and says so, or until the budget is used up: false.</summary>
    private bool Run(ref CancelJob job, uint place, ref uint budget)
    {
        if (!CancelMatching(ref job, place, ref budget))
        {
            return false;
        }

        switch (job.Kind)
        {
            case CancelJobKind.GatewayLost:
                var closed = (GatewayClosedBlock*)_writer.Next(
                    GatewayClosedBlock.TemplateId, GatewayClosedBlock.BlockLength, 0, 0);
                closed->LostGatewayId = job.GatewayId;
                closed->ClosedSessions = job.ClosedSessions;
                break;
            case CancelJobKind.VenueRestarted:
                WriteResumed();
                break;
            default:
                var block = (MassCancelDoneBlock*)_writer.Next(
                    MassCancelDoneBlock.TemplateId, MassCancelDoneBlock.BlockLength, 0, 0);
                block->CanceledOrders = job.Canceled;
                block->ClientOrderId = job.ClientOrderId;
                block->RequestSequence = job.RequestSequence;
                block->Reason = job.Reason;
                break;
        }

        return true;
    }

    private bool CancelMatching(ref CancelJob job, uint place, ref uint budget)
    {
        if (job.Kind is CancelJobKind.GatewayLost or CancelJobKind.VenueRestarted)
        {
            for (uint id = 1; id < _sessions.Length; id++)
            {
                bool closed = (ClosingOf(place)[id / 64] >> (int)(id % 64) & 1) != 0;
                if (closed && !CancelChain(ref job, _sessions[id].FirstOwner, true, ref budget))
                {
                    return false;
                }
            }

            return true;
        }

        if (job.SessionId != 0)
        {
            return CancelChain(ref job, _sessions[job.SessionId].FirstOwner, true, ref budget);
        }

        if (job.AccountId != 0)
        {
            return CancelChain(ref job, _accounts[job.AccountId].FirstOwner, false, ref budget);
        }

        for (uint owner = 1; owner <= _owners.OwnerCount; owner++)
        {
            bool concerned = job.ByFirm == 0 || _accounts[_owners[owner].AccountId].FirmId == job.FirmId;
            if (concerned && !CancelOwner(ref job, owner, ref budget))
            {
                return false;
            }
        }

        return true;
    }

    private bool CancelChain(ref CancelJob job, uint owner, bool bySession, ref uint budget)
    {
        while (owner != 0)
        {
            bool concerned = job.AccountId == 0 || _owners[owner].AccountId == job.AccountId;
            if (concerned && !CancelOwner(ref job, owner, ref budget))
            {
                return false;
            }

            owner = bySession ? _owners[owner].NextOfSession : _owners[owner].NextOfAccount;
        }

        return true;
    }

    private bool CancelOwner(ref CancelJob job, uint owner, ref uint budget) =>
        CancelBlocks(ref job, _owners[owner].Full, ref budget) && CancelBlocks(ref job, _owners[owner].Roomy, ref budget);

    private bool CancelBlocks(ref CancelJob job, uint block, ref uint budget)
    {
        while (block != 0)
        {
            // The block may change lists or be freed while its orders go; its successor is known before.
            uint next = _owners.Block(block)->Next;
            uint used = _owners.Block(block)->Used;
            for (; used != 0; used &= used - 1)
            {
                uint slot = _owners.Block(block)->Slots[System.Numerics.BitOperations.TrailingZeroCount(used)];
                if (!Concerns(ref job, slot))
                {
                    continue;
                }

                if (budget == 0)
                {
                    return false;
                }

                budget--;
                job.Canceled++;
                ClientOrderId clientOrderId = job.ClientOrderId;
                CancelResting(slot, job.Reason, (byte*)&clientOrderId);
            }

            block = next;
        }

        return true;
    }

    private bool Concerns(ref CancelJob job, uint slot)
    {
        OrderRecord* order = Record(slot);
        uint side = order->Resting.Side;
        return order->Era <= job.Era
            && (job.InstrumentId == 0 || order->InstrumentId == job.InstrumentId)
            && (job.SideFilter == SideFilter.Both || (uint)job.SideFilter == side + 1);
    }
}
