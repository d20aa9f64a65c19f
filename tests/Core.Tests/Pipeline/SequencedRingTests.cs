using System;
using System.Collections.Generic;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed unsafe class SequencedRingTests
{
    [Test]
    public void Both_readers_see_every_record_in_contiguous_runs([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        using var ring = new SequencedRing(4096);
        var expected = new List<(int Bytes, ulong Value)>();
        var readers = new[] { new Reader(), new Reader() };
        ulong value = 0;
        for (int step = 0; step < 20_000; step++)
        {
            int action = random.Next(4);
            if (action < 2)
            {
                int bytes = 8 * random.Next(1, random.Next(10) == 0 ? 128 : 16);
                byte* record = ring.TryClaim(bytes);
                if (record != null)
                {
                    value++;
                    *(ulong*)record = value;
                    *(ulong*)(record + bytes - 8) = value;
                    expected.Add((bytes, value));
                }

                if (random.Next(3) == 0)
                {
                    ring.Publish();
                }
            }
            else
            {
                Reader reader = readers[action - 2];
                reader.Take(ring, expected, $"seed {seed}, step {step}");
                ring.JournalHead = readers[0].Head;
                ring.CoreHead = readers[1].Head;
            }
        }

        Assert.That(readers[0].Count, Is.GreaterThan(1000), $"seed {seed}");
    }

    private sealed class Reader
    {
        public long Head;

        public int Count { get; private set; }

        public void Take(SequencedRing ring, List<(int Bytes, ulong Value)> expected, string where)
        {
            long tail = ring.Tail;
            long bytes = ring.Run(ref Head, tail, out byte* start);
            long at = 0;
            while (at < bytes)
            {
                (int length, ulong value) = expected[Count++];
                Assert.That(*(ulong*)(start + at), Is.EqualTo(value), where);
                Assert.That(*(ulong*)(start + at + length - 8), Is.EqualTo(value), where);
                at += length;
            }

            Assert.That(at, Is.EqualTo(bytes), where);
            Head += bytes;
        }
    }
}
