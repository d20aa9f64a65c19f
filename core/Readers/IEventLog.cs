using System;

namespace HftEngine.Core.Readers;

/// <summary>Names an event for ever: the epoch of the journal's start, the command's sequence, the index within it.</summary>
public readonly record struct EventPosition(uint Epoch, ulong Sequence, uint Index) : IComparable<EventPosition>
{
    public int CompareTo(EventPosition other)
    {
        int bySequence = Sequence.CompareTo(other.Sequence);
        return bySequence != 0 ? bySequence : Index.CompareTo(other.Index);
    }
}

/// <summary>The released events, kept at least back to the oldest image in use.</summary>
public interface IEventLog
{
    /// <summary>Last command whose events are in the log.</summary>
    EventPosition Last { get; }

    /// <summary>
    /// Opens a cursor on the first event after <paramref name="after"/> (default: the oldest kept). A position that the
    /// recovered log does not contain makes <see cref="IEventCursor.Read"/> answer <see cref="EventRead.Rewound"/>; one
    /// older than the log keeps answers <see cref="EventRead.Expired"/>.
    /// </summary>
    IEventCursor OpenCursor(EventPosition after);
}

public enum EventRead
{
    /// <summary>Frames were copied.</summary>
    Events,

    /// <summary>Nothing new yet.</summary>
    None,

    /// <summary>The checkpoint lies beyond the recovered tail: roll back to <see cref="IEventCursor.Last"/> or stop.</summary>
    Rewound,

    /// <summary>The checkpoint is older than what is kept: start from an image.</summary>
    Expired,
}

public interface IEventCursor : IDisposable
{
    /// <summary>Where the reader stands; after <see cref="EventRead.Rewound"/>, the recovered tail.</summary>
    EventPosition Last { get; }

    /// <summary>Copies whole frames into <paramref name="buffer"/>.</summary>
    EventRead Read(Span<byte> buffer, out int bytes);
}

/// <summary>Start points for readers: the state at (epoch, sequence) as messages, ImageBegin … ImageEnd.</summary>
public interface IImageSource
{
    /// <summary>Opens the newest image.</summary>
    IImage OpenNewest();
}

public interface IImage : IDisposable
{
    EventPosition At { get; }

    /// <summary>Copies whole frames; 0 at the end.</summary>
    int Read(Span<byte> buffer);
}

/// <summary>The event log made queryable. The store arrives with its own project; readers see this face.</summary>
public interface IHistory
{
    /// <summary>Last command that queries can see.</summary>
    EventPosition AsOf { get; }
}
