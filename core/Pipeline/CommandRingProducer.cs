using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// A gateway's end of its command ring, in the engine's process or in another. One thread at a time.
/// </summary>
/// <remarks>
/// Claim one or more messages, write them, then commit them all at once: until then nobody sees them. A claim
/// that answers false means full while <see cref="Status"/> is Open; otherwise the status says why.
/// </remarks>
public sealed unsafe class CommandRingProducer : CacheIsolated, IDisposable
{
    private readonly RingMemory? _owned;
    private readonly CommandRingControl* _control;
    private readonly byte* _data;
    private readonly long _capacity;
    private readonly long _openWord;
    private readonly ulong _tag;

    private long _next;
    private long _committed;
    private long _cachedHead;
    private long _beats;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    private CommandRingProducer(RingMemory memory, bool owned)
    {
        _owned = owned ? memory : null;
        _control = (CommandRingControl*)memory.Control;
        _data = memory.Data;
        _capacity = memory.CapacityBytes;

        // Acquire: the words of a new generation are written before its admission word.
        long admission = Volatile.Read(ref _control->Admission);
        long generation = CommandRing.GenerationOf(admission);
        _openWord = CommandRing.AdmissionWord(generation, RingStatus.Open);
        _tag = CommandRing.TailTag(generation);
        RequireUnattached(generation);
    }

    /// <summary>Whether claims can succeed, and if not, why.</summary>
    public RingStatus Status
    {
        get
        {
            long admission = Volatile.Read(ref _control->Admission);
            bool mine = CommandRing.GenerationOf(admission) == CommandRing.GenerationOf(_openWord);
            return mine ? CommandRing.StatusOf(admission) : RingStatus.Lost;
        }
    }

    public long CapacityBytes => _capacity;

    /// <summary>Bytes that are committed and that the sequencer has not taken yet.</summary>
    public long PendingBytes => _committed - Volatile.Read(ref _control->Head);

