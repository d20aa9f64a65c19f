using System;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Merges the gateways' rings into one order: the order in which it writes is the order. Gives every command
/// its epoch, gateway, sequence and timestamp, and frames it as the journal's record.
/// </summary>
internal sealed unsafe class SequencerStage<TClock> : Stage, ISequencer
    where TClock : struct, IClock
{
    // How often, in duty cycles that had work, the slow questions are asked (is everyone alive, is a ring to
    // be opened).
    private const int WatchEvery = 64;
    private const long MaxWatchIntervalNs = 50_000_000;
    private const int WatchesPerTimeout = 8;

    private readonly GatewayRing[] _rings;
    private readonly RecordWriter _writer;
    private readonly PipelineCursors _cursors;
    private readonly HaltLatch _halt;
    private readonly EngineLimits? _genesis;
    private TClock _clock;
    private int _first;
    private ulong _tickSequence;
    private int _cycle;
    private bool _started;
    private long _watchIntervalNs = MaxWatchIntervalNs;
    private bool _watched;
    private int _drainRequested;
    private int _drained;
    private bool _closed;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public SequencerStage(
        GatewayRing[] rings, SequencedRing output, PipelineCursors cursors, HaltLatch halt, SequencerStart start, TClock clock)
    {
        _rings = rings;
        _writer = new RecordWriter(output, cursors, start);
        _cursors = cursors;
        _halt = halt;
        _clock = clock;
        _genesis = start.Genesis;
        _started = start.Silent;
        foreach (GatewayRing ring in rings)
        {
            if (ring.HeartbeatTimeoutNs != 0)
            {
                _watched = true;
                _watchIntervalNs = Math.Min(_watchIntervalNs, ring.HeartbeatTimeoutNs / WatchesPerTimeout);
            }
        }
    }

    public override StageKind Kind => StageKind.Sequencer;

    public override long MaxIdleNs
    {
        get
        {
            if (_closed)
            {
                return long.MaxValue;
            }

            // While the core owes the answer to a Tick, it is the core that wakes this thread.
            long due = _cursors.NextDeadlineNs;
            bool waits = due == long.MaxValue || _cursors.Applied < _tickSequence;
            long untilDue = waits ? long.MaxValue : Math.Max(0, due - _clock.UtcNowNs());
            bool watching = _watched;
            foreach (GatewayRing ring in _rings)
            {
                watching |= ring.HasReopenPending;
            }

            return watching ? Math.Min(untilDue, _watchIntervalNs) : untilDue;
        }
    }

    /// <summary>True once everything that was committed when the drain was asked for is sequenced.</summary>
    public bool IsDrained => Volatile.Read(ref _drained) != 0;

    /// <summary>From any thread: take nothing new, sequence what is there.</summary>
    public void RequestDrain() => Volatile.Write(ref _drainRequested, 1);

    /// <summary>Takes commands from now on. Before the threads start.</summary>
    public void OpenRings()
    {
        long monotonicNs = _clock.MonotonicNs();
        foreach (GatewayRing ring in _rings)
        {
            ring.Open(monotonicNs);
        }
    }

    public override int DoWork()
    {
        if (_halt.IsHalted)
        {
            CloseRings(RingStatus.Halted);
            Volatile.Write(ref _drained, 1);
            return 0;
        }

        if (Volatile.Read(ref _drainRequested) != 0)
        {
            CloseRings(RingStatus.Closed);
        }

        long nowNs = _clock.UtcNowNs();
        int work = _started ? 0 : Start(nowNs);
        work += TickWhenDue(nowNs);
        work += PollRings(nowNs);
        if (work == 0 || (++_cycle & (WatchEvery - 1)) == 0)
        {
            work += Watch(nowNs);
        }

        if (work == 0 && _closed && IsEmpty())
        {
            Volatile.Write(ref _drained, 1);
        }

        return work;
    }

    public override void OnFailed()
    {
        CloseRings(RingStatus.Halted);
        Volatile.Write(ref _drained, 1);
    }

    private bool IsEmpty()
    {
        foreach (GatewayRing ring in _rings)
        {
            if (ring.Consumer.AvailableBytes != 0)
            {
                return false;
            }
        }

        return true;
    }

    private int PollRings(long nowNs)
    {
        int work = 0;
        int index = _first;
        for (int i = 0; i < _rings.Length; i++)
        {
            work += Poll(_rings[index], nowNs);
            index = index + 1 == _rings.Length ? 0 : index + 1;
        }

        // Whoever came first now comes last: with full rings each gateway gets the same share and the same
        // delay.
        _first = _first + 1 == _rings.Length ? 0 : _first + 1;
        return work;
    }

    private int Poll(GatewayRing ring, long nowNs)
    {
        ring.Poll();
        CommandRingConsumer source = ring.Consumer;
        ushort gatewayId = ring.Options.GatewayId;
        int taken = 0;
        while (taken < ring.Options.BatchCommands && source.TryPeek(out byte* message, out int messageBytes))
        {
            if (messageBytes < SequencedCommand.MinMessageBytes)
            {
                source.Reject(RingFault.MessageTooShort);
                break;
            }

            if (!_writer.TryWrite(message, messageBytes, gatewayId, nowNs))
            {
                break;
            }

            source.Advance();
            taken++;
        }

        if (taken != 0)
        {
            _writer.Publish();
            source.Release();
        }

        if (source.Fault != RingFault.None && ring.Current == GatewayRing.Phase.Open)
        {
            ring.GiveUp(source.Fault);
        }

        return taken;
    }

    private int Start(long nowNs)
    {
        bool fresh = _writer.Sequence == 0;
        int blockBytes = fresh ? SequencedCommand.GenesisBlockBytes : SequencedCommand.EnvelopeOnlyBlock;
        ushort templateId = fresh ? SequencedCommand.Genesis : SequencedCommand.VenueRestarted;
        byte* message = _writer.TryOwn(templateId, blockBytes);
        if (message == null)
        {
            return 0;
        }

        if (fresh)
        {
            SequencedCommand.WriteGenesis(message, _genesis!);
        }

        _writer.FinishOwn(message, blockBytes, nowNs);
        _started = true;
        return 1;
    }

    /// <summary>
    /// One Tick at a time: the next one only when the core has answered the last with a new deadline.
    /// </summary>
    private int TickWhenDue(long nowNs)
    {
        // The order matters: the deadline is the one that was left by this sequence or a later one.
        bool answered = _cursors.Applied >= _tickSequence;
        bool due = _writer.NextTimestampNs(nowNs) >= _cursors.NextDeadlineNs;
        if (!due || !answered || _closed)
        {
            return 0;
        }

        byte* message = _writer.TryOwn(SequencedCommand.Tick, SequencedCommand.EnvelopeOnlyBlock);
        if (message == null)
        {
            return 0;
        }

        _writer.FinishOwn(message, SequencedCommand.EnvelopeOnlyBlock, nowNs);
        _tickSequence = _writer.Sequence;
        return 1;
    }

    private int Watch(long nowNs)
    {
        long monotonicNs = _clock.MonotonicNs();
        int work = 0;
        foreach (GatewayRing ring in _rings)
        {
            if (!_closed)
            {
                ring.Watch(monotonicNs);
            }

            if (ring.Current == GatewayRing.Phase.Losing && ring.Consumer.AvailableBytes == 0 && !_closed)
            {
                work += Lose(ring, nowNs, monotonicNs);
            }
        }

        return work;
    }

    private int Lose(GatewayRing ring, long nowNs, long monotonicNs)
    {
        byte* message = _writer.TryOwn(SequencedCommand.GatewayLost, SequencedCommand.GatewayLostBlock);
        if (message == null)
        {
            return 0;
        }

        byte* block = message + SequencedCommand.MessageHeaderBytes;
        *(ushort*)(block + SequencedCommand.EnvelopeBytes) = ring.Options.GatewayId;
        _writer.FinishOwn(message, SequencedCommand.GatewayLostBlock, nowNs);
        ring.Shut(monotonicNs);
        return 1;
    }

    private void CloseRings(RingStatus status)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        foreach (GatewayRing ring in _rings)
        {
            ring.Close(status);
        }
    }
}

/// <summary>The sequencer as the composition sees it, whatever its clock.</summary>
internal interface ISequencer
{
    bool IsDrained { get; }

    void RequestDrain();

    void OpenRings();
}
