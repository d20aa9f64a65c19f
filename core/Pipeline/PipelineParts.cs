using System;
using System.Collections.Generic;

namespace HftEngine.Core.Pipeline;

/// <summary>Makes the pieces of a pipeline and joins them.</summary>
internal sealed record PipelineParts(
    GatewayRing[] Rings,
    SequencedRing Sequenced,
    BatchMarks Marks,
    PipelineCursors Cursors,
    HaltLatch Halt,
    ISequencer Sequencer,
    PublishStage Publish,
    StageThread[] Threads) : IDisposable
{
    // A command's events, its successor's, and what is released or logged late: less would stop the core all
    // the time.
    private const int EventRingCommands = 4;

    public static PipelineParts Make<TEngine, TClock>(
        TEngine engine, EventRing events, TClock clock, PipelineOptions options)
        where TEngine : struct, ICommandHandler
        where TClock : struct, IClock
    {
        Validate(engine, events, options);
        GatewayRing[] rings = MakeRings(options);
        var sequenced = new SequencedRing(options.SequencedRingBytes);
        var marks = new BatchMarks();
        var cursors = new PipelineCursors(engine.LastSequence, engine.NextDeadlineNs);
        var halt = new HaltLatch();
        events.StartAt(engine.Events.Position, engine.LastSequence);

        var start = new SequencerStart(
            options.Epoch, engine.LastSequence, engine.LastTimestampNs, options.CrcSeed, !options.Announce, engine.Limits);
        var sequencer = new SequencerStage<TClock>(rings, sequenced, cursors, halt, start, clock);
        var journal = new JournalStage(sequenced, cursors, options.CommandLog, halt, options.Epoch);
        var core = new CoreStage<TEngine>(
            engine, events, sequenced, marks, cursors, halt, options.Order, options.Epoch);
        var publish = new PublishStage(
            events, marks, cursors, rings, options.EventSink, halt, options.Epoch, engine.MaxEventBytesPerCommand);
        StageThread[] threads = MakeThreads(options, [sequencer, journal, core, publish], rings, halt);
        return new PipelineParts(rings, sequenced, marks, cursors, halt, sequencer, publish, threads);
    }

    /// <summary>Only when no thread runs any more.</summary>
    public void Dispose()
    {
        foreach (StageThread thread in Threads)
        {
            thread.Dispose();
        }

        foreach (GatewayRing ring in Rings)
        {
            ring.Dispose();
        }

        Publish.Dispose();
        Sequenced.Dispose();
        Marks.Dispose();
        Cursors.Dispose();
    }

    private static void Validate<TEngine>(TEngine engine, EventRing events, PipelineOptions options)
        where TEngine : struct, ICommandHandler
    {
        if (engine.Events != events.Stream)
        {
            throw new ArgumentException("The engine does not write to this event ring.", nameof(events));
        }

        if (events.CapacityBytes < EventRingCommands * engine.MaxEventBytesPerCommand)
        {
            throw new ArgumentException(
                $"The event ring has {events.CapacityBytes} bytes; one command can make "
                + $"{engine.MaxEventBytesPerCommand}, and {EventRingCommands} of them must fit.",
                nameof(events));
        }

        var seen = new List<ushort> { 0 };
        foreach (GatewayOptions gateway in options.Gateways)
        {
            if (seen.Contains(gateway.GatewayId))
            {
                throw new ArgumentException($"Gateway id {gateway.GatewayId} is taken.", nameof(options));
            }

            seen.Add(gateway.GatewayId);
        }
    }

    private static GatewayRing[] MakeRings(PipelineOptions options)
    {
        var rings = new List<GatewayRing>
        {
            new(new GatewayOptions { GatewayId = 0, CapacityBytes = options.VenueRingBytes }),
        };
        foreach (GatewayOptions gateway in options.Gateways)
        {
            rings.Add(new GatewayRing(gateway));
        }

        return [.. rings];
    }

    private static StageThread[] MakeThreads(
        PipelineOptions options, Stage[] stages, GatewayRing[] rings, HaltLatch halt)
    {
        var threads = new List<StageThread>();
        foreach (StageGroup group in options.Layout.Threads)
        {
            var own = new List<Stage>();
            var names = new List<string>();
            foreach (StageKind kind in group.Stages)
            {
                own.Add(stages[(int)kind]);
                names.Add(kind.ToString());
            }

            string name = string.Join('+', names);
            threads.Add(StageThread.Create(options.Wait, name, group.Cpu, [.. own], rings, halt));
        }

        StageThread[] all = [.. threads];
        foreach (StageThread thread in all)
        {
            thread.Connect(all);
        }

        return all;
    }
}
