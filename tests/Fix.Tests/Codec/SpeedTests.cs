using System;
using System.Diagnostics;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Dictionary;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Codec;

/// <summary>
/// The codec against its target. The best of many short batches is taken: what else runs on the machine
/// only ever makes a batch slower.
/// </summary>
[Category("Slow")]
internal sealed class SpeedTests
{
    private const int Batches = 400;
    private const int BatchSize = 2_000;
    private const double TargetNs = 300;

    private static readonly byte[] Order = FixText.Build(
        FixRules.Fix44,
        "35=D|34=1000|49=CLIENT1|52=20261122-10:11:12.123|56=HFTENGINE|11=ORDER-0000000001|1=ACCT|"
        + "55=BTC-USD|54=1|"
        + "60=20261122-10:11:12.123|38=1.25|40=2|44=60000.01|59=0|");

    [Test]
    public void An_order_is_framed_parsed_and_read_within_300_ns()
    {
        FixMessage message = new();
        long read = 0;
        double ns = Best(() =>
        {
            FixFrame frame = FixFrame.Read(Order, 4_096);
            message.Parse(Order, frame.Skip, frame.Length);
            message.TryGetDecimal(44, out FixDecimal price);
            message.TryGetDecimal(38, out FixDecimal quantity);
            message.TryGet(11, out ReadOnlySpan<byte> id);
            message.TryGetChar(54, out byte side);
            read += price.Mantissa + quantity.Mantissa + id.Length + side;
        });
        TestContext.Out.WriteLine($"{Order.Length} bytes: frame, index, CheckSum and four fields {ns:0} ns");
        Assert.That(read, Is.GreaterThan(0));
        Assert.That(ns, Is.LessThanOrEqualTo(TargetNs));
    }

    [Test]
    public void An_order_is_held_to_its_table_within_600_ns()
    {
        FixMessage message = new();
        message.Parse(Order, 0, Order.Length);
        FixValidator validator = new(FixRules.Standard(FixRules.Fix44), new ValidationOptions());
        FixFault? fault = validator.Validate(message);
        Assert.That(fault, Is.Null);
        double ns = Best(() => fault = validator.Validate(message));
        TestContext.Out.WriteLine($"validation {ns:0} ns");
        Assert.That(ns, Is.LessThanOrEqualTo(2 * TargetNs));
    }

    [Test]
    public void An_execution_report_is_built_within_300_ns()
    {
        FixWriter writer = new(1_024);
        long nowNs = 1_795_000_000_123_456_789;
        int number = 1_000;
        int length = 0;
        double ns = Best(() =>
        {
            nowNs += 1_000;
            writer.Begin("8"u8);
            writer.Int(34, ++number);
            writer.Raw("49=HFTENGINE\u0001"u8);
            writer.Timestamp(52, nowNs, TimePrecision.Microseconds);
            writer.Raw("56=CLIENT1\u0001"u8);
            writer.Bytes(11, "ORDER-0000000001"u8);
            writer.Decimal(14, 125, 2);
            writer.Int(17, 123_456_789);
            writer.Decimal(31, 6_000_001, 2);
            writer.Decimal(32, 125, 2);
            writer.Int(37, 987_654_321);
            writer.Decimal(38, 125, 2);
            writer.Char(39, '2');
            writer.Char(54, '1');
            writer.Bytes(55, "BTC-USD"u8);
            writer.Timestamp(60, nowNs, TimePrecision.Microseconds);
            writer.Char(150, 'F');
            writer.Decimal(151, 0, 2);
            length = writer.Finish("FIX.4.4"u8).Length;
        });
        TestContext.Out.WriteLine($"execution report of {length} bytes: {ns:0} ns");
        Assert.That(ns, Is.LessThanOrEqualTo(TargetNs));
    }

    private static double Best(Action action)
    {
        double best = double.MaxValue;
        for (int batch = 0; batch < Batches; batch++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < BatchSize; i++)
            {
                action();
            }

            best = double.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / BatchSize);
        }

        return best;
    }
}
