using System;
using HftEngine.Core.State;

namespace HftEngine.Journal;

/// <summary>What a journal is replayed into.</summary>
public unsafe interface IReplayTarget
{
    ulong LastSequence { get; }

    /// <summary>Running digest over all events so far.</summary>
    ulong EventDigest { get; }

    /// <summary>Takes over a saved state, before anything else and at most once.</summary>
    /// <returns>Its state hash.</returns>
    /// <exception cref="StateException">It cannot be taken.</exception>
    ulong Restore(StateSource state);

    /// <summary>
    /// Applies records that stand back to back and hands over the events of whole commands.
    /// </summary>
    void Apply(byte* first, byte* end, IReplayEvents events);

    /// <summary>Rejects a command that the operator voided.</summary>
    void ApplyVoided(ReadOnlySpan<byte> message, IReplayEvents events);
}

public interface IReplayEvents
{
    /// <param name="frames">Whole frames of whole commands, padding left out.</param>
    /// <param name="lastSequence">The last of these commands.</param>
    void Take(ReadOnlySpan<byte> frames, ulong lastSequence);
}
