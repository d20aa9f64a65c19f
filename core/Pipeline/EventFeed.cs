using System;
using HftEngine.Core.Readers;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Every released event once and in order: from the ring as long as the reader keeps up, from the event log
/// when it was lapped, and back to the ring.
/// </summary>
public sealed class EventFeed : IDisposable
{
    private readonly EventRingReader _ring;
    private readonly IEventLog _log;
    private IEventCursor? _cursor;
    private long _rejoinPosition;

    /// <param name="ring">Stands where the feed begins.</param>
    /// <param name="log">Of the same engine.</param>
    public EventFeed(EventRingReader ring, IEventLog log)
    {
        _ring = ring;
        _log = log;
    }

    /// <summary>The last event delivered; after <see cref="EventRead.Rewound"/>, where to roll back to.</summary>
    public EventPosition Last { get; private set; }

    /// <summary>How often the reader fell out of the ring.</summary>
    public long Laps { get; private set; }

    public bool InRing => _cursor is null;

    /// <summary>Begins after an event that the reader has from elsewhere (an image, its own store).</summary>
    public void StartAfter(EventPosition last)
    {
        Last = last;
        BeginCatchUp();
    }

    /// <summary>
    /// Copies whole frames. Rewound and Expired are the event log's answers and end the feed.
    /// </summary>
    public EventRead Read(Span<byte> buffer, out int bytes)
    {
        if (_cursor is null)
        {
            EventRingRead read = _ring.Read(buffer, out bytes);
            if (read != EventRingRead.Lapped)
            {
                Last = read == EventRingRead.Events ? _ring.Last : Last;
                return read == EventRingRead.Events ? EventRead.Events : EventRead.None;
            }

            Laps++;
            BeginCatchUp();
        }

        return ReadLog(buffer, out bytes);
    }

    public void Dispose()
    {
        _cursor?.Dispose();
        _ring.Dispose();
    }

    private void BeginCatchUp()
    {
        // First the place to come back to, then the log: what is released from now on is in the ring.
        _rejoinPosition = _ring.RejoinPosition();
        _cursor?.Dispose();
        _cursor = _log.OpenCursor(Last);
    }

    private EventRead ReadLog(Span<byte> buffer, out int bytes)
    {
        // Asked before the read: when the log had everything by now and still answers None, nothing is
        // missing.
        bool complete = _ring.Logged >= _rejoinPosition;
        EventRead read = _cursor!.Read(buffer, out bytes);
        if (read is EventRead.Events or EventRead.Rewound)
        {
            Last = _cursor.Last;
        }
        else if (read == EventRead.None && complete)
        {
            _cursor.Dispose();
            _cursor = null;
            _ring.Rejoin(_rejoinPosition, Last);
        }

        return read;
    }
}
