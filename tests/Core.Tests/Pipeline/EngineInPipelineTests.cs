using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Core.Memory;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Sessions;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>The engine itself in the pipeline: its journal, replayed by the core alone, gives the same events and state.</summary>
[TestFixture]
internal sealed unsafe class EngineInPipelineTests
{
    private const ulong Sessions = 25;
    private const ushort Gateway = 1;

    [Test]
    public void Replay_of_the_journal_gives_the_events_and_the_state_of_the_live_venue([Values(1, 2, 4)] int threads)
    {
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            Check(seed, threads, (line, messages) =>
            {
                using CommandRingProducer ring = line.AttachGateway(Gateway);
                foreach (byte[] message in messages)
                {
                    while (!ring.TrySend(message))
                    {
                        System.Threading.Thread.Yield();
                    }
                }
            });
        }
    }

    [Test]
    public void A_producer_in_another_process_changes_nothing()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            Check(seed, threads: 2, (line, messages) =>
            {
                string tape = Path.GetTempFileName();
                using (var file = new BinaryWriter(File.OpenWrite(tape)))
                {
                    foreach (byte[] message in messages)
                    {
                        file.Write(message.Length);
                        file.Write(message);
                    }
                }

                using var process = new ProducerProcess("tape", line.GatewayPath(Gateway)!, tape);
                Assert.That(process.WaitForExit(), Is.Zero);
                File.Delete(tape);
            });
        }
    }

    [Test]
    public void An_engine_with_default_limits_finds_room_in_the_smallest_ring_that_is_allowed()
    {
        EngineLimits limits = new() { MaxOrders = 1024, MaxPricePages = 64, MaxClientIds = 4096, MaxBalances = 64 };
        long least = 4L * limits.MaxEventBytesPerCommand;
        using EventRing events = EventRing.Create(
            (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)least), shared: false);
        using var engine = new Engine(limits, events.Stream);
        using VenuePipeline line = VenuePipeline.Create(engine, events, new PipelineOptions());
        line.Start();
        Venue.WaitFor(() => events.ReleasedSequence == 1, "Genesis is released");
        Assert.That(line.Stop(5000), Is.True);
    }

    private static void Check(ulong seed, int threads, Action<VenuePipeline, List<byte[]>> send)
    {
        EngineLimits limits = SessionShape.Of(new SeededRandom(seed)).Limits;
        List<byte[]> messages = [.. RandomSession.Run(seed).Steps
            .Select(step => step.Message)
            .Where(message => message.Length is >= SequencedCommand.MinMessageBytes and <= CommandRing.MaxMessageBytes)];
        using var journal = new InMemoryCommandLog(4 << 20);
        using var sink = new ByteSink();
        long least = Math.Max(64 << 10, 4L * limits.MaxEventBytesPerCommand);
        using EventRing events = EventRing.Create(
            (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)least), shared: false);
        using var engine = new Engine(limits, events.Stream);
        using var line = VenuePipeline.Create(new EngineHandler(engine), events, default(FixedClock), new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(threads),
            CommandLog = journal,
            EventSink = sink,
            Gateways = [new GatewayOptions { GatewayId = Gateway, Shared = true, CapacityBytes = 8 << 10 }],
        });
        line.Start();
        send(line, messages);
        Assert.That(line.Stop(20_000), Is.True, $"seed {seed}");
        Assert.That(line.Halt, Is.Null, $"seed {seed}");

        using RecordedEngine replay = new(limits, eventBytes: 8 << 20);
        fixed (byte* records = journal.Records)
        {
            byte* end = records + journal.LengthBytes;
            Assert.That(replay.Engine.ApplyRecords(records, end) == end, $"seed {seed}");
        }

        Assert.That(replay.Engine.LastSequence, Is.GreaterThanOrEqualTo((ulong)messages.Count + 1), $"seed {seed}");
        Assert.That(sink.Bytes.SequenceEqual(replay.Events), $"seed {seed}: the event log differs from the replay");
        Assert.That(engine.EventDigestValue, Is.EqualTo(replay.Engine.EventDigestValue), $"seed {seed}");
        Assert.That(engine.ComputeStateHash(), Is.EqualTo(replay.Engine.ComputeStateHash()), $"seed {seed}");
    }

    private sealed class ByteSink : IEventSink, IDisposable
    {
        private readonly NativeRegion _region = new(8 << 20);
        private int _length;

        public ReadOnlySpan<byte> Bytes => new(_region.Pointer, _length);

        public void Append(ReadOnlySpan<byte> frames, ulong lastSequence)
        {
            frames.CopyTo(new Span<byte>(_region.Pointer + _length, frames.Length));
            _length += frames.Length;
        }

        public void AppendDigest(uint epoch, ulong sequence, ulong eventDigest)
        {
        }

        public void Dispose() => _region.Dispose();
    }
}
