using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class PipelineTests
{
    private static readonly int[] ThreadCounts = [1, 2, 3, 4];

    [Test]
    public void Commands_of_two_gateways_come_through_whole_and_in_their_order(
        [ValueSource(nameof(ThreadCounts))] int threads,
        [Values(WaitKind.Yielding, WaitKind.Backoff)] WaitKind wait,
        [Values] CoreOrder order)
    {
        const ulong count = 20_000;
        using var journal = new InMemoryCommandLog(32 << 20);
        using var events = new MemoryEventLog(64 << 20);
        using var venue = new Venue(TwoGateways(threads, wait, order, journal, events), eventRingBytes: 64 << 10);
        using CommandRingProducer one = venue.Line.AttachGateway(1);
        using CommandRingProducer two = venue.Line.AttachGateway(2);
        venue.Line.Start();
        var other = new Thread(() => Venue.Send(two, 2, 1, count, batch: 7));
        other.Start();
        Venue.Send(one, 1, 1, count);
        other.Join();

        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(venue.Line.Halt, Is.Null, () => venue.Line.Halt!.Cause.ToString());
        Assert.That(venue.Engine.Torn, Is.Zero);
        Assert.That(venue.Engine.OutOfOrder, Is.Zero);
        Assert.That(venue.Engine.LastNumber[1], Is.EqualTo(count));
        Assert.That(venue.Engine.LastNumber[2], Is.EqualTo(count));
        Assert.That(venue.Engine.LastSequence, Is.EqualTo((2 * count) + 1), "Genesis and all commands");
        Assert.That(venue.Events.Logged, Is.EqualTo(venue.Engine.AppliedPosition));
        Assert.That(events.Complaint, Is.Null);
        Assert.That(events.Last.Sequence, Is.EqualTo((2 * count) + 1));
        Assert.That(venue.Line.AllocatedBytes, Is.Zero, "stage threads allocate nothing");
    }

    [Test]
    public void Pinned_busy_spinning_stages_work_as_well()
    {
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Parse(Environment.ProcessorCount > 1 ? "0,1" : "0"),
            Wait = WaitKind.BusySpin,
        });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 5000);
        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(venue.Engine.LastNumber[0], Is.EqualTo(5000));
    }

    [Test]
    public void Folded_and_threaded_pipelines_write_the_same_journal_and_the_same_events()
    {
        (string Journal, string Events)[] results = [.. ThreadCounts.Select(threads => Run(threads))];
        Assert.That(results.Distinct().Count(), Is.EqualTo(1));

        static (string Journal, string Events) Run(int threads)
        {
            using var journal = new InMemoryCommandLog(16 << 20);
            using var events = new MemoryEventLog(32 << 20);
            using var venue = new Venue(TwoGateways(threads, WaitKind.Backoff, CoreOrder.BesideJournal, journal, events));
            using CommandRingProducer one = venue.Line.AttachGateway(1);
            venue.Line.Start();
            Venue.Send(one, 1, 1, 10_000, batch: 3);
            Assert.That(venue.Line.Stop(20_000), Is.True);
            return (Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(journal.Records)),
                Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(events.Bytes)));
        }
    }

    [Test]
    public void A_digest_is_recorded_at_exactly_every_65536th_command()
    {
        using var events = new MemoryEventLog(128 << 20);
        using var venue = new Venue(new PipelineOptions { Layout = PipelineLayout.Unpinned(2), EventSink = events });
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 200_000, batch: 50);
        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(events.Complaint, Is.Null);
        Assert.That(
            events.Digests, Is.EqualTo(new[] { 1, 2, 3 }.Select(i => ((ulong)i * 65_536, (ulong)i * 65_536 * 31))));
    }

    [Test]
    public void Full_gateways_get_the_same_share()
    {
        using var venue = new Venue(TwoGateways(
            1, WaitKind.Backoff, CoreOrder.BesideJournal, new NullCommandLog(), new NullEventSink()));
        venue.Engine.KeepLog = true;
        using CommandRingProducer one = venue.Line.AttachGateway(1);
        using CommandRingProducer two = venue.Line.AttachGateway(2);
        venue.Line.Start();
        venue.Engine.SpinPerCommand = 100_000;
        Fill(one, 1);
        Fill(two, 2);
        int before = (int)venue.Line.Status.SequencedSequence;
        venue.Engine.SpinPerCommand = 0;
        Assert.That(venue.Line.Stop(60_000), Is.True);

        // From here on both rings were full. As long as both have something to give, neither gets more than its batch
        // before the other has its turn.
        List<ushort> order = [.. venue.Engine.Log.Select(entry => entry.Gateway).Skip(before)];
        int both = 2 * Math.Min(order.Count(id => id == 1), order.Count(id => id == 2));
        int ones = order.Take(both).Count(id => id == 1);
        Assert.That(both, Is.GreaterThan(100));
        Assert.That((double)ones / both, Is.InRange(0.3, 0.7), $"{both} commands");
    }

    private static int Fill(CommandRingProducer ring, ushort gatewayId)
    {
        for (ulong number = 1; ; number++)
        {
            byte[] message = new byte[TestCommand.LengthFor(number)];
            TestCommand.Write(message, gatewayId, number);
            if (!ring.TrySend(message))
            {
                return (int)number - 1;
            }
        }
    }

    [Test]
    public void A_tick_is_made_when_it_is_due_and_one_at_a_time()
    {
        using var venue = new Venue(new PipelineOptions { Layout = PipelineLayout.Unpinned(2) }, systemClock: true);
        venue.Engine.KeepLog = true;
        venue.Engine.TickEvery = 20_000_000;
        venue.Engine.NextDeadlineNs = default(SystemClock).UtcNowNs() + 50_000_000;
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 1);
        Venue.WaitFor(() => Volatile.Read(ref venue.Engine.Ticks) >= 5, "five ticks");
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(venue.Engine.Ticks, Is.LessThan(100));
        Assert.That(venue.Engine.Log.Select(entry => entry.Template).Take(2), Does.Contain(SequencedCommand.Genesis));
    }

    [Test]
    public void A_recovered_engine_begins_with_VenueRestarted_and_goes_on_counting()
    {
        using EventRing events = EventRing.Create(1 << 20, shared: false);
        var engine = new StubEngine(events.Stream, crcSeed: 4711)
        {
            LastSequence = 41, LastTimestampNs = 1_000, KeepLog = true,
        };
        using var journal = new InMemoryCommandLog(1 << 20);
        using var line = VenuePipeline.Create(
            new StubHandler(engine), events, default(FixedClock),
            new PipelineOptions { Epoch = 5, CrcSeed = 4711, CommandLog = journal });
        line.Start();
        Venue.WaitFor(() => line.Status.ReleasedSequence == 42, "VenueRestarted is released");
        Assert.That(line.Stop(5000), Is.True);
        Assert.That(engine.Log.Single().Template, Is.EqualTo(SequencedCommand.VenueRestarted));
        Assert.That(engine.LastTimestampNs, Is.EqualTo(1_001));
        Assert.That(BitConverter.ToUInt32(journal.Records[16..]), Is.EqualTo(5), "epoch in the envelope");
    }

    [Test]
    public void A_gateway_cannot_speak_for_the_venue(
        [Values(SequencedCommand.Genesis, SequencedCommand.Tick, SequencedCommand.GatewayLost,
            SequencedCommand.VenueRestarted, SequencedCommand.ActivateRule)] int template)
    {
        using var venue = new Venue(TwoGateways(
            1, WaitKind.Backoff, CoreOrder.BesideJournal, new NullCommandLog(), new NullEventSink()));
        venue.Engine.KeepLog = true;
        using CommandRingProducer one = venue.Line.AttachGateway(1);
        venue.Line.Start();
        byte[] message = new byte[150];
        TestCommand.Write(message, 1, 1, (ushort)template);
        BitConverter.TryWriteBytes(message.AsSpan(8 + 4), (ushort)0);
        Assert.That(one.TrySend(message), Is.True);
        Assert.That(venue.Line.Venue.TrySend(message), Is.True);
        Venue.WaitFor(() => venue.Engine.LastSequence == 3, "both commands");
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(
            venue.Engine.Log.Where(entry => entry.Gateway == 1).Select(entry => entry.Template),
            Is.EqualTo(new[] { SequencedCommand.UnknownTemplate }));
        Assert.That(
            venue.Engine.Log.Where(entry => entry.Gateway == 0).Skip(1).Select(entry => (int)entry.Template),
            Is.EqualTo(new[] { template }).Or.Empty.Or.EqualTo(new[] { SequencedCommand.Genesis }),
            "the venue's own ring may");
    }

    [Test]
    public void Stopping_brings_through_what_was_committed_and_refuses_the_rest()
    {
        using var journal = new InMemoryCommandLog(16 << 20);
        using var venue = new Venue(new PipelineOptions { Layout = PipelineLayout.Unpinned(2), CommandLog = journal });
        venue.Engine.SpinPerCommand = 50;
        venue.Line.Start();
        Venue.Send(venue.Line.Venue, 0, 1, 5000, batch: 5000);
        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(venue.Line.Venue.Status, Is.EqualTo(RingStatus.Closed));
        Assert.That(venue.Line.Venue.TrySend(new byte[100]), Is.False);
        Assert.That(venue.Engine.LastNumber[0], Is.EqualTo(5000));
        Assert.That(venue.Line.Status.ReleasedSequence, Is.EqualTo(5001));
        Assert.That(venue.Line.State, Is.EqualTo(PipelineState.Stopped));
    }

    [Test]
    public void An_idle_pipeline_costs_next_to_nothing_and_still_answers()
    {
        using var venue = new Venue(TwoGateways(
            2, WaitKind.Backoff, CoreOrder.BesideJournal, new NullCommandLog(), new NullEventSink()));
        using CommandRingProducer one = venue.Line.AttachGateway(1);
        venue.Line.Start();
        Venue.Send(one, 1, 1, 100);
        Venue.WaitFor(() => venue.Events.ReleasedSequence == 101, "the first commands");
        Thread.Sleep(50);
        double before = StageCpu.Ms();
        Thread.Sleep(2000);
        double busyPercent = (StageCpu.Ms() - before) / 20;
        TestContext.Out.WriteLine($"idle: {busyPercent:F2} % of one CPU");
        Assert.That(busyPercent, Is.LessThan(2));

        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Venue.Send(one, 1, 101, 101);
        Venue.WaitFor(() => venue.Events.ReleasedSequence == 102, "a command after the rest");
        Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds, Is.LessThan(45),
            "woken, not found by the bound of the sleep");
    }

    [Test]
    public void A_warm_up_runs_its_commands_through_every_stage_and_reports_a_failure()
    {
        ulong ran = PipelineWarmUp.Run(Make, default(SystemClock), Command, 16 * 1024, durationMs: 100);
        Assert.That(ran, Is.GreaterThan(100));
        Assert.That(
            () => PipelineWarmUp.Run(MakeBroken, default(SystemClock), Command, 16 * 1024, durationMs: 5000),
            Throws.InvalidOperationException.With.InnerException.Message.Contains("told to fail"));

        static StubHandler Make(EventStream events) => new(new StubEngine(events));

        static StubHandler MakeBroken(EventStream events) => new(new StubEngine(events) { FailAt = 50 });

        static int Command(long index, System.Span<byte> message)
        {
            int bytes = TestCommand.LengthFor((ulong)index + 1);
            TestCommand.Write(message[..bytes], 0, (ulong)index + 1);
            return bytes;
        }
    }

    [Test]
    public void Misfits_are_refused_at_once()
    {
        Assert.That(() => PipelineLayout.Parse("0,x"), Throws.InstanceOf<FormatException>());
        Assert.That(() => PipelineLayout.Parse("0,1,2,3,4"), Throws.InstanceOf<FormatException>());
        Assert.That(() => PipelineLayout.Parse("-1"), Throws.InstanceOf<FormatException>());
        Assert.That(
            () => new PipelineLayout([new StageGroup(0, [StageKind.Core])]), Throws.InstanceOf<ArgumentException>());
        Assert.That(
            () => new Venue(new PipelineOptions(), eventRingBytes: 16 << 10), Throws.InstanceOf<ArgumentException>());
        Assert.That(
            () => new Venue(new PipelineOptions { Gateways = [new GatewayOptions { GatewayId = 0 }] }),
            Throws.InstanceOf<ArgumentException>());
    }

    private static PipelineOptions TwoGateways(
        int threads, WaitKind wait, CoreOrder order, ICommandLog log, IEventSink sink) => new()
        {
            Layout = PipelineLayout.Unpinned(threads),
            Wait = wait,
            Order = order,
            CommandLog = log,
            EventSink = sink,
            SequencedRingBytes = 64 << 10,
            Gateways =
            [
                new GatewayOptions { GatewayId = 1, CapacityBytes = 16 << 10 },
                new GatewayOptions { GatewayId = 2, CapacityBytes = 16 << 10 },
            ],
        };
}
