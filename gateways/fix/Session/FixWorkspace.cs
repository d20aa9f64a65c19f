using HftEngine.Fix.Codec;

namespace HftEngine.Fix.Session;

/// <summary>
/// Buffers that all sessions of one thread share, because only one of them works at a time.
/// </summary>
public sealed class FixWorkspace
{
    // Beside what may come back from a received message, a sent one has a header of its own.
    private const int HeaderBytes = 2_048;

    public FixWorkspace(int maxMessageBytes)
    {
        MaxMessageBytes = maxMessageBytes;
        Writer = new FixWriter(maxMessageBytes + HeaderBytes);
        Received = new FixMessage();
        Stored = new FixMessage();
        StoredBytes = new byte[maxMessageBytes + HeaderBytes];
    }

    public int MaxMessageBytes { get; }

    /// <summary>The message that is received now.</summary>
    public FixMessage Received { get; }

    internal FixWriter Writer { get; }

    /// <summary>A message out of a store or a queue.</summary>
    internal FixMessage Stored { get; }

    internal byte[] StoredBytes { get; }
}
