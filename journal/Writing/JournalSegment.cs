using System.Threading;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>A segment that is being written, or was just finished.</summary>
internal sealed class JournalSegment(IStorageFile file, string currentName, ulong firstSequence)
{
    private long _committedEnd;

    public IStorageFile File { get; } = file;

    /// <summary>Its name in the folder: the prepared one until the first commit in it, then the one with its sequence.</summary>
    public string CurrentName { get; set; } = currentName;

    public ulong FirstSequence { get; } = firstSequence;

    public string FinalName => FileNames.Journal(FirstSequence);

    /// <summary>Bytes before this place are committed and do not change any more.</summary>
    public long CommittedEnd
    {
        // Release and acquire: the digest thread reads what stands before the end that it sees.
        get => Volatile.Read(ref _committedEnd);
        set => Volatile.Write(ref _committedEnd, value);
    }
}
