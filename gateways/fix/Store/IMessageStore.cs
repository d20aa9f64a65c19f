using System;
using HftEngine.Core.Readers;

namespace HftEngine.Fix.Store;

/// <summary>The sequence numbers of one session and the application messages that it sent.</summary>
public interface IMessageStore : IDisposable
{
    /// <summary>Number of the next message that is sent.</summary>
    long NextOutbound { get; }

    /// <summary>Number of the next message that is expected.</summary>
    long NextInbound { get; set; }

    /// <summary>When the sequences were last started at 1.</summary>
    long CreatedNs { get; }

    /// <summary>
    /// The latest event of the engine that a kept message reports; the default when none does.
    /// </summary>
    EventPosition LastOrigin { get; }

    /// <summary>Keeps an application message under the next outbound number and moves that on.</summary>
    void Append(ReadOnlySpan<byte> message, in EventPosition origin);

    /// <summary>Uses up the next outbound number for a message that is never sent again.</summary>
    void Skip();

    /// <summary>Copies a kept message; 0 when nothing is kept under the number.</summary>
    int Read(long number, Span<byte> buffer);

    void SetNextOutbound(long number);

    /// <summary>Forgets everything and starts both sequences at 1.</summary>
    void Reset(long nowNs);

    /// <summary>Hands everything to the file. Nothing may be sent to a counterparty before.</summary>
    void Commit();
}
