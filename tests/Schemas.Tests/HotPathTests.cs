using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Schemas;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Codecs take no memory from the collector and little time.</summary>
[TestFixture]
[NonParallelizable]
public sealed unsafe class HotPathTests
{
    private const int Messages = 200_000;

    // Beyond any honest figure of a shared machine; the measurement itself is printed.
    private const double LooseLimitNs = 2000;

    // An array of its own: without optimisation a constant span of numbers is looked up with an allocation.
    private static readonly ushort[] Numbers = [1, 2];

    [Test]
    public void Encoding_and_decoding_allocate_nothing()
    {
        byte[] buffer = new byte[256];
        long sum = Write(buffer) + Read(buffer) + Nested(buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            sum += Write(buffer) + Read(buffer) + Nested(buffer);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
        Assert.That(sum, Is.Not.Zero);
    }

    [Test]
    public void Native_memory_serves_as_well()
    {
        byte* memory = (byte*)NativeMemory.AllocZeroed(256);
        try
        {
            Pace.QuoteEncoder e = Pace.QuoteEncoder.Wrap(memory, 256);
            e.Bid = 99;
            e.AddLevels(0);
            Assert.That(Pace.QuoteDecoder.Wrap(memory, 256).Bid, Is.EqualTo(99));
            Assert.That(Pace.QuoteDecoder.Wrap(ref *memory, 256).Levels.Count, Is.Zero);
            NewOrderBlock* block = (NewOrderBlock*)memory;
            block->Price = 5;
            Assert.That(*(long*)(memory + 56), Is.EqualTo(5));
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    [Test]
    public void A_message_of_four_fields_and_three_entries_takes_nanoseconds()
    {
        byte[] buffer = new byte[256];
        Write(buffer);
        double encode = Best(buffer, decode: false);
        double decode = Best(buffer, decode: true);
        TestContext.Out.WriteLine(
            $"header, 4 fields, 3 entries: encode {encode:0.0} ns, decode {decode:0.0} ns (best of 20 × "
                + $"{Messages})");
        Assert.That(encode, Is.LessThan(LooseLimitNs));
        Assert.That(decode, Is.LessThan(LooseLimitNs));
    }

    private static double Best(byte[] buffer, bool decode)
    {
        // The first calls count invocations, the pauses let the background compiler act on them.
        for (int round = 0; round < 6; round++)
        {
            _ = decode ? ReadMany(buffer) : WriteMany(buffer);
            Thread.Sleep(120);
        }

        double best = double.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            long start = Stopwatch.GetTimestamp();
            long sum = decode ? ReadMany(buffer) : WriteMany(buffer);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Messages;
            Assert.That(sum, Is.Not.Zero);
            best = Math.Min(best, elapsed);
        }

        return best;
    }

    private static long ReadMany(byte[] buffer)
    {
        long sum = 0;
        for (int i = 0; i < Messages; i++)
        {
            sum += Read(buffer);
        }

        return sum;
    }

    private static long WriteMany(byte[] buffer)
    {
        long sum = 0;
        for (int i = 0; i < Messages; i++)
        {
            sum += Write(buffer);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Read(ReadOnlySpan<byte> message)
    {
        Pace.QuoteDecoder quote = Pace.QuoteDecoder.Wrap(message);
        long sum = quote.InstrumentId + quote.Bid + quote.Ask + (long)quote.TimestampNs;
        Pace.QuoteDecoder.LevelsDecoder levels = quote.Levels;
        while (levels.MoveNext())
        {
            sum += levels.Price + levels.Quantity;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Write(Span<byte> message)
    {
        Pace.QuoteEncoder quote = Pace.QuoteEncoder.Wrap(message);
        quote.InstrumentId = 7;
        quote.Bid = 100;
        quote.Ask = 101;
        quote.TimestampNs = 5;
        Pace.QuoteEncoder.LevelsEncoder levels = quote.AddLevels(3);
        for (uint level = 0; level < 3; level++)
        {
            levels.Next();
            levels.Price = 100 + level;
            levels.Quantity = level;
        }

        return quote.EncodedLength;
    }

    private static int Nested(Span<byte> message)
    {
        Growth2.OrderEncoder e = Growth2.OrderEncoder.Wrap(message);
        e.SetNumbers(Numbers);
        Growth2.OrderEncoder.LegsEncoder legs = e.AddLegs(1);
        legs.Next();
        legs.AddFills(0);
        legs.SetTag("tag"u8);
        e.AddParties(0);
        e.SetNote("note"u8);
        e.SetMemo("memo"u8);
        Growth2.OrderDecoder d = Growth2.OrderDecoder.Wrap(message);
        int sum = d.EncodedLength + d.Memo.Length + d.Numbers(1);
        foreach (Growth2.OrderDecoder.LegsDecoder leg in d.Legs)
        {
            sum += leg.Tag.Length + leg.Fills.Count;
        }

        return sum;
    }
}
