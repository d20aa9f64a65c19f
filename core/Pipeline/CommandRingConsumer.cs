using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>The sequencer's end of a command ring. It trusts nothing that the producer can write.</summary>
/// <remarks>
/// Positions are kept here and only published, never read back. The tail is checked against them before it is
/// used. A frame header is read once, into a local: what was checked is what is used, even if the producer
/// changes it meanwhile. The message itself is for the caller to copy out before it looks inside.
/// </remarks>
internal sealed unsafe class CommandRingConsumer : CacheIsolated
{
    // The next frame's place is known only when this one's header is read, so a walk over small frames would
    // wait for one line after the other from the producer's cache. Eight lines ahead keeps several on their
    // way.
    private const int PrefetchBytes = 512;
    private const int LineBytes = 64;

    private readonly RingMemory _memory;
    private readonly CommandRingControl* _control;
    private readonly byte* _data;
    private readonly long _capacity;
    private long _generation;
    private ulong _tag;
    private long _head;
    private long _releasedHead;
    private long _tail;
    private int _frameBytes;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public CommandRingConsumer(RingMemory memory)
    {
        _memory = memory;
        _control = (CommandRingControl*)memory.Control;
        _data = memory.Data;
        _capacity = memory.CapacityBytes;
    }

    /// <summary>Why this generation can no longer be read.</summary>
    public RingFault Fault { get; private set; }

    public long Generation => _generation;

    public long AvailableBytes => _tail - _head;

    public CommandRingControl* Control => _control;

    /// <summary>Position of the next frame; for the status page.</summary>
    public long Head => _head;

    /// <summary>Takes an empty ring into use for the next producer.</summary>
    public void Reopen(RingStatus status)
    {
        _generation++;
        _tag = CommandRing.TailTag(_generation);
        _head = 0;
        _releasedHead = 0;
        _tail = 0;
        Fault = RingFault.None;
        _memory.ResetControl();
        Volatile.Write(ref _control->Tail, CommandRing.TailWord(_tag, 0));

        // Release: a producer that sees the new generation sees its cursors as well.
        Admit(status);
    }

    public void Admit(RingStatus status) =>
        Volatile.Write(ref _control->Admission, CommandRing.AdmissionWord(_generation, status));

    /// <summary>Looks at the producer's tail. False: nothing to read, or a fault.</summary>
    public bool Refresh()
    {
        // Acquire: the frames are read after the tail that covers them.
        ulong word = Volatile.Read(ref _control->Tail);
        if (!CommandRing.HasTag(word, _tag) || Fault != RingFault.None)
        {
            return _tail > _head;
        }

        long tail = CommandRing.PositionOf(word);
        if (tail < _tail)
        {
            return Fail(RingFault.TailWentBack);
        }

        if (tail - _head > _capacity)
        {
            return Fail(RingFault.TailBeyondCapacity);
        }

        _tail = tail;
        return tail > _head;
    }

    /// <summary>
    /// Finds the next message. It is still the producer's memory: copy, then validate the copy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Once per command, from one place.
    public bool TryPeek(out byte* message, out int messageBytes)
    {
        while (_head < _tail)
        {
            long offset = _head & (_capacity - 1);
            long header = Volatile.Read(ref *(long*)(_data + offset));
            messageBytes = (int)header;
            if (header >> 32 == CommandRing.MessageKind
                && (uint)(messageBytes - 1) < CommandRing.MaxMessageBytes)
            {
                int frameBytes = CommandRing.FrameBytes(messageBytes);
                if (frameBytes <= _tail - _head && offset + frameBytes <= _capacity)
                {
                    message = _data + offset + CommandRing.FrameHeaderBytes;
                    _frameBytes = frameBytes;
                    Prefetch(offset, frameBytes);
                    return true;
                }
            }

            if (!TrySkipPadding(header, offset))
            {
                break;
            }
        }

        message = null;
        messageBytes = 0;
        return false;
    }

    /// <summary>The caller found something that no honest producer writes.</summary>
    public void Reject(RingFault fault) => Fail(fault);

    /// <summary>Leaves the message that was found last.</summary>
    public void Advance() => _head += _frameBytes;

    /// <summary>Gives the room of everything that was left back to the producer.</summary>
    public void Release()
    {
        if (_releasedHead != _head)
        {
            _releasedHead = _head;

            // Release: the messages are copied out before the producer may write over them.
            Volatile.Write(ref _control->Head, _head);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A compare and one instruction.
    private void Prefetch(long offset, int frameBytes)
    {
        // Once per line, and never beyond the tail: that would take lines from the producer while it writes
        // them.
        long ahead = _head + PrefetchBytes;
        bool leavesLine = (offset & (LineBytes - 1)) + frameBytes >= LineBytes;
        if (Sse.IsSupported && leavesLine && ahead < _tail)
        {
            Sse.Prefetch0(_data + (ahead & (_capacity - 1)));
        }
    }

    private bool Fail(RingFault fault)
    {
        Fault = fault;
        _tail = _head;
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TrySkipPadding(long header, long offset)
    {
        long kind = header >> 32;
        int length = (int)header;
        if (kind == CommandRing.MessageKind)
        {
            bool lengthValid = (uint)(length - 1) < CommandRing.MaxMessageBytes;
            return Fail(lengthValid ? RingFault.FrameBeyondTail : RingFault.FrameLengthInvalid);
        }

        if (kind != CommandRing.PaddingKind)
        {
            return Fail(RingFault.FrameKindUnknown);
        }

        long rest = _capacity - offset;
        if (length != rest - CommandRing.FrameHeaderBytes || rest > _tail - _head)
        {
            return Fail(RingFault.PaddingInvalid);
        }

        _head += rest;
        return true;
    }
}
