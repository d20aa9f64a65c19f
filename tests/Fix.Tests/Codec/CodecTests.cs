using System;
using System.Globalization;
using System.Linq;
using System.Text;
using HftEngine.Fix.Codec;
using HftEngine.Fix.Tests.Harness;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Codec;

internal sealed class CodecTests
{
    private const string Order =
        "35=D|34=42|49=CLIENT|52=20261122-10:11:12.123456|56=HFTENGINE|11=ORDER-000001|21=1|55=BTC-USD|54=1|"
        + "60=20261122-10:11:12.123456|38=1.2500|40=2|44=60000.01|59=0|";

    [Test]
    public void A_message_is_an_index_of_its_fields()
    {
        FixMessage message = Parse(FixText.Build("FIX.4.4", Order));
        Assert.That(message.Count, Is.EqualTo(17));
        Assert.That(Encoding.ASCII.GetString(message.MsgType), Is.EqualTo("D"));
        Assert.That(message.TryGetDecimal(44, out FixDecimal price), Is.True);
        Assert.That(price, Is.EqualTo(new FixDecimal(6_000_001, 2)));
        Assert.That(message.TryGetTimestamp(60, out long ns), Is.True);
        Assert.That(ns % 1_000_000_000, Is.EqualTo(123_456_000));
        Assert.That(message.TryGetChar(54, out byte side) && side == '1', Is.True);
        Assert.That(message.Has(99), Is.False);
    }

    [Test]
    public void Every_wrong_byte_of_a_message_is_noticed()
    {
        byte[] right = FixText.Build("FIX.4.4", Order);
        FixMessage message = new();
        for (int i = 0; i < right.Length; i++)
        {
            byte[] wrong = (byte[])right.Clone();
            wrong[i] ^= 4;
            FixFrame frame = FixFrame.Read(wrong, 4_096);
            bool whole = frame.Kind == FrameKind.Message && frame.Length == right.Length
                && message.Parse(wrong, frame.Skip, frame.Length) == ParseResult.Whole;
            Assert.That(whole, Is.False, $"byte {i}");
        }
    }

    [Test]
    public void A_message_is_found_whatever_the_pieces_it_comes_in()
    {
        byte[] stream = [.. FixText.Raw("garbage|8=FI"), .. FixText.Build("FIX.4.4", Order)];
        for (int have = 0; have < stream.Length; have++)
        {
            FixFrame frame = FixFrame.Read(stream.AsSpan(0, have), 4_096);
            Assert.That(frame.Kind, Is.EqualTo(FrameKind.Incomplete), $"after {have} bytes");
        }

        FixFrame whole = FixFrame.Read(stream, 4_096);
        Assert.That(whole.Kind, Is.EqualTo(FrameKind.Message));
        Assert.That(whole.Skip, Is.EqualTo(12));
    }

    [TestCase("8=FIX.4.4|9=99999|35=0|")]
    [TestCase("8=FIX.4.4|9=abc|35=0|")]
    [TestCase("8=FIX.4.4|35=0|34=1|")]
    [TestCase("8=FIXXXXXXXXXXXXXXXXXXXXXXXXXXXXX|")]
    [TestCase("8=FIX.4.4|9=0000000000000000000000|")]
    [TestCase("8=FIX.4.4|9=-1|35=0|")]
    public void What_can_never_be_a_message_is_given_up_and_the_next_one_found(string start)
    {
        byte[] stream = [.. FixText.Raw(start), .. FixText.Build("FIX.4.4", Order)];
        int at = 0;
        FixFrame frame;
        do
        {
            frame = FixFrame.Read(stream.AsSpan(at), 4_096);
            Assert.That(frame.Kind, Is.Not.EqualTo(FrameKind.Incomplete));
            at += frame.Skip + (frame.Kind == FrameKind.Garbled ? frame.Length : 0);
        }
        while (frame.Kind == FrameKind.Garbled);
        Assert.That(stream.Length - at, Is.EqualTo(frame.Length));
    }

    [TestCase("0", 0L, 0)]
    [TestCase("-0.5", -5L, 1)]
    [TestCase("00012.340", 12_340L, 3)]
    [TestCase("5.", 5L, 0)]
    [TestCase("123456789012345678", 123_456_789_012_345_678L, 0)]
    public void Numbers_with_a_point_are_read_exactly(string text, long mantissa, int scale)
    {
        Assert.That(FixValue.TryDecimal(Encoding.ASCII.GetBytes(text), out FixDecimal number), Is.True);
        Assert.That(number, Is.EqualTo(new FixDecimal(mantissa, scale)));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase(".")]
    [TestCase("1.2.3")]
    [TestCase("+1")]
    [TestCase("1e5")]
    [TestCase(" 1")]
    [TestCase("1234567890123456789")]
    public void What_is_no_number_is_refused(string text) =>
        Assert.That(FixValue.TryDecimal(Encoding.ASCII.GetBytes(text), out _), Is.False);

