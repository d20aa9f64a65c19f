using System;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>One gateway's command ring with what the sequencer knows about its producer.</summary>
internal sealed unsafe class GatewayRing : IDisposable
{
    /// <summary>
    /// A producer that breaks its ring as fast as it can attach must not fill the journal with GatewayLost.
    /// </summary>
    private const long ReopenDelayNs = 50_000_000;

    private readonly RingMemory _memory;
    private readonly long _heartbeatTimeoutNs;
    private long _seenBeat;
    private long _seenHead;
    private long _aliveNs;
    private long _reopenAtNs;
    private int _declaredLost;
    private int _lastFault;
    private long _losses;

    public GatewayRing(GatewayOptions options)
    {
        Options = options;
        _heartbeatTimeoutNs = options.HeartbeatTimeoutMs * 1_000_000L;
        _memory = options.Shared
            ? RingMemory.CreateShared(RingKind.Commands, options.CapacityBytes, othersWrite: true, options.GatewayId)
            : RingMemory.CreatePrivate(RingKind.Commands, options.CapacityBytes, options.GatewayId);
        Consumer = new CommandRingConsumer(_memory);
        Consumer.Reopen(RingStatus.Starting);
    }

    public enum Phase
    {
        /// <summary>Commands are read.</summary>
        Open,

        /// <summary>The producer is given up; what it had committed is still read.</summary>
        Losing,

        /// <summary>GatewayLost is sequenced; the ring waits to be opened again.</summary>
        Shut,
    }

    public GatewayOptions Options { get; }

    public CommandRingConsumer Consumer { get; }

    public RingMemory Memory => _memory;

    public Phase Current { get; private set; }

    public RingFault LastFault => (RingFault)Volatile.Read(ref _lastFault);

    public long Losses => Volatile.Read(ref _losses);

    /// <summary>By the producer's word, bounded by what can be true.</summary>
    public long WaitingBytes
    {
        get
        {
            long tail = CommandRing.PositionOf(Volatile.Read(ref Consumer.Control->Tail));
            return Math.Clamp(tail - Volatile.Read(ref Consumer.Control->Head), 0, _memory.CapacityBytes);
        }
    }

    public int* SequencerDoorbell => &Consumer.Control->SequencerDoorbell;

    public ref int EventDoorbell => ref Consumer.Control->EventDoorbell;

    public bool HasReopenPending => Current == Phase.Shut;

    public long HeartbeatTimeoutNs => _heartbeatTimeoutNs;

    /// <summary>
    /// From any thread: whoever started the gateway's process saw it die. Its successor attaches after the
    /// loss is counted and the ring is open again.
    /// </summary>
    public void DeclareLost() => Volatile.Write(ref _declaredLost, 1);

    /// <summary>Looks for news; afterwards <see cref="Consumer"/> has what can be read.</summary>
    public void Poll()
    {
        if (Current == Phase.Open)
        {
            _ = Consumer.Refresh();
        }
    }

    /// <summary>Opens, watches or gives up the producer; not on every poll.</summary>
    public void Watch(long monotonicNs)
    {
        if (Current == Phase.Shut && monotonicNs >= _reopenAtNs)
        {
            Reopen(monotonicNs);
            return;
        }

        if (Current != Phase.Open)
        {
            return;
        }

        CommandRingControl* control = Consumer.Control;
        bool attached = Volatile.Read(ref control->Attached) == Consumer.Generation;
        if (Volatile.Read(ref _declaredLost) != 0)
        {
            // Attached or not by its own word: nothing that the dead producer left may meet its successor.
            Volatile.Write(ref _declaredLost, 0);
            GiveUp(RingFault.DeclaredLost);
        }
        else if (attached && Volatile.Read(ref control->Detached) == Consumer.Generation)
        {
            GiveUp(RingFault.Detached);
        }
        else if (HasStopped(attached, monotonicNs))
        {
            GiveUp(RingFault.HeartbeatStopped);
        }
    }

    /// <summary>Reads nothing that the producer commits from now on.</summary>
    public void GiveUp(RingFault fault)
    {
        if (Consumer.Fault == RingFault.None)
        {
            _ = Consumer.Refresh();
        }

        RingFault found = Consumer.Fault == RingFault.None ? fault : Consumer.Fault;
        Volatile.Write(ref _lastFault, (int)found);
        Consumer.Admit(RingStatus.Lost);
        Current = Phase.Losing;
    }

    /// <summary>GatewayLost is sequenced.</summary>
    public void Shut(long monotonicNs)
    {
        Volatile.Write(ref _losses, _losses + 1);
        _reopenAtNs = monotonicNs + ReopenDelayNs;
        Current = Phase.Shut;
    }

    /// <summary>The pipeline ends: what is committed by now is the last that is read.</summary>
    public void Close(RingStatus status)
    {
        Poll();
        Consumer.Admit(status);
        if (Current == Phase.Open)
        {
            Current = Phase.Losing;
        }
    }

    public void Open(long monotonicNs)
    {
        _aliveNs = monotonicNs;
        Consumer.Admit(RingStatus.Open);
    }

    public void Dispose() => _memory.Dispose();

    private void Reopen(long monotonicNs)
    {
        Consumer.Reopen(RingStatus.Open);
        Volatile.Write(ref _declaredLost, 0);
        _aliveNs = monotonicNs;
        _seenBeat = 0;
        _seenHead = 0;
        Current = Phase.Open;
    }

    /// <summary>
    /// A beat or a command is a sign of life. Which value the beat has does not matter, only that it changes.
    /// </summary>
    private bool HasStopped(bool attached, long monotonicNs)
    {
        long beat = Volatile.Read(ref Consumer.Control->Heartbeat);
        long head = Consumer.Head + Consumer.AvailableBytes;
        if (!attached || beat != _seenBeat || head != _seenHead)
        {
            _seenBeat = beat;
            _seenHead = head;
            _aliveNs = monotonicNs;
        }

        return _heartbeatTimeoutNs != 0 && monotonicNs - _aliveNs > _heartbeatTimeoutNs;
    }
}

/// <summary>What the composer says about one gateway.</summary>
public sealed record GatewayOptions
{
    /// <summary>Stamped on its commands; 1 or more, each once. 0 is the venue itself.</summary>
    public required ushort GatewayId { get; init; }

    /// <summary>A power of two.</summary>
    public long CapacityBytes { get; init; } = 1 << 20;

    /// <summary>Whether another process can open the ring.</summary>
    public bool Shared { get; init; }

    /// <summary>
    /// Silence after which the gateway counts as lost; 0: never (it cannot die without the engine).
    /// </summary>
    public int HeartbeatTimeoutMs { get; init; }

    /// <summary>Commands taken from this ring before the next one has its turn.</summary>
    public int BatchCommands { get; init; } = 64;
}
