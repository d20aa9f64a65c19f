using System;

namespace HftEngine.Fix.Store;

public sealed record FileStoreOptions
{
    /// <summary>Outbound numbers in a block: so many may be skipped after a crash.</summary>
    public int BlockNumbers { get; init; } = 10_000;

    /// <summary>Room for records that are not handed to the file yet; no message may be larger.</summary>
    public int PendingBytes { get; init; } = 65_536;

    /// <summary>
    /// Runs a flush on another thread; without it the session's thread waits for each block.
    /// </summary>
    public Action<Action>? FlushLater { get; init; }

    public FileStoreOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockNumbers, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(PendingBytes, 1_024);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(PendingBytes, MessageIndex.MaxMessageBytes);
        return this;
    }
}
