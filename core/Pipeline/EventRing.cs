using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// The memory behind the engine's <see cref="EventStream"/>, with the cursors that its readers follow. Any
/// number of readers, in any process; none of them can hold the core up.
/// </summary>
/// <remarks>
/// Four positions, each rising, in bytes since the stream began:
/// <list type="bullet">
/// <item><c>intent</c>: the core may be writing up to here. Raised before the first byte of a batch is
/// written, so a reader that copied and then finds <c>intent − capacity</c> behind its own position copied
/// what was whole.</item>
/// <item><c>applied</c>: the core has written up to here.</item>
/// <item><c>released</c>: the commands up to here are durable; gateways read no further.</item>
/// <item><c>logged</c>: the event log has them. The core writes over nothing beyond it: since nothing is
/// logged before it is released, this one word holds the rule "released and logged".</item>
/// </list>
/// </remarks>
public sealed unsafe class EventRing : IDisposable
{
    private readonly RingMemory _memory;
    private readonly EventRingControl* _control;

    private EventRing(RingMemory memory)
    {
        _memory = memory;
        _control = (EventRingControl*)memory.Control;
        Stream = new EventStream(memory.Data, memory.CapacityBytes);
    }

    /// <summary>What the engine writes to.</summary>
    public EventStream Stream { get; }

    public long CapacityBytes => _memory.CapacityBytes;

    /// <summary>What a gateway in another process opens; null when the ring is private.</summary>
    public string? Path => _memory.Path;

    public long Applied => Volatile.Read(ref _control->Applied);

    public long Released => Volatile.Read(ref _control->Released);

    /// <summary>Sequence of the last command whose events are released.</summary>
    public ulong ReleasedSequence => Volatile.Read(ref _control->ReleasedSequence);

    public long Logged => Volatile.Read(ref _control->Logged);

    internal EventRingControl* Control => _control;

    internal RingMemory Memory => _memory;

    /// <param name="capacityBytes">A power of two, at least four times what one command can make.</param>
    /// <param name="shared">Whether other processes can open it.</param>
    public static EventRing Create(long capacityBytes, bool shared) => new(
        shared
            ? RingMemory.CreateShared(RingKind.Events, capacityBytes, othersWrite: false)
            : RingMemory.CreatePrivate(RingKind.Events, capacityBytes));

    /// <summary>Opens a reader in this process, standing at what is released now.</summary>
    public EventRingReader OpenReader() => EventRingReader.Over(_memory);

    public void Dispose() => _memory.Dispose();

    /// <summary>Everything in the stream so far was recovered: it counts as released and logged.</summary>
    internal void StartAt(long position, ulong lastSequence)
    {
        _control->ReleasedSequence = lastSequence;
        Volatile.Write(ref _control->Intent, position);
        Volatile.Write(ref _control->Applied, position);
        Volatile.Write(ref _control->Logged, position);
        Volatile.Write(ref _control->Released, position);
    }

    /// <summary>Core, before a batch: it may write up to <paramref name="limit"/>.</summary>
    internal void Announce(long limit)
    {
        _control->Intent = limit;

        // Store-store: no byte of the batch may become visible before the intent, or a reader could take a
        // torn copy for whole. A release store would only order what came before it.
        Volatile.WriteBarrier();
        Stream.Limit = limit;
    }

    /// <summary>Core, after a batch.</summary>
    internal void PublishApplied(long position) => Volatile.Write(ref _control->Applied, position);

    /// <summary>Publisher, and nobody else: everything up to here may leave the venue.</summary>
    internal void Release(long position, ulong sequence)
    {
        _control->ReleasedSequence = sequence;

        // Release: readers see the frames, and the sequence, before the position that covers them.
        Volatile.Write(ref _control->Released, position);
    }

    /// <summary>Publisher: the event log has everything up to here.</summary>
    internal void SetLogged(long position) => Volatile.Write(ref _control->Logged, position);
}

/// <summary>
/// The control page of the event ring; written by the engine's process only. One word, 128 empty bytes each
/// side.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = RingMemory.ControlBytes)]
internal struct EventRingControl
{
    [FieldOffset(0)]
    public RingHeader Header;

    [FieldOffset(256)]
    public long Intent;

    [FieldOffset(512)]
    public long Applied;

    [FieldOffset(768)]
    public long Released;

    [FieldOffset(1024)]
    public ulong ReleasedSequence;

    [FieldOffset(1280)]
    public long Logged;
}