    /// <summary>Attaches to the ring of an engine in another process.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">Another producer holds this generation of it.</exception>
    public static CommandRingProducer Open(string path)
    {
        Kernel.RegisterForBarriers();
        RingMemory memory = RingMemory.Open(path, RingKind.Commands, writable: true);
        try
        {
            return new CommandRingProducer(memory, owned: true);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    internal static CommandRingProducer Attach(RingMemory memory) => new(memory, owned: false);

    /// <summary>
    /// Takes room for one message behind those already claimed. Nothing is visible before <see
    /// cref="Commit"/>.
    /// </summary>
    /// <returns>False: full, or not open. Claims made before stay valid.</returns>
    public bool TryClaim(int messageBytes, out byte* message)
    {
        if ((uint)(messageBytes - 1) >= CommandRing.MaxMessageBytes)
        {
            ThrowLength(messageBytes);
        }

        int frameBytes = CommandRing.FrameBytes(messageBytes);
        long offset = _next & (_capacity - 1);
        long padding = offset + frameBytes > _capacity ? _capacity - offset : 0;
        if (_next + padding + frameBytes - _cachedHead > _capacity || Volatile.Read(ref _control->Admission) != _openWord)
        {
            if (!TryRefresh(padding + frameBytes))
            {
                message = null;
                return false;
            }
        }

        if (padding != 0)
        {
            WriteHeader(_data + offset, (int)padding - CommandRing.FrameHeaderBytes, CommandRing.PaddingKind);
            _next += padding;
            offset = 0;
        }

        byte* frame = _data + offset;
        WriteHeader(frame, messageBytes, CommandRing.MessageKind);
        message = frame + CommandRing.FrameHeaderBytes;
        _next += frameBytes;
        return true;
    }

    /// <summary>As <see cref="TryClaim(int, out byte*)"/>, for callers without pointers.</summary>
    public bool TryClaim(int messageBytes, out Span<byte> message)
    {
        bool claimed = TryClaim(messageBytes, out byte* pointer);
        message = claimed ? new Span<byte>(pointer, messageBytes) : default;
        return claimed;
    }

    /// <summary>Claims, copies and commits one message.</summary>
    public bool TrySend(ReadOnlySpan<byte> message)
    {
        if (!TryClaim(message.Length, out byte* target))
        {
            return false;
        }

        message.CopyTo(new Span<byte>(target, message.Length));
        Commit();
        return true;
    }

    /// <summary>Makes everything that was claimed visible to the sequencer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Three stores and a load; a call would be the larger part.
    public void Commit()
    {
        _committed = _next;

        // Release: the sequencer must see the frames before the tail that covers them.
        Volatile.Write(ref _control->Tail, CommandRing.TailWord(_tag, _next));

        // The doorbell may be read before the store above leaves this processor's buffer. That loses no
        // wake-up: the sleeper sets the word, runs a barrier on every thread, and looks at the tail again
        // before it sleeps. Either that look sees the tail, or this load came after the barrier and sees the
        // word.
        if (Volatile.Read(ref _control->SequencerDoorbell) != 0)
        {
            Ring(ref _control->SequencerDoorbell);
        }
    }

    /// <summary>Gives back everything that was claimed and not committed.</summary>
    public void Abort() => _next = _committed;

    /// <summary>
    /// Says that the gateway lives; call it several times within the ring's heartbeat timeout.
    /// </summary>
    public void Beat() => Volatile.Write(ref _control->Heartbeat, ++_beats);

    /// <summary>
    /// Sleeps until events are released that the reader has not seen, at most the given time.
    /// </summary>
    /// <remarks>The bell is in this ring's memory because the event ring is read-only for gateways.</remarks>
    public void WaitForEvents(EventRingReader reader, long timeoutNs)
    {
        ref int bell = ref _control->EventDoorbell;
        Volatile.Write(ref bell, 1);

        // Pairs with the publisher, which stores `released` and then looks at the bell without a fence of its
        // own.
        Kernel.BarrierEverywhere();
        if (!reader.HasNews)
        {
            Kernel.Wait(&_control->EventDoorbell, 1, timeoutNs);
        }

        Volatile.Write(ref bell, 0);
    }

    /// <summary>
    /// Gives the ring back: the engine takes what was committed, then closes the gateway's sessions.
    /// </summary>
    public void Dispose()
    {
        Volatile.Write(ref _control->Detached, CommandRing.GenerationOf(_openWord));
        if (Volatile.Read(ref _control->SequencerDoorbell) != 0)
        {
            Ring(ref _control->SequencerDoorbell);
        }

        _owned?.Dispose();
    }

    /// <summary>Clears a doorbell and wakes who sleeps on it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Ring(ref int doorbell)
    {
        Volatile.Write(ref doorbell, 0);
        Kernel.WakeAll((int*)Unsafe.AsPointer(ref doorbell));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store.
    private static void WriteHeader(byte* frame, int messageBytes, int kind) =>
        *(long*)frame = (uint)messageBytes | ((long)kind << 32);

    private static void ThrowLength(int messageBytes) => throw new ArgumentOutOfRangeException(
        nameof(messageBytes), messageBytes, $"A message has 1 to {CommandRing.MaxMessageBytes} bytes.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryRefresh(long bytes)
    {
        if (Volatile.Read(ref _control->Admission) != _openWord)
        {
            return false;
        }

        // Acquire: what the sequencer copied out was read before it gave the room back.
        _cachedHead = Volatile.Read(ref _control->Head);
        return _next + bytes - _cachedHead <= _capacity;
    }

    private void RequireUnattached(long generation)
    {
        long attached = Volatile.Read(ref _control->Attached);
        bool taken = attached == generation
            || Interlocked.CompareExchange(ref _control->Attached, generation, attached) != attached;
        if (taken)
        {
            throw new InvalidOperationException(
                $"Another producer holds generation {generation} of this command ring; it is free once the engine has "
                + "given that producer up.");
        }
    }
}
