using System;

namespace HftEngine.Core.Readers;

/// <summary>
/// The events that a reader was given are not all that happened: it has missed some, and starts again from an image.
/// </summary>
public sealed class EventGapException(EventPosition at, string what)
    : Exception($"events are missing before ({at.Epoch}, {at.Sequence}, {at.Index}): {what}")
{
    public EventPosition At { get; } = at;
}
