using System;

namespace HftEngine.Core.Pipeline;

/// <summary>Runs the engine over sequenced records, batch by batch.</summary>
internal sealed unsafe class CoreStage<TEngine> : Stage
    where TEngine : struct, ICommandHandler
{
    /// <summary>
    /// Commands between two recorded digests; a batch ends at each multiple, so that the digest is taken
    /// there.
    /// </summary>
    public const ulong DigestInterval = 65_536;

    // Long enough that the cursors' cost vanishes and the engine can prefetch, short enough that the first
    // command's events do not wait for the last one's.
    private const int BatchCommands = 128;

    // Events that a batch can make beyond the one command that the engine always leaves room for. The larger
    // it is, the earlier a slow reader counts as lapped.
    private const long BatchEventBytes = 256 * 1024;

    private readonly SequencedRing _input;
    private readonly EventRing _events;
    private readonly BatchMarks _marks;
    private readonly PipelineCursors _cursors;
    private readonly HaltLatch _halt;
    private readonly CoreOrder _order;
    private readonly uint _epoch;
    private TEngine _engine;
    private long _head;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public CoreStage(
        TEngine engine,
        EventRing events,
        SequencedRing input,
        BatchMarks marks,
        PipelineCursors cursors,
        HaltLatch halt,
        CoreOrder order,
        uint epoch)
    {
        _engine = engine;
        _events = events;
        _input = input;
        _marks = marks;
        _cursors = cursors;
        _halt = halt;
        _order = order;
        _epoch = epoch;
    }

    public override StageKind Kind => StageKind.Core;

    public override int DoWork()
    {
        if (_halt.IsHalted || !_marks.HasRoom)
        {
            return 0;
        }

        long bytes = _input.Run(ref _head, _input.Tail, out byte* start);
        if (bytes == 0)
        {
            return 0;
        }

        byte* end = EndOfBatch(start, start + bytes);
        if (end == start || !TryMakeRoom())
        {
            return 0;
        }

        return Apply(start, end);
    }

    /// <summary>Walks at most one batch; the lines it touches are those the engine needs next.</summary>
    private byte* EndOfBatch(byte* start, byte* end)
    {
        ulong last = _engine.LastSequence;
        ulong commands = Math.Min(BatchCommands, DigestInterval - (last & (DigestInterval - 1)));
        if (_order == CoreOrder.BehindJournal)
        {
            commands = Math.Min(commands, _cursors.Committed - last);
        }

        byte* record = start;
        for (ulong i = 0; i < commands && record < end; i++)
        {
            record += SequencedCommand.RecordBytes(record);
        }

        return record;
    }

    /// <summary>
    /// Announces how far the batch may write: never over what is not both released and logged.
    /// </summary>
    private bool TryMakeRoom()
    {
        long position = _engine.Events.Position;
        long room = _engine.RoomToStartBytes;
        long gate = _events.Logged + _events.CapacityBytes;
        if (position + room > gate)
        {
            return false;
        }

        _events.Announce(Math.Min(gate, position + room + BatchEventBytes));
        return true;
    }

    private int Apply(byte* start, byte* end)
    {
        byte* stop;
        try
        {
            stop = _engine.ApplyRecords(start, end);
        }
#pragma warning disable CA1031 // Whatever Apply throws means the same: the state is unknown, the venue stops here.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Publish();
            Halt(start, end, failure);
            return 1;
        }

        if (stop == start)
        {
            return 0;
        }

        _head += stop - start;
        Publish();
        _input.CoreHead = _head;
        return 1;
    }

    /// <summary>
    /// Says how far the engine is: whole commands only, so after a failure those before it.
    /// </summary>
    private void Publish()
    {
        ulong last = _engine.LastSequence;
        long position = _engine.AppliedPosition;
        bool digestDue = (last & (DigestInterval - 1)) == 0;
        _events.PublishApplied(position);
        _marks.Add(new BatchMark
        {
            LastSequence = last,
            EndPosition = position,
            EventDigest = digestDue ? _engine.EventDigest : 0,
        });
        _cursors.NextDeadlineNs = _engine.NextDeadlineNs;
        _cursors.Applied = last;
    }

    private void Halt(byte* start, byte* end, Exception failure)
    {
        ulong failed = _engine.LastSequence + 1;
        ushort templateId = 0;
        for (byte* record = start; record < end; record += SequencedCommand.RecordBytes(record))
        {
            if (SequencedCommand.SequenceOf(record) == failed)
            {
                templateId = SequencedCommand.TemplateOf(record + CommandRecord.Size);
            }
        }

        _halt.Halt(new HaltReport(Kind, _epoch, failed, templateId, failure.Message, failure));
    }
}

/// <summary>Whether the core waits for the journal. Events wait for it in either case.</summary>
public enum CoreOrder
{
    /// <summary>At the same time as the journal.</summary>
    BesideJournal,

    /// <summary>Only commands that are already committed.</summary>
    BehindJournal,
}
