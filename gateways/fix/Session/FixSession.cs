using System;
using System.Text;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Store;

namespace HftEngine.Fix.Session;

/// <summary>
/// One FIX session, acceptor or initiator: a state machine whose inputs are messages, the passing of time
/// and what the application sends, and whose outputs go into a channel. It opens no socket, reads no clock
/// and knows no thread; it is owned by one thread at a time.
/// </summary>
public sealed partial class FixSession
{
    private readonly IFixApplication _application;
    private readonly IMessageStore _store;
    private readonly FixWorkspace _workspace;
    private readonly FixValidator _validator;
    private readonly GapQueue _gapQueue;
    private readonly byte[] _beginString;
    private readonly byte[] _sender;
    private readonly byte[] _target;
    private readonly byte[] _senderField;
    private readonly byte[] _targetField;
    private readonly byte[] _testReqId;
    private ISessionChannel? _channel;
    private ThrottleMeter _throttle;
    private SessionPeriod _period;
    private long _heartbeatNs;
    private long _lastSentNs;
    private long _lastReceivedNs;
    private long _stateSinceNs;
    private bool _testRequestIsOut;
    private bool _onlyLogoutCounts;
    private string _closeReason = "";

    public FixSession(
        SessionSettings settings, IFixApplication application, IMessageStore store, FixWorkspace workspace)
    {
        Settings = settings.Checked();
        _application = application;
        _store = store;
        _workspace = workspace;
        _validator = new FixValidator(settings.Rules, settings.Validation);
        _gapQueue = new GapQueue(settings.GapQueueBytes);
        _throttle = new ThrottleMeter(settings.Throttle);
        _beginString = Encoding.ASCII.GetBytes(settings.Id.BeginString);
        _sender = Encoding.ASCII.GetBytes(settings.Id.SenderCompId);
        _target = Encoding.ASCII.GetBytes(settings.Id.TargetCompId);
        _senderField = Encoding.ASCII.GetBytes($"49={settings.Id.SenderCompId}\u0001");
        _targetField = Encoding.ASCII.GetBytes($"56={settings.Id.TargetCompId}\u0001");
        _testReqId = Encoding.ASCII.GetBytes(settings.TestReqId);
    }

    public SessionSettings Settings { get; }

    public SessionId Id => Settings.Id;

    public SessionState State { get; private set; }

    public bool IsLoggedOn => State is SessionState.LoggedOn;

    public IMessageStore Store => _store;

    public FixRules Rules => _validator.Rules;

    /// <summary>Whatever the application keeps with the session.</summary>
    public object? Attachment { get; set; }

    /// <summary>HeartBtInt in force, in seconds.</summary>
    public int HeartBtInt => (int)(_heartbeatNs / SessionSettings.NsPerSecond);

    /// <summary>No logon is taken before this instant: the penalty for exceeding the throttle.</summary>
    public long LogonBlockedUntilNs { get; private set; }

    /// <summary>The loop whose thread owns the session.</summary>
    internal Network.FixLoop? Owner { get; set; }

    /// <summary>A connection stands. An initiator sends its Logon, an acceptor waits for one.</summary>
    public void Connect(ISessionChannel channel, long nowNs)
    {
        if (State != SessionState.Disconnected)
        {
            throw new InvalidOperationException($"{Id} is connected already");
        }

        _channel = channel;
        _gapQueue.Clear();
        _testRequestIsOut = false;
        _onlyLogoutCounts = false;
        _closeReason = "";
        _gapTarget = 0;
        _lastReceivedNs = nowNs;
        _lastSentNs = nowNs;
        _heartbeatNs = Settings.HeartBtInt * SessionSettings.NsPerSecond;
        StopResending();
        RenewPeriod(nowNs);
        if (Settings.IsInitiator)
        {
            SendFirstLogon(nowNs);
        }
        else
        {
            Enter(SessionState.AwaitingLogon, nowNs);
        }
    }

