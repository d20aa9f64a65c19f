using System;
using System.Threading;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class HaltTests
{
    [Test]
    public void A_command_that_fails_halts_the_venue_and_nothing_of_it_leaves([Values(1, 2, 4)] int threads, [Values] CoreOrder order)
    {
        using var journal = new InMemoryCommandLog(4 << 20);
        using var events = new MemoryEventLog(4 << 20);
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(threads),
            Order = order,
            CommandLog = journal,
            EventSink = events,
        });
        venue.Engine.FailAt = 501;
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 600, batch: 600);
        Venue.WaitFor(() => venue.Line.State == PipelineState.Halted, "the halt");
        Venue.WaitFor(() => venue.Line.Venue.Status == RingStatus.Halted, "the producer's notice");

        Assert.That(venue.Line.Venue.TrySend(new byte[100]), Is.False);
        Assert.That(venue.Line.Stop(5000), Is.True);
        HaltReport report = venue.Line.Halt!;
        Assert.That(report.Stage, Is.EqualTo(StageKind.Core));
        Assert.That(report.Sequence, Is.EqualTo(501));
        Assert.That(report.TemplateId, Is.EqualTo(TestCommand.Template));
        Assert.That(report.Epoch, Is.EqualTo(1));
        Assert.That(report.Message, Does.Contain("told to fail"));
        Assert.That(venue.Events.ReleasedSequence, Is.EqualTo(500), "everything before it is released");
        Assert.That(events.Last.Sequence, Is.EqualTo(500));
        Assert.That(events.Complaint, Is.Null);
        Assert.That(SequenceOfLast(journal), Is.GreaterThanOrEqualTo(501), "the journal has the command that failed");
    }

    [Test]
    public void A_log_that_fails_stops_acceptance_and_releases_nothing_more([Values(1, 2)] int threads)
    {
        var log = new FailingLog(after: 300);
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(threads), CommandLog = log,
        });
        venue.Line.Start();
        Assert.That(
            () =>
            {
                for (ulong number = 1; ; number++)
                {
                    Venue.Send(venue.Line.Venue, 0, number, number);
                }
            },
            Throws.InvalidOperationException.With.Message.Contains("Halted"));
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(venue.Line.Halt!.Stage, Is.EqualTo(StageKind.Journal));
        Assert.That(venue.Line.Halt!.Message, Does.Contain("disk is gone"));
        Assert.That(venue.Events.ReleasedSequence, Is.LessThanOrEqualTo(log.Committed));
        Assert.That(log.CallsAfterFailure, Is.Zero, "it is never asked again");
    }

    [Test]
    public void A_sink_that_fails_stops_acceptance()
    {
        using var events = new MemoryEventLog(4 << 20) { FailAt = 200 };
        using var venue = new Venue(new PipelineOptions { Layout = PipelineLayout.Unpinned(2), EventSink = events });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 300, batch: 300);
        Venue.WaitFor(() => venue.Line.Venue.Status == RingStatus.Halted, "the producer's notice");
        Assert.That(venue.Line.Halt!.Stage, Is.EqualTo(StageKind.Publish));
        Assert.That(venue.Line.Stop(5000), Is.True);
    }

    [Test]
    public void Nothing_is_released_before_the_log_has_committed_it([Values] CoreOrder order)
    {
        var log = new HeldLog();
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(2), CommandLog = log, Order = order,
        });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 100, batch: 100);
        if (order == CoreOrder.BesideJournal)
        {
            Venue.WaitFor(() => venue.Engine.LastSequence == 101, "the core to run ahead");
        }

        Thread.Sleep(50);
        Assert.That(venue.Events.Released, Is.Zero);
        Assert.That(venue.Engine.LastSequence, Is.EqualTo(order == CoreOrder.BesideJournal ? 101 : 0));
        log.Allow(60);
        Venue.WaitFor(() => venue.Line.Status.CommittedSequence == 60, "the partial commit");
        Thread.Sleep(20);
        Assert.That(venue.Events.ReleasedSequence, Is.LessThanOrEqualTo(60));
        log.Allow(ulong.MaxValue);
        Venue.WaitFor(() => venue.Events.ReleasedSequence == 101, "the release");
        Assert.That(venue.Line.Stop(5000), Is.True);
    }

    [Test]
    public void A_log_that_hangs_does_not_hang_the_stop()
    {
        using var gate = new ManualResetEventSlim();
        var log = new HangingLog(gate);
        using var venue = new Venue(new PipelineOptions { Layout = PipelineLayout.Unpinned(2), CommandLog = log });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 10);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.That(venue.Line.Stop(300), Is.False);
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(5));
        gate.Set();
        Thread.Sleep(100);
    }

    private static ulong SequenceOfLast(InMemoryCommandLog journal)
    {
        ulong last = 0;
        ReadOnlySpan<byte> records = journal.Records;
        while (!records.IsEmpty)
        {
            last = BitConverter.ToUInt64(records[24..]);
            records = records[CommandRecord.RecordBytes(BitConverter.ToInt32(records))..];
        }

        return last;
    }

    private sealed class FailingLog(ulong after) : ICommandLog
    {
        private readonly NullCommandLog _inner = new();
        private bool _failed;

        public ulong Committed { get; private set; }

        public int CallsAfterFailure { get; private set; }

        public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
        {
            CallsAfterFailure += _failed ? 1 : 0;
            if (firstSequence > after)
            {
                _failed = true;
                throw new Storage.StorageException("flush", "journal", 0, new InvalidOperationException("the disk is gone"));
            }

            return Committed = _inner.Append(epoch, firstSequence, records);
        }
    }

    private sealed class HeldLog : ICommandLog
    {
        private readonly NullCommandLog _inner = new();
        private ulong _appended;
        private ulong _allowed;

        public void Allow(ulong sequence) => Volatile.Write(ref _allowed, sequence);

        public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
        {
            _appended = records.IsEmpty ? _appended : _inner.Append(epoch, firstSequence, records);
            return Math.Min(_appended, Volatile.Read(ref _allowed));
        }
    }

    private sealed class HangingLog(ManualResetEventSlim gate) : ICommandLog
    {
        private readonly NullCommandLog _inner = new();

        public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
        {
            gate.Wait();
            return _inner.Append(epoch, firstSequence, records);
        }
    }
}
