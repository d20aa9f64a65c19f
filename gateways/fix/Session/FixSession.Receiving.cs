using System;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;

namespace HftEngine.Fix.Session;

public sealed partial class FixSession
{
    private void ReceiveInSession(FixMessage message, long nowNs)
    {
        ReadOnlySpan<byte> msgType = message.MsgType;
        byte type = msgType.Length == 1 ? msgType[0] : (byte)0;
        if (_onlyLogoutCounts && type != '5')
        {
            return;
        }

        // What was sent before the counterparty saw our reset has numbers that mean nothing any more.
        if (_askedForReset && type is not ((byte)'5' or (byte)'A'))
        {
            return;
        }

        if (!message.BeginString.SequenceEqual(_beginString))
        {
            LogoutForGood("Incorrect BeginString", "the counterparty changed its BeginString", nowNs);
            return;
        }

        // Without a number there is nothing that a Reject could refer to and nothing to go on from.
        if (!message.TryGetUnsigned(FixTag.MsgSeqNum, out long number))
        {
            LogoutForGood("MsgSeqNum missing", "a message without MsgSeqNum", nowNs);
            return;
        }

        if (HasWrongIdentity(message, number, nowNs) || !IsFairRepetition(message, type, number, nowNs))
        {
            return;
        }

        switch (type)
        {
            case (byte)'5':
                ReceiveLogout(message, number, nowNs);
                return;
            case (byte)'2':
                ReceiveResendRequest(message, number, nowNs);
                return;
            case (byte)'4' when !message.IsSet(FixTag.GapFillFlag):
                ReceiveSequenceReset(message, nowNs);
                return;
            case (byte)'A' when message.IsSet(FixTag.ResetSeqNumFlag):
                ReceiveLogonInSession(message, number, nowNs);
                return;
            default:
                ReceiveNumbered(message, number, nowNs);
                return;
        }
    }

    /// <summary>CompIDs and SendingTime. What is absent or empty is left to the table.</summary>
    private bool HasWrongIdentity(FixMessage message, long number, long nowNs)
    {
        bool wrongCompId = !HasRightCompIds(message);
        if (!wrongCompId && !HasWrongSendingTime(message, nowNs))
        {
            return false;
        }

        SessionRejectReason reason =
            wrongCompId ? SessionRejectReason.CompIdProblem : SessionRejectReason.SendingTimeAccuracy;
        RejectAndConsume(message, new FixFault(reason, null), number, nowNs);
        LogoutForGood("", SessionRejectReasonName(reason), nowNs);
        return true;
    }

    // OrigSendingTime must be there and not be later than SendingTime. A SequenceReset is made up anew for
    // each resend, and engines differ in whether it has an original time.
    private bool IsFairRepetition(FixMessage message, byte type, long number, long nowNs)
    {
        if (type == '4' || !message.IsSet(FixTag.PossDupFlag))
        {
            return true;
        }

        if (!message.Has(FixTag.OrigSendingTime))
        {
            RejectAndConsume(
                message,
                new FixFault(SessionRejectReason.RequiredTagMissing, FixTag.OrigSendingTime),
                number,
                nowNs);
            Drain(nowNs);
            return false;
        }

        if (message.TryGetTimestamp(FixTag.OrigSendingTime, out long originalNs)
            && message.TryGetTimestamp(FixTag.SendingTime, out long sentNs) && originalNs > sentNs)
        {
            RejectAndConsume(
                message, new FixFault(SessionRejectReason.SendingTimeAccuracy, null), number, nowNs);
            LogoutForGood("", "OrigSendingTime after SendingTime", nowNs);
            return false;
        }

        return true;
    }

    private void ReceiveNumbered(FixMessage message, long number, long nowNs)
    {
        if (number > _store.NextInbound)
        {
            _gapQueue.Add(number, message.Bytes);
            NoteGap(number, nowNs, false);
            return;
        }

        if (number < _store.NextInbound)
        {
            if (!message.IsSet(FixTag.PossDupFlag))
            {
                LogoutForGood(TooLow(number), "the counterparty's sequence went back", nowNs);
            }

            return;
        }

        Process(message, number, nowNs);
        Drain(nowNs);
    }

