using System;
using System.Collections.Generic;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// The venue's main line: command rings → sequencer → journal and engine → event ring. Takes all its memory
/// when it is made and none after it has started.
/// </summary>
/// <remarks>
/// As a library, without any gateway:
/// <code>
/// using EventRing events = EventRing.Create(64 &lt;&lt; 20, shared: false);
/// using var engine = new Engine(limits, events.Stream);
/// using VenuePipeline pipeline = VenuePipeline.Create(engine, events, new PipelineOptions());
/// using EventRingReader reader = events.OpenReader();
/// pipeline.Start();
/// pipeline.Venue.TrySend(message);         // an SBE command; false: the ring is full
/// reader.Read(buffer, out int bytes);      // its events, once it is durable
/// pipeline.Stop(timeoutMs: 5000);
/// </code>
/// <see cref="Venue"/> may send every command and belongs to one thread; a gateway that is named in the
/// options has a ring of its own, in this process (<see cref="AttachGateway"/>) or in another (<see
/// cref="GatewayPath"/>).
/// </remarks>
public sealed class VenuePipeline : IDisposable
{
    private const ushort VenueGatewayId = 0;

    private readonly PipelineParts _parts;
    private readonly GatewayRing[] _rings;
    private readonly SequencedRing _sequenced;
    private readonly PipelineCursors _cursors;
    private readonly HaltLatch _halt;
    private readonly ISequencer _sequencer;
    private readonly StageThread[] _threads;
    private int _state;

    private VenuePipeline(PipelineParts parts, EventRing events)
    {
        Events = events;
        _parts = parts;
        _rings = parts.Rings;
        _sequenced = parts.Sequenced;
        _cursors = parts.Cursors;
        _halt = parts.Halt;
        _sequencer = parts.Sequencer;
        _threads = parts.Threads;
        Venue = CommandRingProducer.Attach(_rings[0].Memory);
    }

    public EventRing Events { get; }

    /// <summary>
    /// The venue's own ring, the only one that may send Genesis, ActivateRule and their like. One thread at a
    /// time.
    /// </summary>
    public CommandRingProducer Venue { get; }

    /// <summary>Why it halted; null while it has not.</summary>
    public HaltReport? Halt => _halt.Report;

    public PipelineState State
    {
        get
        {
            var state = (PipelineState)Volatile.Read(ref _state);
            return state == PipelineState.Running && _halt.IsHalted ? PipelineState.Halted : state;
        }
    }

    public PipelineStatus Status => new()
    {
        State = State,
        SequencedSequence = _cursors.Sequenced,
        CommittedSequence = _cursors.Committed,
        AppliedSequence = _cursors.Applied,
        ReleasedSequence = Events.ReleasedSequence,
        AppliedPosition = Events.Applied,
        ReleasedPosition = Events.Released,
        LoggedPosition = Events.Logged,
        SequencedBytesWaiting = _sequenced.Tail - Math.Min(_sequenced.JournalHead, _sequenced.CoreHead),
        Gateways = GatewayStatuses(),
    };

    /// <summary>
    /// Memory that the stage threads took from the garbage collector; known when they have ended.
    /// </summary>
    internal long AllocatedBytes
    {
        get
        {
            long total = 0;
            foreach (StageThread thread in _threads)
            {
                total += thread.AllocatedBytes;
            }

            return total;
        }
    }

    /// <param name="engine">Fresh or recovered; it writes to <paramref name="events"/>.</param>
    /// <param name="events">Made before the engine, disposed of after the pipeline.</param>
    /// <param name="options">Everything else.</param>
    public static VenuePipeline Create(Engine engine, EventRing events, PipelineOptions options) =>
        Create(new EngineHandler(engine), events, default(SystemClock), options);

    public static VenuePipeline Create<TEngine, TClock>(
        TEngine engine, EventRing events, TClock clock, PipelineOptions options)
        where TEngine : struct, ICommandHandler
        where TClock : struct, IClock
    {
        PipelineParts parts = PipelineParts.Make(engine, events, clock, options);
        return new VenuePipeline(parts, events);
    }

    /// <summary>Attaches a gateway of this process to its ring.</summary>
    public CommandRingProducer AttachGateway(ushort gatewayId) => CommandRingProducer.Attach(Find(gatewayId).Memory);

