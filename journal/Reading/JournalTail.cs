using System;
using System.Collections.Generic;
using System.Security.Cryptography;

namespace HftEngine.Journal;

/// <summary>Where a journal ends: all that the sequencer and the next epoch continue from.</summary>
public sealed record JournalTail
{
    public required UInt128 JournalId { get; init; }

    /// <summary>Highest epoch that was ever started; 0 for a new journal.</summary>
    public uint Epoch { get; init; }

    /// <summary>0 for a new journal: the first command is 1.</summary>
    public ulong LastSequence { get; init; }

    public long LastTimestampNs { get; init; }

    /// <summary>CRC of the last command record, the seed of the next.</summary>
    public uint Crc { get; init; }

    /// <summary>Of the last segment's header.</summary>
    public uint RuleLevel { get; init; }

    /// <summary>The last epoch ended with an end mark.</summary>
    public bool OrderlyStop { get; init; }

    /// <summary>Last segment and the first byte behind its last record; null for a new journal.</summary>
    public string? SegmentName { get; init; }

    public long EndOffset { get; init; }

    /// <summary>Segments in order with the ends of their data.</summary>
    internal IReadOnlyList<SegmentExtent> Segments { get; init; } = [];

    /// <summary>A journal that has nothing yet, with an id of its own.</summary>
    public static JournalTail Fresh() => Fresh(new JournalOptions());

    internal static JournalTail Fresh(JournalOptions options)
    {
        if (options.Simulated is { } chosen)
        {
            return new JournalTail { JournalId = chosen };
        }

        Span<byte> random = stackalloc byte[16];
        RandomNumberGenerator.Fill(random);
        return new JournalTail { JournalId = BitConverter.ToUInt128(random) };
    }
}

/// <summary>One segment file and where its data ends.</summary>
internal readonly record struct SegmentExtent(ulong FirstSequence, long EndOffset)
{
    public string Name => FileNames.Journal(FirstSequence);
}
