using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Schemas;

namespace HftEngine.Server.Hosting;

/// <summary>
/// Reads from a journal's first record what its engine was made with, or, when the beginning was archived, from a snapshot.
/// </summary>
internal static class JournalGenesis
{
    /// <summary>Null when the journal has no record yet.</summary>
    /// <exception cref="RecoveryRefusedException">The journal does not begin with Genesis.</exception>
    public static EngineLimits? Read(IStorage storage, JournalOptions options)
    {
        using JournalReader reader = new(storage, options);
        if (reader.FirstSequence > 1)
        {
            SnapshotEntry? snapshot = new SnapshotStore(storage, options).FindNewest();
            return snapshot?.Point.Limits ?? throw new RecoveryRefusedException(
                $"The journal begins at sequence {reader.FirstSequence}, so a snapshot is needed to start from, and there "
                + "is none that can be read. Bring back a snapshot, or the segments before.");
        }

        if (!reader.Next(out RecordRun run))
        {
            return null;
        }

        MessageHeader header = MemoryMarshal.Read<MessageHeader>(run.Bytes[CommandRecord.Size..]);
        if (header.TemplateId != GenesisBlock.TemplateId || header.BlockLength < GenesisBlock.BlockLength)
        {
            throw new RecoveryRefusedException(
                $"{run.File} does not begin with Genesis; it is no venue's journal.");
        }

        return Engine.LimitsOf(
            MemoryMarshal.Read<GenesisBlock>(run.Bytes[(CommandRecord.Size + MessageHeader.Size)..]));
    }
}
