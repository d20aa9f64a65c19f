namespace HftEngine.Fix.Session;

public enum ThrottleAction
{
    /// <summary>The message is answered with BusinessMessageReject and goes no further.</summary>
    Reject,

    /// <summary>Reading waits until the rate is kept again; the counterparty's TCP feels it.</summary>
    Delay,

    /// <summary>The session is logged out.</summary>
    Logout,
}

/// <summary>Most application messages per interval that one session may send.</summary>
public sealed record Throttle(int Messages, long IntervalNs, ThrottleAction Action);

/// <summary>Counts one session's messages against its throttle, evenly refilled over the interval.</summary>
internal struct ThrottleMeter(Throttle? throttle)
{
    // The instant at which all that was taken has been earned again: one number instead of a window of
    // timestamps.
    private long _paidUntilNs;

    /// <summary>False when the message is one too many; it is then not counted.</summary>
    public bool TryTake(long nowNs)
    {
        if (throttle is null)
        {
            return true;
        }

        long paidUntilNs = long.Max(_paidUntilNs, nowNs) + (throttle.IntervalNs / throttle.Messages);
        if (paidUntilNs - nowNs > throttle.IntervalNs)
        {
            return false;
        }

        _paidUntilNs = paidUntilNs;
        return true;
    }

    /// <summary>When the next message may be taken.</summary>
    public readonly long NextAtNs => throttle is null
        ? 0
        : _paidUntilNs + (throttle.IntervalNs / throttle.Messages) - throttle.IntervalNs;
}
