using System;
using System.Text;
using System.Threading;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>A segment file from its preparation to its end.</summary>
internal sealed class SegmentFile(IStorageFile file, string preparedName)
{
    private readonly byte[] _preparedName = Encoding.ASCII.GetBytes(preparedName);
    private long _committedEnd;
    private SegmentFile? _next;

    public IStorageFile File { get; } = file;

    /// <summary>The name that it was made with, as the disk has it.</summary>
    public ReadOnlySpan<byte> PreparedName => _preparedName;

    /// <summary>
    /// Its name in the folder: the prepared one until the first commit in it, then the one with its sequence.
    /// </summary>
    public string CurrentName { get; set; } = preparedName;

    /// <summary>0 until it is used.</summary>
    public ulong FirstSequence { get; set; }

    /// <summary>The segment that followed; set once, when this one gets no more records.</summary>
    public SegmentFile? Next
    {
        // Release and acquire: who sees the next one sees the last committed end of this one.
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>Bytes before this place are committed and do not change any more.</summary>
    public long CommittedEnd
    {
        // Release and acquire: the digest thread reads what stands before the end that it sees.
        get => Volatile.Read(ref _committedEnd);
        set => Volatile.Write(ref _committedEnd, value);
    }
}
