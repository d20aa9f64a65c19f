using System;
using System.Collections.Generic;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Journal.Tests;

/// <summary>
/// The release rule at work: no event can be read, in the ring or in the event log, before the flush that makes its
/// command durable has come back, whichever of journal and core is ahead.
/// </summary>
internal sealed unsafe class ReleaseRuleTests
{
    private static readonly EngineLimits Limits = new()
    {
        MaxOrders = 64, MaxPricePages = 32, MaxAccounts = 8, MaxClientIds = 128, MaxBalances = 32, MaxSessions = 8,
        MaxInstruments = 8, MaxCurrencies = 8, MaxFillsPerCommand = 8, MaxOwners = 16,
    };

    [TestCase(CoreOrder.BesideJournal, 1)]
    [TestCase(CoreOrder.BesideJournal, 4)]
    [TestCase(CoreOrder.BehindJournal, 2)]
    public void No_event_is_readable_before_its_command_is_durable(CoreOrder order, int threads)
    {
        using EventRing ring = EventRing.Create(1 << 20, shared: false);
        using var engine = new Engine(Limits, ring.Stream);
        using EventRingReader reader = ring.OpenReader();
        var log = new WatchingLog(ring);
        var sink = new WatchingSink(log);
        using VenuePipeline line = VenuePipeline.Create(
            new EngineHandler(engine),
            ring,
            default(FixedClock),
            new PipelineOptions
            {
                CommandLog = log, EventSink = sink, Order = order, Layout = PipelineLayout.Unpinned(threads),
            });
        line.Start();
        Span<byte> message = stackalloc byte[NewOrderBlock.MessageLength];
        System.Runtime.InteropServices.MemoryMarshal.Write(message, NewOrderBlock.Header);
        for (int i = 0; i < 2000; i++)
        {
            Assert.That(line.Venue.TrySend(message) || SpinUntilSent(line, message), Is.True);
        }

        Assert.That(line.Stop(60_000), Is.True);
        Assert.That(line.Halt, Is.Null, () => line.Halt!.Cause.ToString());
        Assert.That(log.Flushes, Is.GreaterThan(0));
        Assert.That(log.Violations, Is.Empty);
        Assert.That(sink.Violations, Is.Empty);
        Assert.That(ring.ReleasedSequence, Is.EqualTo(2001));
    }

    private static bool SpinUntilSent(VenuePipeline line, ReadOnlySpan<byte> message)
    {
        for (int i = 0; i < 60_000; i++)
        {
            if (line.Venue.TrySend(message))
            {
                return true;
            }

            Thread.Sleep(1);
        }

        return false;
    }

    /// <summary>While it flushes, nothing of what it flushes may be visible; it takes its time.</summary>
    private sealed class WatchingLog(EventRing ring) : ICommandLog
    {
        private readonly NullCommandLog _sequences = new();
        private ulong _durable;

        public ulong Durable => Volatile.Read(ref _durable);

        public int Flushes { get; private set; }

        public List<string> Violations { get; } = [];

        public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
        {
            ulong last = _sequences.Append(epoch, firstSequence, records);
            for (int look = 0; look < 20; look++)
            {
                Thread.SpinWait(200);
                ulong released = ring.ReleasedSequence;
                if (released > Durable)
                {
                    Violations.Add($"{released} is released, {Durable} is durable");
                }
            }

            Flushes++;
            Volatile.Write(ref _durable, last);
            return last;
        }
    }

    private sealed class WatchingSink(WatchingLog log) : IEventSink
    {
        public List<string> Violations { get; } = [];

        public void Append(ReadOnlySpan<byte> frames, ulong lastSequence)
        {
            if (lastSequence > log.Durable)
            {
                Violations.Add($"{lastSequence} goes to the event log, {log.Durable} is durable");
            }
        }

        public void AppendDigest(uint epoch, ulong sequence, ulong eventDigest)
        {
        }
    }
}
