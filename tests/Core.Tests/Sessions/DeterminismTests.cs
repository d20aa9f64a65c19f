using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>The same commands give the same bytes, however they are handed over.</summary>
internal sealed unsafe class DeterminismTests
{
    private const ulong Sessions = 300;
    private const int LongestBatch = 20;
    private const int MinMessage = MessageHeader.Size + CommandEnvelope.Size;

    [Test]
    public void The_same_commands_give_identical_bytes_every_time()
    {
        ForEachSession((limits, batch, seed) =>
        {
            using RecordedEngine first = new(limits);
            using RecordedEngine second = new(limits);
            first.ApplyEach(batch);
            second.ApplyEach(batch);
            RequireSame(first, second, seed);
        });
    }

    [Test]
    public void Batches_of_any_size_give_the_bytes_of_single_commands()
    {
        ForEachSession((limits, batch, seed) =>
        {
            using RecordedEngine single = new(limits);
            single.ApplyEach(batch);
            using RecordedEngine batched = new(limits);
            SeededRandom random = new(seed);
            for (byte* at = batch.First; at < batch.End;)
            {
                byte* end = batch.Skip(at, random.Below(LongestBatch) + 1);
                byte* stopped = batched.Engine.ApplyRecords(at, end);
                Assert.That(stopped == end, "nothing gates the stream");
                at = end;
            }

            RequireSame(single, batched, seed);
        });
    }

    [Test]
    public void A_gated_stream_stops_the_engine_before_a_command_and_never_within_one()
    {
        ForEachSession((limits, batch, seed) =>
        {
            using RecordedEngine free = new(limits);
            free.ApplyEach(batch);
            using RecordedEngine gated = new(limits);
            SeededRandom random = new(seed);
            int stops = 0;
            for (byte* at = batch.First; at < batch.End;)
            {
                gated.Stream.Limit = gated.Stream.Position + random.Below(4 * limits.MaxEventBytesPerCommand);
                byte* stopped = gated.Engine.ApplyRecords(at, batch.End);
                Assert.That(gated.Stream.Position, Is.LessThanOrEqualTo(gated.Stream.Limit), $"seed {seed}");
                Assert.That(stopped >= at && stopped <= batch.End, $"seed {seed}");
                Assert.That(stops++, Is.LessThan(10_000), "it never goes on");
                at = stopped;
            }

            RequireSame(free, gated, seed);
        });
    }

    [Test]
    public void Another_command_gives_another_digest()
    {
        ForEachSession((limits, batch, seed) =>
        {
            using RecordedEngine whole = new(limits);
            whole.ApplyEach(batch);
            using RecordedEngine shorter = new(limits);
            shorter.Engine.ApplyRecords(batch.Skip(batch.First, 1), batch.End);
            Assert.That(shorter.Engine.EventDigestValue, Is.Not.EqualTo(whole.Engine.EventDigestValue), $"seed {seed}");
        });
    }

    [Test]
    public void The_state_hash_differs_when_one_command_did_not_happen()
    {
        long compared = 0;
        ForEachSession((limits, batch, seed) =>
        {
            using RecordedEngine whole = new(limits);
            using RecordedEngine without = new(limits);
            byte* omitted = batch.Skip(batch.First, (int)(seed % 80));
            whole.Engine.ApplyRecords(batch.First, omitted);
            without.Engine.ApplyRecords(batch.First, omitted);
            Assert.That(without.Engine.ComputeStateHash(), Is.EqualTo(whole.Engine.ComputeStateHash()), $"seed {seed}");
            if (omitted == batch.End
                || RecordBatch.MessageAt(omitted).Length < MinMessage
                || WireMessage.TemplateId(RecordBatch.MessageAt(omitted)) == TickBlock.TemplateId)
            {
                return;
            }

            long before = whole.Stream.Position;
            whole.Engine.Apply(RecordBatch.MessageAt(omitted));
            byte[] idle = WireMessage.Encode(default(TickBlock));
            RecordBatch.MessageAt(omitted).Slice(WireMessage.EnvelopeOffset, CommandEnvelope.Size)
                .CopyTo(idle.AsSpan(WireMessage.EnvelopeOffset));
            without.Engine.Apply(idle);
            if (EventFrames.Read(whole.Stream, before, whole.Stream.Position).Any(ChangesState))
            {
                compared++;
                Assert.That(
                    without.Engine.ComputeStateHash(), Is.Not.EqualTo(whole.Engine.ComputeStateHash()), $"seed {seed}");
            }
        });
        Assert.That(compared, Is.GreaterThan((long)Sessions / 10), "too few commands that change something");
    }

    private static bool ChangesState(byte[] frame)
    {
        ReadOnlySpan<byte> message = EventFrames.Message(frame);
        return WireMessage.TemplateId(message) switch
        {
            CurrencyDefinedBlock.TemplateId or InstrumentDefinedBlock.TemplateId or AccountOpenedBlock.TemplateId
                or FirmDefinedBlock.TemplateId => true,
            BalanceAdjustedBlock.TemplateId => WireMessage.Decode<BalanceAdjustedBlock>(message).Amount != 0,
            LedgerPostedBlock.TemplateId => WireMessage.Decode<LedgerPostedBlock>(message).Amount != 0,
            _ => WireMessage.Decode<EventEnvelope>(message).InstrumentSequence != 0,
        };
    }

    private static void RequireSame(RecordedEngine expected, RecordedEngine actual, ulong seed)
    {
        bool same = expected.Events.SequenceEqual(actual.Events);
        Assert.That(same, $"seed {seed}: the bytes differ at {expected.Events.CommonPrefixLength(actual.Events)}");
        Assert.That(actual.Engine.EventDigestValue, Is.EqualTo(expected.Engine.EventDigestValue), $"seed {seed}");
        Assert.That(actual.Engine.ComputeStateHash(), Is.EqualTo(expected.Engine.ComputeStateHash()), $"seed {seed}");
        Assert.That(actual.Engine.LastSequence, Is.EqualTo(expected.Engine.LastSequence), $"seed {seed}");
        Assert.That(actual.Engine.NextDeadlineNs, Is.EqualTo(expected.Engine.NextDeadlineNs), $"seed {seed}");
        Assert.That(actual.Engine.AppliedPosition, Is.EqualTo(expected.Engine.AppliedPosition), $"seed {seed}");
    }

    private delegate void SessionCheck(EngineLimits limits, RecordBatch batch, ulong seed);

    private static void ForEachSession(SessionCheck check)
    {
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            EngineLimits limits = SessionShape.Of(new SeededRandom(seed)).Limits;
            IReadOnlyList<SessionStep> steps = RandomSession.Run(seed).Steps;
            using RecordBatch batch = new(steps.Where(s => !s.Voided).Select(s => s.Message).ToList());
            check(limits, batch, seed);
        }
    }
}