    /// <summary>One message that was framed and whose CheckSum is right.</summary>
    public void Receive(FixMessage message, long nowNs)
    {
        switch (State)
        {
            case SessionState.AwaitingLogon:
                ReceiveLogon(message, nowNs);
                break;
            case SessionState.LogonSent:
                ReceiveLogonAnswer(message, nowNs);
                break;
            case SessionState.LoggedOn or SessionState.LogoutSent:
                _lastReceivedNs = nowNs;
                _testRequestIsOut = false;
                ReceiveInSession(message, nowNs);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// Bytes that are no message. In a session they are as if they had never been sent: the gap that they
    /// leave makes the counterparty repeat the message. Before a logon there is nobody to repeat anything.
    /// </summary>
    public void ReceiveGarbled(long nowNs)
    {
        if (State is SessionState.AwaitingLogon or SessionState.LogonSent)
        {
            Drop("garbled message instead of a Logon", nowNs);
        }
    }

    /// <summary>Time passes. Called often, whether or not something was received.</summary>
    public void Tick(long nowNs)
    {
        switch (State)
        {
            case SessionState.AwaitingLogon or SessionState.LogonSent:
                if (nowNs - _stateSinceNs >= Settings.LogonTimeoutNs)
                {
                    Drop("no Logon in time", nowNs);
                }

                break;
            case SessionState.LogoutSent:
                if (nowNs - _stateSinceNs >= Settings.LogoutTimeoutNs)
                {
                    Drop(_closeReason.Length > 0 ? _closeReason : "Logout was not answered", nowNs);
                }

                break;
            case SessionState.LoggedOn:
                TickLoggedOn(nowNs);
                break;
            default:
                RenewPeriod(nowNs);
                break;
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Disconnected(string reason, long nowNs)
    {
        if (State == SessionState.Disconnected)
        {
            return;
        }

        bool wasLoggedOn = State is SessionState.LoggedOn or SessionState.LogoutSent;
        Enter(SessionState.Disconnected, nowNs);
        _channel = null;
        StopResending();
        _store.Commit();
        if (wasLoggedOn)
        {
            _application.OnLogout(this, _closeReason.Length > 0 ? _closeReason : reason, nowNs);
        }
    }

    /// <summary>Asks the counterparty to end the session; messages still come until it answers.</summary>
    public void Logout(string text, long nowNs)
    {
        if (State != SessionState.LoggedOn)
        {
            return;
        }

        SendLogout(text, nowNs);
        Enter(SessionState.LogoutSent, nowNs);
    }

    /// <summary>When the next message may be read: later than now only for a throttle that delays.</summary>
    public long ReadableAtNs =>
        Settings.Throttle is { Action: ThrottleAction.Delay } ? _throttle.NextAtNs : 0;

    private void TickLoggedOn(long nowNs)
    {
        ContinueResend(nowNs);
        if (!_period.Contains(nowNs) && Settings.Schedule is not null)
        {
            Logout("the hours of this session are over", nowNs);
            return;
        }

        RetryGap(nowNs);
        if (_heartbeatNs == 0 || State != SessionState.LoggedOn)
        {
            return;
        }

        // A message may be on its way for a fifth of the interval; the answer to a test request gets as
        // long as the first warning had.
        long silentNs = nowNs - _lastReceivedNs;
        if (silentNs * 5 >= _heartbeatNs * 12)
        {
            Drop("the counterparty is silent", nowNs);
        }
        else if (silentNs * 5 >= _heartbeatNs * 6 && !_testRequestIsOut)
        {
            _testRequestIsOut = true;
            SendTestRequest(nowNs);
        }
        else if (nowNs - _lastSentNs >= _heartbeatNs && !_testRequestIsOut)
        {
            SendHeartbeat([], nowNs);
        }
    }

    private void Enter(SessionState state, long nowNs)
    {
        State = state;
        _stateSinceNs = nowNs;
    }

    /// <summary>Ends the connection without a word more.</summary>
    private void Drop(string reason, long nowNs)
    {
        ISessionChannel? channel = _channel;
        _closeReason = reason;
        Disconnected(reason, nowNs);
        channel?.Close();
    }

    /// <summary>Says why, then hears nothing but the answer.</summary>
    private void LogoutForGood(string text, string reason, long nowNs)
    {
        if (State != SessionState.LoggedOn)
        {
            Drop(reason, nowNs);
            return;
        }

        _closeReason = reason;
        _onlyLogoutCounts = true;
        StopResending();
        SendLogout(text, nowNs);
        Enter(SessionState.LogoutSent, nowNs);
    }

    // A period that began after the sequences were started starts them again.
    private void RenewPeriod(long nowNs)
    {
        if (Settings.Schedule is not { } schedule)
        {
            return;
        }

        if (nowNs >= _period.CloseNs)
        {
            _period = schedule.PeriodAt(nowNs);
        }

        if (_period.Contains(nowNs) && _store.CreatedNs < _period.OpenNs)
        {
            _store.Reset(nowNs);
            _store.Commit();
        }
    }
}
