using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Sessions and what their end does to their orders.</summary>
internal sealed partial class ReferenceEngine
{
    private void OpenSession(in OpenSessionBlock request)
    {
        if (_command.SessionId == 0 || _command.SessionId >= Limits.MaxSessions)
        {
            RejectCommand(RejectReason.UnknownSession);
            return;
        }

        if (request.DisconnectPolicy > DisconnectPolicy.CancelOrders)
        {
            RejectCommand(RejectReason.MalformedCommand);
            return;
        }

        if (!_sessions.TryGetValue(_command.SessionId, out ReferenceSession? session))
        {
            session = new ReferenceSession { Id = _command.SessionId };
            _sessions.Add(session.Id, session);
        }

        session.IsOpen = true;
        session.GatewayId = _command.GatewayId;
        session.Policy = request.DisconnectPolicy;
        SessionOpenedBlock opened = new()
        {
            LastSessionSequence = session.LastSequence,
            DisconnectPolicy = session.Policy,
        };
        Emit(opened);
    }

    private void CloseSession()
    {
        if (!_sessions.TryGetValue(_command.SessionId, out ReferenceSession? session) || !session.IsOpen)
        {
            RejectCommand(RejectReason.UnknownSession);
            return;
        }

        if (!HasRoomToWait)
        {
            RejectCommand(RejectReason.CapacityExceeded);
            return;
        }

        Close(session);
        if (session.Policy == DisconnectPolicy.CancelOrders)
        {
            ulong requestSequence = _command.Sequence;
            StartCancel(new CancelTask
            {
                RequestedBy = _commandNumber,
                Names = order => order.SessionId == session.Id,
                Reason = CancelReason.Disconnect,
                Done = canceled => EmitMassCancelDone(canceled, default, requestSequence, CancelReason.Disconnect),
            });
        }
    }

    private void Close(ReferenceSession session)
    {
        session.IsOpen = false;
        Emit(new SessionClosedBlock { ClosedSessionId = session.Id, DisconnectPolicy = session.Policy });
    }

    private void GatewayLost(in GatewayLostBlock request)
    {
        if (!HasRoomToWait)
        {
            RejectCommand(RejectReason.CapacityExceeded);
            return;
        }

        ushort gateway = request.LostGatewayId;
        List<ReferenceSession> lost = _sessions.Values.Where(s => s.IsOpen && s.GatewayId == gateway).ToList();
        CloseAll(lost, _ => Emit(new GatewayClosedBlock
        {
            LostGatewayId = gateway,
            ClosedSessions = (uint)lost.Count,
        }));
    }

    private void VenueRestarted()
    {
        if (!HasRoomToWait)
        {
            RejectCommand(RejectReason.CapacityExceeded);
            return;
        }

        CloseAll(
            _sessions.Values.Where(s => s.IsOpen).ToList(),
            _ => Emit(new VenueResumedBlock { RuleLevel = RuleLevel }));
    }

    private void CloseAll(List<ReferenceSession> sessions, System.Action<ulong> done)
    {
        HashSet<uint> canceling = [];
        foreach (ReferenceSession session in sessions)
        {
            Close(session);
            if (session.Policy == DisconnectPolicy.CancelOrders)
            {
                canceling.Add(session.Id);
            }
        }

        StartCancel(new CancelTask
        {
            RequestedBy = _commandNumber,
            Names = order => canceling.Contains(order.SessionId),
            Reason = CancelReason.Disconnect,
            Done = done,
        });
    }
}