    /// <summary>A message whose turn it is.</summary>
    private void Process(FixMessage message, long number, long nowNs)
    {
        if (_validator.Validate(message) is { } fault)
        {
            RejectAndConsume(message, fault, number, nowNs);
            return;
        }

        ReadOnlySpan<byte> msgType = message.MsgType;
        if (!FixValidator.IsAdmin(msgType))
        {
            ProcessApplication(message, number, nowNs);
            return;
        }

        switch (msgType[0])
        {
            case (byte)'1':
                Consume(number);
                message.TryGet(FixTag.TestReqId, out ReadOnlySpan<byte> testReqId);
                SendHeartbeat(testReqId, nowNs);
                return;
            case (byte)'3':
                Consume(number);
                _application.OnReject(this, message, nowNs);
                return;
            case (byte)'4':
                FillGap(message, number, nowNs);
                return;
            case (byte)'A':
                Consume(number);
                LogoutForGood("already logged on", "a second Logon in the session", nowNs);
                return;
            default:
                Consume(number);
                return;
        }
    }

    private void ProcessApplication(FixMessage message, long number, long nowNs)
    {
        if (_throttle.TryTake(nowNs) || Settings.Throttle is { Action: ThrottleAction.Delay })
        {
            // The application has the message before its number counts as received: a crash in between
            // repeats it.
            _application.OnMessage(this, message, nowNs);
            if (_store.NextInbound == number)
            {
                Consume(number);
            }

            return;
        }

        Consume(number);
        if (Settings.Throttle is { Action: ThrottleAction.Logout })
        {
            LogonBlockedUntilNs = nowNs + Settings.CoolDownNs;
            LogoutForGood("message rate exceeded", "message rate exceeded", nowNs);
            return;
        }

        RejectBusiness(message, 0, "message rate exceeded"u8, nowNs);
    }

    private void FillGap(FixMessage message, long number, long nowNs)
    {
        message.TryGetUnsigned(FixTag.NewSeqNo, out long newNumber);
        if (newNumber <= number)
        {
            RejectAndConsume(message, new FixFault(SessionRejectReason.ValueIncorrect, null), number, nowNs);
            return;
        }

        Consume(newNumber - 1);
    }

    /// <summary>
    /// SequenceReset in its reset mode: its own number does not matter, and the new one never goes back.
    /// </summary>
    private void ReceiveSequenceReset(FixMessage message, long nowNs)
    {
        if (_validator.Validate(message) is { } fault)
        {
            SendReject(message, fault, nowNs);
            return;
        }

        message.TryGetUnsigned(FixTag.NewSeqNo, out long newNumber);
        if (newNumber < _store.NextInbound)
        {
            SendReject(message, new FixFault(SessionRejectReason.ValueIncorrect, null), nowNs);
            return;
        }

        Consume(newNumber - 1);
        Drain(nowNs);
    }

    /// <summary>
    /// Either the answer to ours, or the end that the counterparty wants: in both cases the last message.
    /// </summary>
    private void ReceiveLogout(FixMessage message, long number, long nowNs)
    {
        if (number == _store.NextInbound)
        {
            Consume(number);
        }

        if (State == SessionState.LogoutSent)
        {
            Drop(_closeReason.Length > 0 ? _closeReason : "logged out", nowNs);
            return;
        }

        message.TryGet(FixTag.Text, out ReadOnlySpan<byte> text);
        SendLogout("", nowNs);
        string reason = System.Text.Encoding.ASCII.GetString(text);
        Drop(reason.Length == 0 ? "the counterparty logged out" : reason, nowNs);
    }

    private void RejectAndConsume(FixMessage message, FixFault fault, long number, long nowNs)
    {
        if (number == _store.NextInbound)
        {
            Consume(number);
        }

        SendReject(message, fault, nowNs);
    }

    private bool HasRightCompIds(FixMessage message) =>
        (!message.TryGet(FixTag.SenderCompId, out ReadOnlySpan<byte> sender) || sender.SequenceEqual(_target))
        && (!message.TryGet(FixTag.TargetCompId, out ReadOnlySpan<byte> target)
            || target.SequenceEqual(_sender));

    private bool HasWrongSendingTime(FixMessage message, long nowNs) =>
        Settings.SendingTimeToleranceNs > 0
        && message.TryGetTimestamp(FixTag.SendingTime, out long sentNs)
        && long.Abs(nowNs - sentNs) > Settings.SendingTimeToleranceNs;

    private static string SessionRejectReasonName(SessionRejectReason reason) =>
        System.Text.Encoding.ASCII.GetString(SessionRejectReasons.Text(reason));
}
