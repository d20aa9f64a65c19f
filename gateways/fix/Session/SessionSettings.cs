using System;
using System.Collections.Generic;
using System.Net;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;

namespace HftEngine.Fix.Session;

/// <summary>What one session has agreed with its counterparty. Durations are nanoseconds.</summary>
public sealed record SessionSettings
{
    public const long NsPerSecond = FixTime.NsPerSecond;

    public required SessionId Id { get; init; }

    public required FixRules Rules { get; init; }

    public ValidationOptions Validation { get; init; } = new();

    /// <summary>Whether this side connects and sends the first Logon.</summary>
    public bool IsInitiator { get; init; }

    /// <summary>HeartBtInt (108) that an initiator asks for, in seconds.</summary>
    public int HeartBtInt { get; init; } = 30;

    /// <summary>
    /// Least HeartBtInt that an acceptor takes, in seconds; 0 lets a session go without heartbeats.
    /// </summary>
    public int MinHeartBtInt { get; init; } = 1;

    public int MaxHeartBtInt { get; init; } = 3_600;

    /// <summary>Every logon starts both sequences at 1.</summary>
    public bool ResetOnLogon { get; init; }

    /// <summary>Whether a counterparty's ResetSeqNumFlag (141) is honoured.</summary>
    public bool AllowReset { get; init; } = true;

    /// <summary>
    /// Whether an initiator sends NextExpectedMsgSeqNum (789). An acceptor answers with it when asked.
    /// </summary>
    public bool UseNextExpected { get; init; }

    /// <summary>How far SendingTime may be from our clock; 0 switches the check off.</summary>
    public long SendingTimeToleranceNs { get; init; } = 120 * NsPerSecond;

    public TimePrecision TimePrecision { get; init; } = TimePrecision.Microseconds;

    public long LogonTimeoutNs { get; init; } = 10 * NsPerSecond;

    public long LogoutTimeoutNs { get; init; } = 2 * NsPerSecond;

    /// <summary>How long a gap may stay open without progress before it is asked for again.</summary>
    public long GapRetryNs { get; init; } = 30 * NsPerSecond;

    /// <summary>Most messages that one ResendRequest asks for; 0 asks for everything at once.</summary>
    public int ResendChunk { get; init; }

    /// <summary>Bytes of messages beyond a gap that are kept until the gap is filled.</summary>
    public int GapQueueBytes { get; init; } = 65_536;

    public Throttle? Throttle { get; init; }

    /// <summary>How long a session that was logged out by its throttle may not log on again.</summary>
    public long CoolDownNs { get; init; } = 15 * NsPerSecond;

    /// <summary>
    /// Addresses that may log on to this session; null or empty lets all of the acceptor in.
    /// </summary>
    public IReadOnlyList<IPNetwork>? AllowedAddresses { get; init; }

    public SessionSchedule? Schedule { get; init; }

    /// <summary>TestReqID (112) of our own test requests.</summary>
    public string TestReqId { get; init; } = "TEST";

    /// <summary>Username (553) and Password (554) of an initiator.</summary>
    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Throws when the parts contradict each other.</summary>
    public SessionSettings Checked()
    {
        if (Rules.BeginString != Id.BeginString)
        {
            throw new ArgumentException($"{Id} cannot speak by the tables of {Rules.BeginString}");
        }

        ArgumentException.ThrowIfNullOrEmpty(Id.SenderCompId);
        ArgumentException.ThrowIfNullOrEmpty(Id.TargetCompId);
        ArgumentOutOfRangeException.ThrowIfNegative(ResendChunk);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MinHeartBtInt, MaxHeartBtInt);
        return this;
    }
}
