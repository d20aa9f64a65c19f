using System;
using System.Linq;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Old readers read new messages, and new readers old ones.</summary>
[TestFixture]
public sealed class GrowthTests
{
    [Test]
    public void A_new_reader_sees_nulls_where_an_old_message_has_nothing()
    {
        byte[] message = Old();
        Growth2.OrderDecoder d = Growth2.OrderDecoder.Wrap(message);
        Assert.That(d.Quantity, Is.EqualTo(5));
        Assert.That(d.IsPriceNull, Is.True);
        Assert.That(d.IsSideNull, Is.True);
        Assert.That((byte)d.Marks, Is.Zero);
        Assert.That(d.Code.Length, Is.Zero);
        Assert.That(d.Numbers(1), Is.EqualTo(ushort.MaxValue));
        Assert.That(d.Limit.Mantissa, Is.EqualTo(long.MinValue));
        Assert.That(d.Limit.Exponent, Is.EqualTo(sbyte.MinValue));
        Assert.That(d.Parties.Count, Is.Zero);
        Assert.That(d.Memo.Length, Is.Zero);
        Assert.That(d.NoteString(), Is.EqualTo("n"));
        Growth2.OrderDecoder.LegsDecoder legs = d.Legs;
        Assert.That(legs.Count, Is.EqualTo(2));
        Assert.That(legs.MoveNext() && legs.MoveNext(), Is.True);
        Assert.That(legs.Ratio, Is.EqualTo(2));
        Assert.That(legs.IsWeightNull, Is.True);
        Assert.That(legs.Fills.Count, Is.Zero);
        Assert.That(legs.TagString(), Is.EqualTo("tt"));
        Assert.That(d.EncodedLength + Growth2.OrderDecoder.HeaderLength, Is.EqualTo(message.Length));

        RecordingVisitor visitor = new();
        Growth2.SchemaIndex.Visit(message, visitor);
        Assert.That(visitor["price"], Is.EqualTo("null"));
        Assert.That(visitor["note"], Is.EqualTo("6e"));
    }

    [Test]
    public void An_old_reader_skips_what_blocks_and_entries_have_gained()
    {
        // Version 1 added to blocks only, so its groups and data still follow one another as in version 0.
        byte[] message =
        [
            0x0d, 0, 1, 0, 5, 0, 1, 0,
            5, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, (byte)'B',
            3, 0, 2, 0,
            1, 0x77, 0x77, 1, (byte)'t',
            2, 0x77, 0x77, 0,
            1, (byte)'n',
        ];
        Growth0.OrderDecoder d = Growth0.OrderDecoder.Wrap(message);
        Assert.That(d.ActingVersion, Is.EqualTo(1));
        Assert.That(d.NoteString(), Is.EqualTo("n"));
        int[] ratios = new int[2];
        int at = 0;
        foreach (Growth0.OrderDecoder.LegsDecoder leg in d.Legs)
        {
            ratios[at++] = leg.Ratio;
        }

        Assert.That(ratios, Is.EqualTo((int[])[1, 2]));
        Assert.That(d.EncodedLength + 8, Is.EqualTo(message.Length));
    }

    [Test]
    public void Elements_read_in_any_order_and_more_than_once()
    {
        Growth2.OrderDecoder d = Growth2.OrderDecoder.Wrap(New(out int length));
        Assert.That(d.MemoString(), Is.EqualTo("memo"));
        Assert.That(d.Legs.Count, Is.EqualTo(2));
        Assert.That(d.NoteString(), Is.EqualTo("note"));
        Assert.That(d.Parties.Count, Is.EqualTo(1));
        Assert.That(d.EncodedLength, Is.EqualTo(length));
        Growth2.OrderDecoder.LegsDecoder legs = d.Legs;
        legs.MoveNext();
        Assert.That(legs.TagString(), Is.EqualTo("first"));
        Assert.That(legs.Fills.Count, Is.EqualTo(3));
        Assert.That(legs.TagString(), Is.EqualTo("first"));
        legs.MoveNext();
        Assert.That(legs.Ratio, Is.EqualTo(8));
        Assert.That(legs.MoveNext(), Is.False);
    }

    [Test]
    public void A_block_shorter_than_its_version_asks_for_is_refused()
    {
        byte[] message = Old();
        message[6] = 1;
        Assert.That(Growth2.OrderDecoder.TryWrap(message, out _), Is.False);
        Assert.That(Growth0.OrderDecoder.TryWrap(message, out _), Is.True);
    }

    private static byte[] Old()
    {
        byte[] buffer = new byte[64];
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(buffer);
        e.Quantity = 5;
        Growth0.OrderEncoder.LegsEncoder legs = e.AddLegs(2);
        legs.Next();
        legs.Ratio = 1;
        legs.SetTag("t");
        legs.Next();
        legs.Ratio = 2;
        legs.SetTag("tt");
        e.SetNote("n");
        return buffer.AsSpan(0, 8 + e.EncodedLength).ToArray();
    }

    private static byte[] New(out int length)
    {
        byte[] buffer = new byte[256];
        Growth2.OrderEncoder e = Growth2.OrderEncoder.Wrap(buffer);
        Growth2.OrderEncoder.LegsEncoder legs = e.AddLegs(2);
        for (int leg = 0; leg < 2; leg++)
        {
            legs.Next();
            legs.Ratio = (byte)(7 + leg);
            Growth2.OrderEncoder.LegsEncoder.FillsEncoder fills = legs.AddFills(3 - leg);
            foreach (int fill in Enumerable.Range(0, 3 - leg))
            {
                fills.Next();
                fills.Fill = (uint)fill;
            }

            legs.SetTag(leg == 0 ? "first" : "second");
        }

        Growth2.OrderEncoder.PartiesEncoder parties = e.AddParties(1);
        parties.Next();
        parties.Party = 3;
        e.SetNote("note");
        e.SetMemo("memo");
        length = e.EncodedLength;
        return buffer;
    }
}
