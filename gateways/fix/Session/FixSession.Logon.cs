using System;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;

namespace HftEngine.Fix.Session;

public sealed partial class FixSession
{
    private bool _askedForReset;
    private bool _peerSaidNextExpected;

    private void SendFirstLogon(long nowNs)
    {
        if (Settings.Schedule is not null && !_period.Contains(nowNs))
        {
            Drop("outside the hours of this session", nowNs);
            return;
        }

        _askedForReset = Settings.ResetOnLogon;
        if (_askedForReset)
        {
            _store.Reset(nowNs);
        }

        Enter(SessionState.LogonSent, nowNs);
        SendLogon(Settings.HeartBtInt, _askedForReset, Settings.UseNextExpected, nowNs);
    }

    private void SendLogon(int heartBtInt, bool reset, bool nextExpected, long nowNs)
    {
        FixWriter writer = Begin("A"u8, nowNs);
        writer.Int(FixTag.EncryptMethod, 0);
        writer.Int(FixTag.HeartBtInt, heartBtInt);
        if (reset)
        {
            writer.Flag(FixTag.ResetSeqNumFlag, true);
        }

        if (Settings.IsInitiator && Settings.Username is { } username)
        {
            writer.Text(FixTag.Username, username);
            writer.Text(FixTag.Password, Settings.Password ?? "");
        }

        if (nextExpected)
        {
            writer.Int(FixTag.NextExpectedMsgSeqNum, _store.NextInbound);
        }

        if (Rules.DefaultApplVerId.Length > 0)
        {
            writer.Text(FixTag.DefaultApplVerId, Rules.DefaultApplVerId);
        }

        SendAdmin(nowNs);
    }

    /// <summary>
    /// The first message of a connection. What is wrong with who they say they are, or with the message as
    /// such, ends it without a word: the other side may be anybody. What is wrong with their state is said.
    /// </summary>
    private void ReceiveLogon(FixMessage message, long nowNs)
    {
        if (!message.MsgType.SequenceEqual("A"u8) || !message.BeginString.SequenceEqual(_beginString)
            || !HasRightCompIds(message) || HasWrongSendingTime(message, nowNs)
            || _validator.Validate(message) is not null
            || !message.TryGetUnsigned(FixTag.MsgSeqNum, out long number)
            || !message.TryGetUnsigned(FixTag.HeartBtInt, out long heartBtInt))
        {
            Drop("invalid Logon", nowNs);
            return;
        }

        if (RefusalOf(message, number, heartBtInt, nowNs) is { } refusal)
        {
            RefuseLogon(refusal, nowNs);
            return;
        }

        bool reset = message.IsSet(FixTag.ResetSeqNumFlag);
        if (reset || Settings.ResetOnLogon)
        {
            _store.Reset(nowNs);
        }

        if (number < _store.NextInbound)
        {
            RefuseLogon(TooLow(number), nowNs);
            return;
        }

        if (message.TryGetUnsigned(FixTag.NextExpectedMsgSeqNum, out long expected)
            && expected > _store.NextOutbound)
        {
            RefuseLogon(
                $"NextExpectedMsgSeqNum too high, expecting {_store.NextOutbound} but received {expected}",
                nowNs);
            return;
        }

        _heartbeatNs = heartBtInt * SessionSettings.NsPerSecond;
        _lastReceivedNs = nowNs;
        _peerSaidNextExpected = message.Has(FixTag.NextExpectedMsgSeqNum);
        long firstMissing = _peerSaidNextExpected ? expected : _store.NextOutbound;
        long beforeLogon = _store.NextOutbound;
        Enter(SessionState.LoggedOn, nowNs);
        Consume(number == _store.NextInbound ? number : 0);
        SendLogon((int)heartBtInt, reset, _peerSaidNextExpected, nowNs);
        FinishLogon(message, number, firstMissing, beforeLogon, nowNs);
    }

    private string? RefusalOf(FixMessage message, long number, long heartBtInt, long nowNs)
    {
        bool reset = message.IsSet(FixTag.ResetSeqNumFlag);
        return message switch
        {
            _ when message.TryGetUnsigned(FixTag.EncryptMethod, out long method) && method != 0 =>
                "EncryptMethod must be 0",
            _ when heartBtInt < Settings.MinHeartBtInt || heartBtInt > Settings.MaxHeartBtInt =>
                $"HeartBtInt must be {Settings.MinHeartBtInt} to {Settings.MaxHeartBtInt}",
            _ when reset && !Settings.AllowReset => "ResetSeqNumFlag is not allowed on this session",
            _ when reset && number != 1 => "ResetSeqNumFlag needs MsgSeqNum 1",
            _ when nowNs < LogonBlockedUntilNs => "logon is blocked for a while",
            _ when number == 0 => "MsgSeqNum must be at least 1",
            _ when Settings.Schedule is not null && !_period.Contains(nowNs) =>
                "outside the hours of this session",
            _ => null,
        };
    }

