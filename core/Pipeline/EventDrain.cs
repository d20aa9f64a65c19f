using System;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Hands released frames to the event sink: whole commands, in one piece, padding left out.
/// </summary>
internal sealed unsafe class EventDrain : IDisposable
{
    private const int FlagsOffset = EventStream.FrameHeaderBytes + 8 + 6;
    private const int SequenceOffset = EventStream.FrameHeaderBytes + 8 + 8;
    private const int LastEventOfCommand = 1;

    private readonly EventRing _events;
    private readonly IEventSink _sink;
    private readonly NativeRegion _scratch;
    private readonly byte* _memory;
    private readonly long _capacity;
    private long _logged;

    /// <param name="events">Source.</param>
    /// <param name="sink">Target.</param>
    /// <param name="maxEventBytesPerCommand">
    /// Bounds the one command whose events stand on both ends of the memory.
    /// </param>
    public EventDrain(EventRing events, IEventSink sink, long maxEventBytesPerCommand)
    {
        _events = events;
        _sink = sink;
        _memory = events.Stream.Memory;
        _capacity = events.CapacityBytes;
        _scratch = new NativeRegion(maxEventBytesPerCommand);
        _logged = events.Logged;
    }

    /// <param name="end">A released position, at the end of a command.</param>
    /// <param name="lastSequence">Of that command.</param>
    public void AppendUpTo(long end, ulong lastSequence)
    {
        long offset = _logged & (_capacity - 1);
        long boundary = _logged - offset + _capacity;
        if (end > boundary)
        {
            AppendAcross(boundary, end);
            offset = _logged & (_capacity - 1);
        }

        if (end > _logged)
        {
            // A run that ends exactly with the memory may end with padding.
            long bytes = end - _logged;
            long whole = end == boundary ? WithoutPadding(_memory + offset, bytes, out _) : bytes;
            Append(_memory + offset, whole, lastSequence);
            _logged = end;
        }

        // Only now may the core write over them.
        _events.SetLogged(_logged);
    }

    public void Dispose() => _scratch.Dispose();

    /// <summary>
    /// The end of the memory lies between: first the commands that end before it, then the one that stands on
    /// both sides, put together in scratch memory. Happens once per lap.
    /// </summary>
    private void AppendAcross(long boundary, long end)
    {
        byte* start = _memory + (_logged & (_capacity - 1));
        long before = WithoutPadding(start, boundary - _logged, out long wholeCommands);
        if (wholeCommands != 0)
        {
            Append(start, wholeCommands, LastSequenceIn(start, wholeCommands));
        }

        long tornBytes = before - wholeCommands;
        _logged = boundary;
        if (tornBytes != 0)
        {
            Buffer.MemoryCopy(start + wholeCommands, _scratch.Pointer, _scratch.LengthBytes, tornBytes);
            long rest = EndOfFirstCommand(_memory, end - boundary);
            Buffer.MemoryCopy(_memory, _scratch.Pointer + tornBytes, _scratch.LengthBytes - tornBytes, rest);
            Append(_scratch.Pointer, tornBytes + rest, *(ulong*)(_scratch.Pointer + SequenceOffset));
            _logged += rest;
        }
    }

    private void Append(byte* frames, long bytes, ulong lastSequence)
    {
        if (bytes != 0)
        {
            _sink.Append(new ReadOnlySpan<byte>(frames, checked((int)bytes)), lastSequence);
        }
    }

    /// <summary>
    /// Bytes before the padding frame, and of those the bytes that belong to commands that are complete.
    /// </summary>
    private static long WithoutPadding(byte* start, long bytes, out long wholeCommands)
    {
        long at = 0;
        wholeCommands = 0;
        while (at < bytes && *(ushort*)(start + at + 4) != EventStream.PaddingKind)
        {
            byte* frame = start + at;
            at += *(int*)frame;
            if ((*(ushort*)(frame + FlagsOffset) & LastEventOfCommand) != 0)
            {
                wholeCommands = at;
            }
        }

        return at;
    }

    private static ulong LastSequenceIn(byte* start, long bytes)
    {
        ulong last = 0;
        for (long at = 0; at < bytes; at += *(int*)(start + at))
        {
            last = *(ulong*)(start + at + SequenceOffset);
        }

        return last;
    }

    private static long EndOfFirstCommand(byte* start, long bytes)
    {
        long at = 0;
        while (at < bytes)
        {
            byte* frame = start + at;
            at += *(int*)frame;
            if ((*(ushort*)(frame + FlagsOffset) & LastEventOfCommand) != 0)
            {
                break;
            }
        }

        return at;
    }
}
