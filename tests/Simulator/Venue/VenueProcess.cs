using System;
using System.Collections.Generic;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;

namespace HftEngine.Simulation;

/// <summary>
/// One life of the venue's process: recovered, then driven stage by stage in whatever order the simulation chooses.
/// </summary>
internal sealed class VenueProcess : IDisposable
{
    private readonly PipelineParts _parts;
    private readonly EventRingReader _observer;
    private readonly History _history;
    private readonly byte[] _buffer = new byte[1 << 16];

    private VenueProcess(
        SimulationPlan plan, SimulatedTime time, History history, RecoveredVenue recovered, CommandJournal journal,
        Engine engine, EventRing events)
    {
        Engine = engine;
        Events = events;
        Journal = journal;
        Recovered = recovered;
        _history = history;
        var gateways = new List<GatewayOptions>();
        for (int i = 1; i <= plan.Clients; i++)
        {
            gateways.Add(new GatewayOptions { GatewayId = (ushort)i, CapacityBytes = 8192, BatchCommands = 1 + i });
        }

        _parts = PipelineParts.Make(
            new EngineHandler(engine),
            events,
            new SimulatedClock(time),
            new PipelineOptions
            {
                Layout = PipelineLayout.Unpinned(4),
                Gateways = gateways,
                VenueRingBytes = 8192,
                SequencedRingBytes = 32 << 10,
                Epoch = journal.Epoch,
                CrcSeed = journal.LastCrc,
                CommandLog = journal,
                EventSink = recovered.EventLog,
            });
        Venue = CommandRingProducer.Attach(_parts.Rings[0].Memory);
        _parts.Sequencer.OpenRings();
        _observer = events.OpenReader();
    }

    public Engine Engine { get; }

    public EventRing Events { get; }

    public CommandJournal Journal { get; }

    public RecoveredVenue Recovered { get; }

    public CommandRingProducer Venue { get; }

    public HaltReport? Halt => _parts.Halt.Report;

    public bool IsThrough => _parts.Sequencer.IsDrained
        && _parts.Sequenced.JournalHead == _parts.Sequenced.Tail
        && _parts.Cursors.Applied == _parts.Cursors.Sequenced
        && Events.Logged == Events.Applied
        && Events.ReleasedSequence == _parts.Cursors.Sequenced;

    /// <summary>Recovery, journal and pipeline, as the server starts them.</summary>
    /// <param name="disk">Of the venue.</param>
    /// <param name="plan">Of the simulation.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="history">Takes what is released.</param>
    /// <param name="releasedElsewhere">What readers prove.</param>
    public static VenueProcess Start(
        SimulatedStorage disk, SimulationPlan plan, SimulatedTime time, History history, ulong releasedElsewhere)
    {
        EventRing events = EventRing.Create(Survival.RingBytes(plan.Limits), shared: false);
        var engine = new Engine(plan.Limits, events.Stream);
        RecoveredVenue? recovered = null;
        CommandJournal? journal = null;
        try
        {
            var recovery = new Recovery(disk, plan.Journal)
            {
                ReleasedElsewhere = releasedElsewhere,
                CompareAllEvents = (plan.Seed & 1) == 0,
            };
            recovered = recovery.Run(new EngineReplay(engine));
            journal = CommandJournal.Start(disk, recovered.Tail, plan.Journal);
            return new VenueProcess(plan, time, history, recovered, journal, engine, events);
        }
        catch
        {
            journal?.Dispose();
            recovered?.EventLog.Dispose();
            engine.Dispose();
            events.Dispose();
            throw;
        }
    }

    /// <summary>One duty cycle of one stage; what it releases is seen at once.</summary>
    public void RunStage(int stage)
    {
        _ = _parts.Threads[stage].Round();
        Observe();
    }

    public bool Attend(int which) => which == 0 ? Journal.Attend() : Recovered.EventLog.Attend();

    public CommandRingProducer AttachGateway(int id) => CommandRingProducer.Attach(_parts.Rings[id].Memory);

    /// <summary>The gateway's process is dead.</summary>
    public void DeclareLost(int id) => _parts.Rings[id].DeclareLost();

    public void RequestDrain() => _parts.Sequencer.RequestDrain();

    public void Dispose()
    {
        Venue.Dispose();
        _parts.Dispose();
        Journal.Dispose();
        Recovered.EventLog.Dispose();
        Engine.Dispose();
        Events.Dispose();
    }

    private void Observe()
    {
        EventRingRead read;
        while ((read = _observer.Read(_buffer, out int bytes)) == EventRingRead.Events)
        {
            _history.Append(_buffer.AsSpan(0, bytes));
        }

        if (read == EventRingRead.Lapped)
        {
            throw new SimulationFailure("The core wrote over events that were not released and logged.");
        }

        _history.ReachTo(Events.ReleasedSequence, Journal.Epoch);
    }
}
