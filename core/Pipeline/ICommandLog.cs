using System;

namespace HftEngine.Core.Pipeline;

/// <summary>The commit seam: where sequenced commands become safe. A local journal today, a quorum log later.</summary>
public interface ICommandLog
{
    /// <summary>
    /// Appends whole records, as the sequencer framed them, and commits them under the configured durability.
    /// </summary>
    /// <param name="epoch">Of every record.</param>
    /// <param name="firstSequence">Sequence of the first record; one above the last appended.</param>
    /// <param name="records">
    /// Records back to back, see <c>CommandRecord</c>. Empty, only when commits lag behind what was appended: asks how
    /// far they are now.
    /// </param>
    /// <returns>The highest sequence that is committed now; it may lag behind what was appended.</returns>
    /// <exception cref="Storage.StorageException">The log is broken: stop accepting, release nothing more, never retry.</exception>
    ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records);
}

/// <summary>Where released events go, in order, exactly as they stand in the event ring (padding frames left out).</summary>
public interface IEventSink
{
    /// <param name="frames">Whole frames of whole commands, back to back.</param>
    /// <param name="lastSequence">Sequence of the last command among them.</param>
    void Append(ReadOnlySpan<byte> frames, ulong lastSequence);

    /// <summary>Records the running digest after the command <paramref name="sequence"/> (every 65,536 commands).</summary>
    void AppendDigest(uint epoch, ulong sequence, ulong eventDigest);
}
