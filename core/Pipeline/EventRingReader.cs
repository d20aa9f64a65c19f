using System;
using System.IO;
using System.Threading;
using HftEngine.Core.Readers;

namespace HftEngine.Core.Pipeline;

public enum EventRingRead
{
    /// <summary>Frames were copied.</summary>
    Events,

    /// <summary>Nothing new is released.</summary>
    None,

    /// <summary>
    /// The core has written over what this reader had not read yet. Go on in the event log after
    /// <see cref="EventRingReader.Last"/>, then <see cref="EventRingReader.Rejoin"/>; or let <see
    /// cref="EventFeed"/>.
    /// </summary>
    Lapped,
}

/// <summary>
/// One reader of an event ring. It never holds the core up; when it is lapped it notices, always.
/// </summary>
/// <remarks>
/// One thread at a time. It copies first, then asks whether the copy can be trusted, and only then looks
/// inside.
/// </remarks>
public sealed unsafe class EventRingReader : CacheIsolated, IDisposable
{
    private const int SequenceOffset = EventStream.FrameHeaderBytes + 8 + 8;
    private const int EpochOffset = EventStream.FrameHeaderBytes + 8;
    private const int IndexOffset = EventStream.FrameHeaderBytes + 8 + 56;

    private readonly RingMemory? _owned;
    private readonly EventRingControl* _control;
    private readonly byte* _data;
    private readonly long _capacity;
    private long _position;
    private EventPosition _last;
    private EventPosition _skipThrough;
    private bool _skipping;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    private EventRingReader(RingMemory memory, bool owned)
    {
        _owned = owned ? memory : null;
        _control = (EventRingControl*)memory.Control;
        _data = memory.Data;
        _capacity = memory.CapacityBytes;
        _position = Volatile.Read(ref _control->Released);
    }

    /// <summary>The last event that <see cref="Read"/> delivered.</summary>
    public EventPosition Last => _last;

    public long Position => _position;

    /// <summary>Bytes that are released and not read.</summary>
    public long LagBytes => Volatile.Read(ref _control->Released) - _position;

    public bool HasNews => LagBytes > 0;

    /// <summary>Sequence of the last command whose events are released.</summary>
    public ulong ReleasedSequence => Volatile.Read(ref _control->ReleasedSequence);

    /// <summary>Position up to which the event log has everything.</summary>
    public long Logged => Volatile.Read(ref _control->Logged);

    /// <summary>Maps, read-only, the ring of an engine in another process.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static EventRingReader Open(string path)
    {
        Kernel.RegisterForBarriers();
        return new(RingMemory.Open(path, RingKind.Events, writable: false), owned: true);
    }

    internal static EventRingReader Over(RingMemory memory) => new(memory, owned: false);

    /// <summary>Copies whole frames, padding left out.</summary>
    /// <param name="buffer">Takes the frames; at least as long as the longest frame.</param>
    /// <param name="bytes">How many were copied.</param>
    public EventRingRead Read(Span<byte> buffer, out int bytes)
    {
        while (true)
        {
            // Acquire: the frames are read after the position that covers them.
            long released = Volatile.Read(ref _control->Released);
            if (_position >= released)
            {
                bytes = 0;
                return EventRingRead.None;
            }

            long offset = _position & (_capacity - 1);
            long run = Math.Min(Math.Min(released - _position, _capacity - offset), buffer.Length);
            if (!TryCopy(offset, buffer[..(int)run]))
            {
                bytes = 0;
                return EventRingRead.Lapped;
            }

            long before = _position;
            bytes = TakeWhole(buffer[..(int)run]);
            if (bytes != 0)
            {
                return EventRingRead.Events;
            }

            if (_position == before)
            {
                throw new ArgumentException("The buffer is shorter than a frame.", nameof(buffer));
            }
        }
    }

    /// <summary>
    /// Position at which a lapped reader can come back: everything before it can be read in the event log
    /// once
    /// <see cref="Logged"/> has reached it.
    /// </summary>
    public long RejoinPosition() => Volatile.Read(ref _control->Released);

    /// <summary>
    /// Goes on in the ring; frames up to <paramref name="last"/> are left out, they came from the event log.
    /// </summary>
    public void Rejoin(long rejoinPosition, EventPosition last)
    {
        _position = rejoinPosition;
        _last = last;
        _skipThrough = last;
        _skipping = true;
    }

    public void Dispose() => _owned?.Dispose();

    /// <summary>Copies, then answers whether the core can have touched what was copied.</summary>
    private bool TryCopy(long offset, Span<byte> target)
    {
        new ReadOnlySpan<byte>(_data + offset, target.Length).CopyTo(target);

        // Load-load: the copy's loads must be done before intent is read, or an overwriting that came between
        // them would go unnoticed. The core stores intent before it writes; so whoever sees a byte of a later
        // lap also sees an intent that covers it.
        Volatile.ReadBarrier();
        return Volatile.Read(ref _control->Intent) - _capacity <= _position;
    }

    /// <summary>
    /// Walks the private copy; cuts a frame that is not whole, drops padding and what the log delivered.
    /// </summary>
    private int TakeWhole(Span<byte> copy)
    {
        fixed (byte* start = copy)
        {
            int taken = 0;
            int kept = 0;
            while (copy.Length - taken >= EventStream.FrameAlignment)
            {
                byte* frame = start + taken;
                int frameBytes = *(int*)frame;
                Invariant.Require(frameBytes > 0);
                Invariant.Require((frameBytes & (EventStream.FrameAlignment - 1)) == 0);
                if (*(ushort*)(frame + 4) == EventStream.PaddingKind)
                {
                    _position += taken + frameBytes;
                    return kept;
                }

                if (frameBytes > copy.Length - taken)
                {
                    break;
                }

                taken += frameBytes;
                if (_skipping && IsKnown(frame))
                {
                    continue;
                }

                kept = Keep(start, kept, frame, frameBytes);
            }

            _position += taken;
            return kept;
        }
    }

    private bool IsKnown(byte* frame)
    {
        _skipping = PositionOf(frame).CompareTo(_skipThrough) <= 0;
        return _skipping;
    }

    private int Keep(byte* start, int kept, byte* frame, int frameBytes)
    {
        if (start + kept != frame)
        {
            // Only after a rejoin: the frames behind those left out move to the front.
            Buffer.MemoryCopy(frame, start + kept, frameBytes, frameBytes);
        }

        _last = PositionOf(start + kept);
        return kept + frameBytes;
    }

    private static EventPosition PositionOf(byte* frame) => new(
        *(uint*)(frame + EpochOffset), *(ulong*)(frame + SequenceOffset), *(uint*)(frame + IndexOffset));
}
