using System;

namespace HftEngine.Fix.Session;

/// <summary>
/// The connection of a session as the session sees it. The network is one, a test's list of bytes another.
/// </summary>
public interface ISessionChannel
{
    /// <summary>Room in the outbound buffer.</summary>
    int FreeBytes { get; }

    /// <summary>Copies the bytes behind those that wait; false when they do not fit.</summary>
    bool Send(ReadOnlySpan<byte> bytes);

    /// <summary>Closes as soon as everything that waits is sent.</summary>
    void Close();
}
