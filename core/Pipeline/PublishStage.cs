using System;
using System.Threading;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Releases the events of durable commands, wakes the gateways that sleep, and hands the events to the event
/// log.
/// </summary>
internal sealed unsafe class PublishStage : Stage, IDisposable
{
    private const ulong DigestInterval = CoreStage<EngineHandler>.DigestInterval;

    private readonly EventRing _events;
    private readonly BatchMarks _marks;
    private readonly PipelineCursors _cursors;
    private readonly GatewayRing[] _gateways;
    private readonly HaltLatch _halt;
    private readonly uint _epoch;
    private readonly EventDrain _drain;
    private readonly IEventSink _sink;
    private bool _failed;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public PublishStage(
        EventRing events,
        BatchMarks marks,
        PipelineCursors cursors,
        GatewayRing[] gateways,
        IEventSink sink,
        HaltLatch halt,
        uint epoch,
        long maxEventBytesPerCommand)
    {
        _events = events;
        _marks = marks;
        _cursors = cursors;
        _gateways = gateways;
        _sink = sink;
        _halt = halt;
        _epoch = epoch;
        _drain = new EventDrain(events, sink, maxEventBytesPerCommand);
    }

    public override StageKind Kind => StageKind.Publish;

    public override int DoWork()
    {
        // When another stage has failed this one goes on: what was applied whole and committed still leaves.
        if (_failed || !TryTakeMark(out BatchMark mark))
        {
            return 0;
        }

        Release(mark);
        return TryLog(mark) ? 1 : 0;
    }

    public void Dispose() => _drain.Dispose();

    /// <summary>The furthest mark that is committed; stops at one that carries a digest.</summary>
    private bool TryTakeMark(out BatchMark mark)
    {
        // Acquire, first of all: a mark is held against a commit that is at least this far.
        ulong committed = _cursors.Committed;
        bool any = false;
        mark = default;
        while (_marks.TryPeek(out BatchMark next) && next.LastSequence <= committed)
        {
            mark = next;
            any = true;
            _marks.Remove();
            if (CarriesDigest(next))
            {
                break;
            }
        }

        return any;
    }

    /// <summary>The one place in which events become visible outside.</summary>
    private void Release(in BatchMark mark)
    {
        _events.Release(mark.EndPosition, mark.LastSequence);

        // The bells may be read before the store above is visible; the sleeper's barrier makes up for it, see
        // CommandRingProducer.WaitForEvents. A gateway that always rings costs a system call per batch, no
        // more.
        foreach (GatewayRing gateway in _gateways)
        {
            if (Volatile.Read(ref gateway.EventDoorbell) != 0)
            {
                CommandRingProducer.Ring(ref gateway.EventDoorbell);
            }
        }
    }

    private bool TryLog(in BatchMark mark)
    {
        try
        {
            _drain.AppendUpTo(mark.EndPosition, mark.LastSequence);
            if (CarriesDigest(mark))
            {
                _sink.AppendDigest(_epoch, mark.LastSequence, mark.EventDigest);
            }
        }
#pragma warning disable CA1031 // Whatever the sink throws means the same: events can no longer be kept.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failed = true;
            _halt.Halt(new HaltReport(Kind, _epoch, mark.LastSequence, 0, failure.Message, failure));
            return true;
        }

        return true;
    }

    private static bool CarriesDigest(in BatchMark mark) =>
        (mark.LastSequence & (DigestInterval - 1)) == 0 && mark.LastSequence != 0;
}
