using System;
using System.Collections.Generic;
using System.Linq;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed unsafe class CommandRingTests
{
    private const int Capacity = 4096;

    [Test]
    public void What_is_claimed_shows_only_after_commit_and_never_after_abort()
    {
        using var ring = new OpenRing();
        Assert.That(ring.Producer.TryClaim(10, out Span<byte> _), Is.True);
        Assert.That(ring.Consumer.Refresh(), Is.False);
        ring.Producer.Abort();
        ring.Producer.Commit();
        Assert.That(ring.Consumer.Refresh(), Is.False);
        Assert.That(ring.Producer.TrySend([1, 2, 3]), Is.True);
        Assert.That(ring.Take(), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void A_full_ring_answers_false_until_the_reader_gives_room_back()
    {
        using var ring = new OpenRing();
        byte[] message = new byte[120];
        int sent = 0;
        while (ring.Producer.TrySend(message))
        {
            sent++;
        }

        Assert.That(sent, Is.EqualTo(Capacity / 128));
        Assert.That(ring.Producer.Status, Is.EqualTo(RingStatus.Open));
        Assert.That(ring.Take(), Is.Not.Null);
        Assert.That(ring.Producer.TrySend(message), Is.True);
        Assert.That(ring.Producer.TrySend(message), Is.False);
    }

    [Test]
    public void Claims_of_one_batch_become_visible_together()
    {
        using var ring = new OpenRing();
        for (byte i = 0; i < 5; i++)
        {
            Assert.That(ring.Producer.TryClaim(1, out Span<byte> message), Is.True);
            message[0] = i;
            Assert.That(ring.Consumer.Refresh(), Is.False);
        }

        ring.Producer.Commit();
        Assert.That(Enumerable.Range(0, 5).Select(_ => ring.Take()![0]), Is.EqualTo(new byte[] { 0, 1, 2, 3, 4 }));
    }

    [Test]
    public void A_message_beyond_the_bound_is_the_callers_error([Values(0, -1, CommandRing.MaxMessageBytes + 1)] int bytes)
    {
        using var ring = new OpenRing();
        Assert.That(() => ring.Producer.TryClaim(bytes, out Span<byte> _), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void It_behaves_like_a_bounded_queue([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        using var ring = new OpenRing();
        var model = new Queue<byte[]>();
        var pending = new List<byte[]>();
        for (int step = 0; step < 20_000; step++)
        {
            switch (random.Next(8))
            {
                case < 4:
                    Claim(random, ring, pending);
                    break;
                case 4:
                    ring.Producer.Commit();
                    pending.ForEach(model.Enqueue);
                    pending.Clear();
                    break;
                case 5 when random.Next(4) == 0:
                    ring.Producer.Abort();
                    pending.Clear();
                    break;
                default:
                    byte[]? got = ring.Take();
                    byte[]? expected = model.Count == 0 ? null : model.Dequeue();
                    Assert.That(got, Is.EqualTo(expected), $"seed {seed}, step {step}");
                    break;
            }
        }

        Assert.That(ring.Consumer.Fault, Is.EqualTo(RingFault.None), $"seed {seed}");
    }

    [Test]
    public void Each_lie_of_a_producer_has_its_own_name()
    {
        Assert.That(FaultAfter(ring => ring.SetTail(Capacity + 8)), Is.EqualTo(RingFault.TailBeyondCapacity));
        Assert.That(
            FaultAfter(ring =>
            {
                ring.Producer.TrySend([1]);
                ring.Consumer.Refresh();
                ring.SetTail(8);
            }),
            Is.EqualTo(RingFault.TailWentBack));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, 0, 0)), Is.EqualTo(RingFault.FrameLengthInvalid));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, -5, 0)), Is.EqualTo(RingFault.FrameLengthInvalid));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, 2000, 0)), Is.EqualTo(RingFault.FrameLengthInvalid));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, 16, 0)), Is.EqualTo(RingFault.FrameBeyondTail));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, 8, 3)), Is.EqualTo(RingFault.FrameKindUnknown));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, 8, 1)), Is.EqualTo(RingFault.PaddingInvalid));
        Assert.That(FaultAfter(ring => ring.SetFrame(16, Capacity - 8, 1)), Is.EqualTo(RingFault.PaddingInvalid));
    }

    [Test]
    public void A_tail_of_an_earlier_generation_is_no_news()
    {
        using var ring = new OpenRing();
        ring.Producer.TrySend([1]);
        ring.Consumer.Reopen(RingStatus.Open);
        ring.Producer.Commit();
        Assert.That(ring.Consumer.Refresh(), Is.False);
        Assert.That(ring.Consumer.Fault, Is.EqualTo(RingFault.None));
        Assert.That(ring.Producer.Status, Is.EqualTo(RingStatus.Lost));
        Assert.That(ring.Producer.TrySend([1]), Is.False);
    }

    [Test]
    public void One_generation_has_one_producer()
    {
        using var ring = new OpenRing();
        Assert.That(() => CommandRingProducer.Attach(ring.Memory), Throws.InvalidOperationException);
        ring.Consumer.Reopen(RingStatus.Open);
        using CommandRingProducer next = CommandRingProducer.Attach(ring.Memory);
        Assert.That(next.TrySend([9]), Is.True);
        Assert.That(ring.Take(), Is.EqualTo(new byte[] { 9 }));
    }

    private static RingFault FaultAfter(Action<OpenRing> lie)
    {
        using var ring = new OpenRing();
        lie(ring);
        ring.Take();
        return ring.Consumer.Fault;
    }

    private static void Claim(Random random, OpenRing ring, List<byte[]> pending)
    {
        byte[] message = new byte[1 + random.Next(random.Next(8) == 0 ? CommandRing.MaxMessageBytes : 100)];
        random.NextBytes(message);
        if (ring.Producer.TryClaim(message.Length, out Span<byte> target))
        {
            message.CopyTo(target);
            pending.Add(message);
        }
    }

    private sealed class OpenRing : IDisposable
    {
        public OpenRing()
        {
            Consumer = new CommandRingConsumer(Memory);
            Consumer.Reopen(RingStatus.Open);
            Producer = CommandRingProducer.Attach(Memory);
        }

        public RingMemory Memory { get; } = RingMemory.CreatePrivate(RingKind.Commands, Capacity);

        public CommandRingConsumer Consumer { get; }

        public CommandRingProducer Producer { get; }

        public byte[]? Take()
        {
            Consumer.Refresh();
            if (!Consumer.TryPeek(out byte* message, out int bytes))
            {
                return null;
            }

            byte[] copy = new ReadOnlySpan<byte>(message, bytes).ToArray();
            Consumer.Advance();
            Consumer.Release();
            return copy;
        }

        public void SetTail(long position) => Consumer.Control->Tail =
            CommandRing.TailWord(CommandRing.TailTag(Consumer.Generation), position);

        public void SetFrame(long tail, int length, int kind)
        {
            *(int*)Memory.Data = length;
            *(int*)(Memory.Data + 4) = kind;
            SetTail(tail);
        }

        public void Dispose()
        {
            Producer.Dispose();
            Memory.Dispose();
        }
    }
}
