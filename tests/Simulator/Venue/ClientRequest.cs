using HftEngine.Core.Readers;

namespace HftEngine.Simulation;

/// <summary>A numbered request of a client, and what the venue said.</summary>
internal sealed class ClientRequest(ulong number, byte[] message)
{
    /// <summary>Its session sequence.</summary>
    public ulong Number => number;

    public byte[] Message => message;

    /// <summary>Where its first event stands; null until it was seen.</summary>
    public EventPosition? Answer { get; set; }
}