    [TestCase(123, 2, 4, 12_300L)]
    [TestCase(12_300, 4, 2, 123L)]
    [TestCase(-5, 0, 1, -50L)]
    public void A_number_changes_its_scale_when_it_stays_the_same(
        long mantissa, int scale, int to, long expected)
    {
        Assert.That(new FixDecimal(mantissa, scale).TryRescale(to, out long rescaled), Is.True);
        Assert.That(rescaled, Is.EqualTo(expected));
    }

    [Test]
    public void A_number_that_would_be_rounded_or_overflow_keeps_its_scale()
    {
        Assert.That(new FixDecimal(125, 2).TryRescale(1, out _), Is.False);
        Assert.That(new FixDecimal(long.MaxValue, 0).TryRescale(1, out _), Is.False);
    }

    [Test]
    public void Random_numbers_and_times_survive_being_written_and_read()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        FixWriter writer = new(1_024);
        for (int i = 0; i < 20_000; i++)
        {
            long mantissa = random.NextInt64(-999_999_999_999_999_999, 1_000_000_000_000_000_000)
                >> random.Next(0, 60);
            int scale = random.Next(0, 13);
            long ns = random.NextInt64(0, 9_000_000_000_000_000_000);
            TimePrecision precision = (TimePrecision)(random.Next(0, 4) * 3);
            long whole = random.NextInt64(long.MinValue / 10, long.MaxValue / 10);
            writer.Begin("0"u8);
            writer.Decimal(44, mantissa, scale);
            writer.Timestamp(60, ns, precision);
            writer.Int(34, whole);
            FixMessage message = Parse(writer.Finish("FIX.4.4"u8).ToArray());
            string about = $"seed {seed}, round {i}";
            Assert.That(message.TryGetDecimal(44, out FixDecimal number) && number.Mantissa == mantissa
                && number.Scale == scale, Is.True, about);
            Assert.That(message.TryGetInt(34, out long read) && read == whole, Is.True, about);
            long unit = Enumerable.Range(0, 9 - (int)precision).Aggregate(1L, (product, _) => product * 10);
            Assert.That(
                message.TryGetTimestamp(60, out long time) && time == ns / unit * unit, Is.True, about);
            message.TryGet(60, out ReadOnlySpan<byte> text);
            string expected = DateTime.UnixEpoch.AddTicks(ns / 100)
                .ToString("yyyyMMdd-HH:mm:ss", CultureInfo.InvariantCulture);
            Assert.That(Encoding.ASCII.GetString(text[..17]), Is.EqualTo(expected), about);
        }
    }

    [Test]
    public void BodyLength_has_no_padding_and_CheckSum_three_digits()
    {
        FixWriter writer = new(1_024);
        writer.Begin("0"u8);
        writer.Int(34, 7);
        string message = FixText.Show(writer.Finish("FIX.4.2"u8));
        Assert.That(message, Does.StartWith("8=FIX.4.2|9=10|35=0|34=7|10="));
        Assert.That(FixText.Show(FixText.Build("FIX.4.2", "35=0|34=7")), Is.EqualTo(message));
    }

    [Test]
    public void A_message_that_outgrows_its_buffer_is_refused_before_anything_is_overwritten()
    {
        FixWriter writer = new(256);
        writer.Begin("0"u8);
        Assert.That(() => writer.Bytes(58, new byte[256]), Throws.TypeOf<FixCapacityException>());
    }

    [Test]
    public void More_fields_than_the_index_holds_are_noticed()
    {
        byte[] bytes = FixText.Build("FIX.4.4", "35=0|" + string.Concat(Enumerable.Repeat("58=x|", 100)));
        FixMessage message = new(maxFields: 50);
        Assert.That(message.Parse(bytes, 0, bytes.Length), Is.EqualTo(ParseResult.Whole));
        Assert.That(message.HasTooManyFields, Is.True);
        Assert.That(message.Count, Is.EqualTo(50));
    }

    [Test]
    public void Parsing_and_building_allocate_nothing()
    {
        byte[] bytes = FixText.Build("FIX.4.4", Order);
        FixMessage message = new();
        FixWriter writer = new(1_024);
        long before = 0;
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            FixFrame frame = FixFrame.Read(bytes, 4_096);
            message.Parse(bytes, frame.Skip, frame.Length);
            message.TryGetDecimal(44, out FixDecimal price);
            writer.Begin("8"u8);
            writer.Int(34, i);
            writer.Decimal(44, price);
            writer.Timestamp(60, 1_800_000_000_123_456_789 + i, TimePrecision.Microseconds);
            writer.Finish("FIX.4.4"u8);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static FixMessage Parse(byte[] bytes)
    {
        FixMessage message = new();
        FixFrame frame = FixFrame.Read(bytes, 65_536);
        Assert.That(frame, Is.EqualTo(new FixFrame(FrameKind.Message, 0, bytes.Length)));
        Assert.That(message.Parse(bytes, 0, bytes.Length), Is.EqualTo(ParseResult.Whole));
        return message;
    }
}