    // The session is not established, so the refusal uses up no number: whoever failed to log on changes
    // nothing.
    private void RefuseLogon(string text, long nowNs)
    {
        FixWriter writer = Begin("5"u8, nowNs);
        writer.Text(FixTag.Text, text);
        _channel?.Send(writer.Finish(_beginString));
        Drop(text, nowNs);
    }

    private void ReceiveLogonAnswer(FixMessage message, long nowNs)
    {
        if (!message.BeginString.SequenceEqual(_beginString) || !HasRightCompIds(message)
            || HasWrongSendingTime(message, nowNs)
            || !message.TryGetUnsigned(FixTag.MsgSeqNum, out long number))
        {
            Drop("invalid answer to our Logon", nowNs);
            return;
        }

        if (!message.MsgType.SequenceEqual("A"u8))
        {
            message.TryGet(FixTag.Text, out ReadOnlySpan<byte> text);
            Drop($"our Logon was refused: {System.Text.Encoding.ASCII.GetString(text)}", nowNs);
            return;
        }

        if (_validator.Validate(message) is { } fault)
        {
            Drop($"invalid answer to our Logon: {fault.Reason} {fault.RefTag}", nowNs);
            return;
        }

        if (message.IsSet(FixTag.ResetSeqNumFlag) && !_askedForReset)
        {
            // The counterparty started again; our Logon counts as the first message of the new sequence.
            _store.Reset(nowNs);
            _store.SetNextOutbound(2);
        }

        _askedForReset = false;
        Enter(SessionState.LoggedOn, nowNs);
        _lastReceivedNs = nowNs;
        if (message.TryGetUnsigned(FixTag.HeartBtInt, out long heartBtInt)
            && heartBtInt <= Settings.MaxHeartBtInt)
        {
            _heartbeatNs = heartBtInt * SessionSettings.NsPerSecond;
        }

        if (number < _store.NextInbound)
        {
            LogoutForGood(TooLow(number), "the counterparty's sequence went back", nowNs);
            return;
        }

        _peerSaidNextExpected = Settings.UseNextExpected
            && message.TryGetUnsigned(FixTag.NextExpectedMsgSeqNum, out _);
        message.TryGetUnsigned(FixTag.NextExpectedMsgSeqNum, out long expected);
        long firstMissing = expected > 0 ? expected : _store.NextOutbound;
        Consume(number == _store.NextInbound ? number : 0);
        FinishLogon(message, number, firstMissing, _store.NextOutbound, nowNs);
    }

    /// <summary>
    /// Both sides know the other's numbers: what they miss is sent at once when they said so, what we miss
    /// is asked for unless they learned it from our NextExpectedMsgSeqNum.
    /// </summary>
    private void FinishLogon(FixMessage message, long number, long firstMissing, long endMissing, long nowNs)
    {
        _application.OnLogon(this, message, nowNs);
        if (State != SessionState.LoggedOn)
        {
            return;
        }

        if (firstMissing < endMissing)
        {
            StartResend(firstMissing, endMissing - 1, nowNs);
        }

        if (number >= _store.NextInbound)
        {
            _gapQueue.Add(number, []);
            NoteGap(number, nowNs, _peerSaidNextExpected);
        }
    }

    /// <summary>
    /// A second Logon: with ResetSeqNumFlag it starts both sequences again without a new connection.
    /// </summary>
    private void ReceiveLogonInSession(FixMessage message, long number, long nowNs)
    {
        if (_validator.Validate(message) is { } fault)
        {
            SendReject(message, fault, nowNs);
            return;
        }

        message.TryGetUnsigned(FixTag.HeartBtInt, out long heartBtInt);
        if (RefusalOf(message, number, heartBtInt, nowNs) is { } refusal)
        {
            LogoutForGood(refusal, refusal, nowNs);
            return;
        }

        StopResending();
        _gapQueue.Clear();
        _gapTarget = 0;
        bool answersOurs = _askedForReset;
        _askedForReset = false;
        if (!answersOurs)
        {
            _store.Reset(nowNs);
            SendLogon((int)heartBtInt, true, false, nowNs);
        }

        _heartbeatNs = heartBtInt * SessionSettings.NsPerSecond;
        _store.NextInbound = 2;
    }

    /// <summary>
    /// Starts both sequences of a running session again, as around-the-clock sessions do once a day.
    /// </summary>
    public void ResetInSession(long nowNs)
    {
        if (State != SessionState.LoggedOn)
        {
            return;
        }

        StopResending();
        _gapQueue.Clear();
        _gapTarget = 0;
        _store.Reset(nowNs);
        _askedForReset = true;
        SendLogon(HeartBtInt, true, false, nowNs);
    }

    private string TooLow(long number) =>
        $"MsgSeqNum too low, expecting {_store.NextInbound} but received {number}";
}
