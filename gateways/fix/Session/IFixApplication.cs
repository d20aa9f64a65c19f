using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Session;

/// <summary>
/// What runs on top of sessions: order entry, drop copy, market data, a liquidity provider's adapter, the
/// echo. All calls come from the thread that owns the session, in the order of its messages.
/// </summary>
public interface IFixApplication
{
    void OnLogon(FixSession session, FixMessage logon, long nowNs);

    /// <summary>The connection of a session that was logged on is gone, for whatever reason.</summary>
    void OnLogout(FixSession session, string reason, long nowNs);

    /// <summary>
    /// An application message: valid by its table, exactly in sequence. PossDup and PossResend are for the
    /// application to judge.
    /// </summary>
    void OnMessage(FixSession session, FixMessage message, long nowNs);

    /// <summary>The counterparty rejected one of our messages on the level of the session.</summary>
    void OnReject(FixSession session, FixMessage reject, long nowNs);
}
