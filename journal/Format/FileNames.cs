using System;
using System.Globalization;
using HftEngine.Core;
using HftEngine.Core.Readers;

namespace HftEngine.Journal;

/// <summary>How the files of a journal folder are called.</summary>
internal static class FileNames
{
    public const string JournalPrefix = "journal-";
    public const string JournalSuffix = ".seg";
    public const string DigestSuffix = ".sha";
    public const string PreparedPrefix = "prepared-";
    public const string PreparedEventPrefix = "ahead-";
    public const string EventPrefix = "events-";
    public const string EventSuffix = ".log";
    public const string ImagePrefix = "image-";
    public const string ImageSuffix = ".img";
    public const string SnapshotPrefix = "snapshot-";
    public const string SnapshotSuffix = ".snap";
    public const string AsideSuffix = ".tmp";
    public const string CutSuffix = ".cut";
    public const string EventsKept = "events.kept";
    public const string Voids = "voids.log";

    public static string Journal(ulong firstSequence) => $"{JournalPrefix}{firstSequence:x16}{JournalSuffix}";

    public static string Digest(ulong firstSequence) => $"{JournalPrefix}{firstSequence:x16}{DigestSuffix}";

    /// <summary>Bytes of an event segment's name.</summary>
    public const int EventsLength = 7 + 16 + 4;

    /// <summary>As <see cref="Events"/>, without a string: segments are rolled on a thread that allocates nothing.</summary>
    public static void WriteEvents(ulong firstSequence, Span<byte> name)
    {
        "events-"u8.CopyTo(name);
        bool fits = firstSequence.TryFormat(name[7..], out int digits, "x16", CultureInfo.InvariantCulture);
        Invariant.Require(fits && digits == 16);
        ".log"u8.CopyTo(name[23..]);
    }

    public static string Events(ulong firstSequence) => $"{EventPrefix}{firstSequence:x16}{EventSuffix}";

    public static string Prepared(int number) => $"{PreparedPrefix}{number:x8}{JournalSuffix}{AsideSuffix}";

    public static bool IsPrepared(string name) =>
        name.StartsWith(PreparedPrefix, StringComparison.Ordinal)
        && name.EndsWith(AsideSuffix, StringComparison.Ordinal);

    public static string PreparedEvents(int number) =>
        $"{PreparedEventPrefix}{number:x8}{EventSuffix}{AsideSuffix}";

    public static bool IsPreparedEvents(string name) =>
        name.StartsWith(PreparedEventPrefix, StringComparison.Ordinal)
        && name.EndsWith(AsideSuffix, StringComparison.Ordinal);

    public static string Image(uint epoch, ulong sequence) =>
        $"{ImagePrefix}{epoch:x8}-{sequence:x16}{ImageSuffix}";

    public static string Snapshot(uint epoch, ulong sequence) =>
        $"{SnapshotPrefix}{epoch:x8}-{sequence:x16}{SnapshotSuffix}";

    /// <summary>Reads prefix + 8 hex digits + dash + 16 hex digits + suffix.</summary>
    public static bool TryParsePosition(string name, string prefix, string suffix, out EventPosition at)
    {
        const NumberStyles hex = NumberStyles.AllowHexSpecifier;
        at = default;
        int sequenceAt = prefix.Length + 9;
        if (name.Length != sequenceAt + 16 + suffix.Length
            || name[sequenceAt - 1] != '-'
            || !name.StartsWith(prefix, StringComparison.Ordinal)
            || !name.EndsWith(suffix, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> digits = name.AsSpan(prefix.Length);
        bool isEpoch = uint.TryParse(digits[..8], hex, CultureInfo.InvariantCulture, out uint epoch);
        bool isSequence = ulong.TryParse(
            digits.Slice(9, 16), hex, CultureInfo.InvariantCulture, out ulong sequence);
        at = new EventPosition(epoch, sequence, uint.MaxValue);
        return isEpoch && isSequence;
    }

    /// <summary>Reads prefix + 16 hex digits + suffix.</summary>
    public static bool TryParse(string name, string prefix, string suffix, out ulong sequence)
    {
        sequence = 0;
        return name.Length == prefix.Length + 16 + suffix.Length
            && name.StartsWith(prefix, StringComparison.Ordinal)
            && name.EndsWith(suffix, StringComparison.Ordinal)
            && ulong.TryParse(
                name.AsSpan(prefix.Length, 16),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out sequence);
    }
}
