using HftEngine.Fix.Session;

namespace HftEngine.Fix.Network;

/// <summary>What a Logon says about who sends it.</summary>
/// <param name="Session">The session that it names, seen from our side.</param>
/// <param name="Origin">Where the connection comes from.</param>
/// <param name="Username">Username (553), or empty.</param>
/// <param name="Password">Password (554), or empty.</param>
/// <param name="SignedText">
/// What a signature covers: MsgType, SenderCompID, TargetCompID, MsgSeqNum and SendingTime, joined by SOH.
/// </param>
/// <param name="Signature">RawData (96), or empty.</param>
public sealed record LogonAttempt(
    SessionId Session,
    ConnectionOrigin Origin,
    string Username,
    string Password,
    byte[] SignedText,
    byte[] Signature);

/// <summary>
/// Decides who may log on. Called outside the loops' threads, because checking a password takes its time.
/// </summary>
public interface ILogonAuthenticator
{
    /// <summary>Null to let the session on, or the text of the Logout that refuses it.</summary>
    string? Refuse(LogonAttempt attempt);
}
