using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Sequenced records back to back, exactly as the journal's bytes: the sequencer writes, the journal and the
/// core read. Private to the engine's process.
/// </summary>
/// <remarks>
/// A record never wraps. Where one does not fit the rest of the memory stays unused and <c>WrapAt</c> names
/// the position where it starts, so that a reader gets everything up to there as one run without walking the
/// records. One word is enough: the next wrap is a whole lap later, and the producer cannot get there before
/// both readers have left this one.
/// </remarks>
internal sealed unsafe class SequencedRing : CacheIsolated, IDisposable
{
    private readonly RingMemory _memory;
    private readonly Control* _control;
    private readonly byte* _data;
    private readonly long _capacity;
    private long _next;
    private long _published;
    private long _cachedGate;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public SequencedRing(long capacityBytes)
    {
        _memory = RingMemory.CreatePrivate(RingKind.Sequenced, capacityBytes);
        _control = (Control*)_memory.Control;
        _data = _memory.Data;
        _capacity = capacityBytes;
        _control->WrapAt = -1;
    }

    public long CapacityBytes => _capacity;

    /// <summary>Position behind the last published record.</summary>
    public long Tail => Volatile.Read(ref _control->Tail);

    /// <summary>Up to where the journal has taken records.</summary>
    public long JournalHead
    {
        get => Volatile.Read(ref _control->JournalHead);

        // Release: the journal has read the bytes before the sequencer may write over them.
        set => Volatile.Write(ref _control->JournalHead, value);
    }

    /// <summary>Up to where the core has applied records.</summary>
    public long CoreHead
    {
        get => Volatile.Read(ref _control->CoreHead);

        // Release: as for the journal.
        set => Volatile.Write(ref _control->CoreHead, value);
    }

    /// <summary>Takes room for the next record; null when the slower reader leaves none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Once per command, from one place.
    public byte* TryClaim(int recordBytes)
    {
        long offset = _next & (_capacity - 1);
        if (offset + recordBytes > _capacity)
        {
            return TryClaimAtStart(recordBytes, _capacity - offset);
        }

        if (_next + recordBytes - _cachedGate > _capacity && !TryRefresh(recordBytes))
        {
            return null;
        }

        _next += recordBytes;
        return _data + offset;
    }

    /// <summary>Makes every claimed record visible to the readers.</summary>
    public void Publish()
    {
        if (_published != _next)
        {
            _published = _next;

            // Release: readers see the records, and the wrap mark, before the tail that covers them.
            Volatile.Write(ref _control->Tail, _next);
        }
    }

    /// <summary>The records from <paramref name="head"/> on that stand in one piece.</summary>
    /// <param name="head">The reader's position; moved over the unused end of the memory.</param>
    /// <param name="tail">A tail that was read before.</param>
    /// <param name="start">First record.</param>
    /// <returns>Bytes of the run; 0 when there is none.</returns>
    public long Run(ref long head, long tail, out byte* start)
    {
        long offset = head & (_capacity - 1);
        long boundary = head - offset + _capacity;
        long end = tail;
        if (tail > boundary)
        {
            long wrapAt = _control->WrapAt;
            end = wrapAt >= head && wrapAt < boundary ? wrapAt : boundary;
            if (end == head)
            {
                head = boundary;
                offset = 0;
                end = tail;
            }
        }

        start = _data + offset;
        return end - head;
    }

    public void Dispose() => _memory.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* TryClaimAtStart(int recordBytes, long unused)
    {
        if (_next + unused + recordBytes - _cachedGate > _capacity && !TryRefresh(unused + recordBytes))
        {
            return null;
        }

        _control->WrapAt = _next;
        _next += unused + recordBytes;
        return _data;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRefresh(long bytes)
    {
        // Acquire, both: the readers are done with what lies before their heads.
        _cachedGate = Math.Min(JournalHead, CoreHead);
        return _next + bytes - _cachedGate <= _capacity;
    }

    [StructLayout(LayoutKind.Explicit, Size = RingMemory.ControlBytes)]
    internal struct Control
    {
        [FieldOffset(0)]
        public RingHeader Header;

        [FieldOffset(256)]
        public long Tail;

        [FieldOffset(512)]
        public long JournalHead;

        [FieldOffset(768)]
        public long CoreHead;

        [FieldOffset(1024)]
        public long WrapAt;
    }
}
