using System;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Gives everything that is sequenced to the command log in one piece: one commit for all that waited.
/// </summary>
internal sealed unsafe class JournalStage : Stage
{
    private readonly SequencedRing _input;
    private readonly PipelineCursors _cursors;
    private readonly ICommandLog _log;
    private readonly HaltLatch _halt;
    private readonly uint _epoch;
    private long _head;
    private ulong _committed;
    private bool _failed;
#pragma warning disable CS0169, IDE0044, IDE0051 // Distance to the next object on the heap; never read.
    private Gap _after;
#pragma warning restore CS0169, IDE0044, IDE0051

    public JournalStage(SequencedRing input, PipelineCursors cursors, ICommandLog log, HaltLatch halt, uint epoch)
    {
        _input = input;
        _cursors = cursors;
        _log = log;
        _halt = halt;
        _epoch = epoch;
        _committed = cursors.Committed;
    }

    public override StageKind Kind => StageKind.Journal;

    public override int DoWork()
    {
        if (_failed)
        {
            return 0;
        }

        // A command that halted the core is in the journal all the same, with everything that was sequenced
        // behind it: only so can recovery stop at it and name it. So this stage goes on when another one has
        // failed. The sequence is read before the tail, which is published first: an empty run then means
        // that all of it is appended.
        ulong sequenced = _cursors.Sequenced;
        long bytes = _input.Run(ref _head, _input.Tail, out byte* start);
        if (bytes == 0 && _committed >= sequenced)
        {
            return 0;
        }

        // A log that commits later than it appends is asked again.
        ulong first = bytes == 0 ? sequenced + 1 : SequencedCommand.SequenceOf(start);
        return TryAppend(first, new ReadOnlySpan<byte>(start, (int)bytes)) ? 1 : 0;
    }

    private bool TryAppend(ulong firstSequence, ReadOnlySpan<byte> records)
    {
        try
        {
            ulong committed = _log.Append(_epoch, firstSequence, records);
            _head += records.Length;
            _input.JournalHead = _head;
            bool news = records.Length != 0 || committed != _committed;
            Invariant.Require(committed >= _committed);
            _committed = committed;
            _cursors.Committed = committed;
            return news;
        }
#pragma warning disable CA1031 // Whatever the log throws means the same: nothing is safe any more.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _failed = true;
            _halt.Halt(new HaltReport(Kind, _epoch, firstSequence, 0, failure.Message, failure));
            return true;
        }
    }
}
