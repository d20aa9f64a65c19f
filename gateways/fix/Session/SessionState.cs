namespace HftEngine.Fix.Session;

public enum SessionState
{
    Disconnected,

    /// <summary>An acceptor waits for the first message.</summary>
    AwaitingLogon,

    /// <summary>An initiator waits for the answer to its Logon.</summary>
    LogonSent,

    LoggedOn,

    /// <summary>We sent Logout and wait for the answer.</summary>
    LogoutSent,
}