    /// <summary>
    /// What a gateway's process gives to <see cref="CommandRingProducer.Open"/>; null when its ring is
    /// private.
    /// </summary>
    public string? GatewayPath(ushort gatewayId) => Find(gatewayId).Memory.Path;

    /// <summary>
    /// The gateway's process has died: close its sessions now, without waiting for the heartbeat's timeout.
    /// </summary>
    public void DeclareLost(ushort gatewayId)
    {
        Find(gatewayId).DeclareLost();
        WakeAll();
    }

    public void Start()
    {
        if (Interlocked.CompareExchange(ref _state, (int)PipelineState.Running, (int)PipelineState.Created)
            != (int)PipelineState.Created)
        {
            throw new InvalidOperationException("A pipeline starts once.");
        }

        Kernel.Prepare();
        _sequencer.OpenRings();
        foreach (StageThread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>
    /// Takes nothing new, brings what is committed in the rings through to the event log, and ends the
    /// threads.
    /// </summary>
    /// <returns>False: time was up before everything was through, or a stage did not come back.</returns>
    public bool Stop(int timeoutMs)
    {
        int before = Interlocked.Exchange(ref _state, (int)PipelineState.Stopping);
        if (before != (int)PipelineState.Running)
        {
            Volatile.Write(ref _state, before == (int)PipelineState.Created ? (int)PipelineState.Stopped : before);
            return true;
        }

        long untilNs = Kernel.MonotonicNs() + (timeoutMs * 1_000_000L);
        _sequencer.RequestDrain();
        WakeAll();
        bool through = WaitUntilThrough(untilNs);
        bool ended = true;
        foreach (StageThread thread in _threads)
        {
            thread.RequestExit();
        }

        foreach (StageThread thread in _threads)
        {
            // Drained or not, a thread that is not inside a call into the log or the sink ends within a
            // round.
            long restMs = Math.Max(500, (untilNs - Kernel.MonotonicNs()) / 1_000_000);
            ended &= thread.Join((int)restMs);
        }

        Volatile.Write(ref _state, ended ? (int)PipelineState.Stopped : (int)PipelineState.Stopping);
        return through && ended;
    }

    public void Dispose()
    {
        Stop(timeoutMs: 2000);
        if (Volatile.Read(ref _state) != (int)PipelineState.Stopped)
        {
            // A thread is stuck in a call and may still touch this memory: it stays until the process ends.
            return;
        }

        Venue.Dispose();
        _parts.Dispose();
    }

    private bool WaitUntilThrough(long untilNs)
    {
        // After a halt nobody knows how far the stages will still get: through is when nothing has moved for
        // a while.
        const int quietRounds = 20;
        int quiet = 0;
        long seen = -1;
        while (Kernel.MonotonicNs() < untilNs)
        {
            if (!_halt.IsHalted && IsThrough())
            {
                return true;
            }

            long progress = _sequenced.JournalHead + _sequenced.CoreHead + Events.Logged;
            quiet = progress == seen ? quiet + 1 : 0;
            seen = progress;
            if (_halt.IsHalted && quiet > quietRounds)
            {
                return true;
            }

            WakeAll();
            Thread.Sleep(1);
        }

        return false;
    }

    private bool IsThrough()
    {
        // The order matters: what a later stage has done is looked at after the stage before it is known to
        // be done.
        return _sequencer.IsDrained
            && _sequenced.JournalHead == _sequenced.Tail
            && _cursors.Committed == _cursors.Sequenced
            && _cursors.Applied == _cursors.Sequenced
            && Events.Logged == Events.Applied
            && Events.ReleasedSequence == _cursors.Sequenced;
    }

    private GatewayRing Find(ushort gatewayId)
    {
        foreach (GatewayRing ring in _rings)
        {
            if (ring.Options.GatewayId == gatewayId && gatewayId != VenueGatewayId)
            {
                return ring;
            }
        }

        throw new ArgumentException($"No gateway {gatewayId} is configured.", nameof(gatewayId));
    }

    private GatewayStatus[] GatewayStatuses()
    {
        var statuses = new List<GatewayStatus>();
        foreach (GatewayRing ring in _rings)
        {
            statuses.Add(new GatewayStatus(
                ring.Options.GatewayId, ring.WaitingBytes, ring.Losses, ring.LastFault));
        }

        return [.. statuses];
    }

    private void WakeAll()
    {
        foreach (StageThread thread in _threads)
        {
            thread.Signal.Wake();
        }
    }
}
