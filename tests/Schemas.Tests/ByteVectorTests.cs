using System;
using HftEngine.Schemas.Sbe;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Bytes worked out by hand from the standard's rules.</summary>
[TestFixture]
public sealed class ByteVectorTests
{
    [Test]
    public void A_big_endian_message_has_every_value_in_network_order()
    {
        byte[] buffer = new byte[128];
        Big.EverythingEncoder e = Big.EverythingEncoder.Wrap(buffer);
        e.I16 = -2;
        e.U32 = 0x01020304;
        e.I64 = 0x1122334455667788;
        e.F = 1.5f;
        e.D = -2.0;
        e.Wide = Big.Wide.Many;
        e.Marks = Big.Marks.High | Big.Marks.Low;
        e.SetPair([0x0a0b, 0x0c0d]);
        Big.MoneyEncoder money = e.Money;
        money.Mantissa = 258;
        money.Exponent = -3;
        e.Late = 9;
        Big.EverythingEncoder.LegsEncoder legs = e.AddLegs(1);
        legs.Next();
        legs.Ratio = 0x0102;
        e.SetNote("hé");

        string expected = "0033" + "1234" + "0102" + "0001"
            + "FFFE" + "01020304" + "1122334455667788" + "3FC00000" + "C000000000000000" + "0201" + "80000001"
            + "0A0B0C0D" + "0000000000000102FD" + "80000000" + "0009"
            + "0002" + "0001" + "0102"
            + "00000003" + "68C3A9";
        Assert.That(Hex(buffer, Big.EverythingEncoder.HeaderLength + e.EncodedLength), Is.EqualTo(expected));

        Big.EverythingDecoder d = Big.EverythingDecoder.Wrap(buffer);
        Assert.That(d.Marks, Is.EqualTo(Big.Marks.High | Big.Marks.Low));
        Assert.That(d.Pair(1), Is.EqualTo(0x0c0d));
        Assert.That(d.IsMaybeNull, Is.True);
        Assert.That(d.NoteString(), Is.EqualTo("hé"));
        Assert.That(d.F, Is.EqualTo(1.5f));
    }

    [Test]
    public void Groups_in_groups_and_odd_dimensions_lie_where_the_schema_says()
    {
        byte[] buffer = new byte[256];
        Torture.GroupsEncoder e = Torture.GroupsEncoder.Wrap(buffer);
        Torture.OddHeaderEncoder header = Torture.OddHeaderEncoder.Wrap(buffer);
        header.Session = 5;
        e.Before = 0x0201;
        Torture.GroupsEncoder.PlainEncoder plain = e.AddPlain(2);
        plain.Next();
        plain.A = 1;
        plain.Next();
        plain.A = 2;
        Torture.GroupsEncoder.NestedEncoder nested = e.AddNested(1);
        nested.Next();
        nested.B = 7;
        Torture.GroupsEncoder.NestedEncoder.InnerEncoder inner = nested.AddInner(1);
        inner.Next();
        inner.C = -1;
        Torture.GroupsEncoder.NestedEncoder.InnerEncoder.InnerGroupEncoder leaf = inner.AddInnerGroup(1);
        leaf.Next();
        Torture.DecimalEncoder d = leaf.D;
        d.Mantissa = 3;
        leaf.SetLeaf("x");
        inner.SetBranch("yz"u8);
        nested.AddEmpty(0);
        nested.SetTrunk([0xaa]);
        nested.SetBark([]);
        e.SetRoot("r");
        e.SetSoil([0xbb]);

        string expected = "0700" + "03" + "02000000" + "4D00000000000000" + "02" + "02" + "05000000"
            + "0102"
            + "06" + "00000000" + "02" + "010000000000" + "020000000000"
            + "0100" + "0100" + "0200" + "0200" + "07"
            + "0100000000000000" + "02000000" + "FFFF"
            + "08" + "00000000" + "01" + "0300000000000000" + "01" + "78"
            + "0200" + "797A"
            + "00" + "00000000" + "00"
            + "01000000" + "AA"
            + "0000000000000000" + "0000"
            + "01" + "72"
            + "0100000000000000" + "0000" + "BB";
        Assert.That(Hex(buffer, Torture.GroupsEncoder.HeaderLength + e.EncodedLength), Is.EqualTo(expected));
    }

    [Test]
    public void A_fresh_block_holds_nulls_and_zeros_and_nothing_of_the_message_before()
    {
        byte[] buffer = new byte[128];
        Array.Fill(buffer, (byte)0x5a);
        Torture.FieldKindsEncoder.Wrap(buffer);
        string body = "0000000000000080" + "00" + "00000000000000800000000000000080";
        Assert.That(Hex(buffer, 21 + 25)[(21 * 2)..], Is.EqualTo(body));

        Array.Fill(buffer, (byte)0x5a);
        Torture.PrimitivesEncoder.Wrap(buffer);
        Assert.That(buffer.AsSpan(21, 90).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(buffer[21 + 90], Is.EqualTo(0x5a));
    }

    [Test]
    public void Null_minimum_and_maximum_are_the_schemas_or_the_standards()
    {
        Assert.That(Torture.OptionalsDecoder.I64NullValue, Is.EqualTo(-1));
        Assert.That(Torture.OptionalsDecoder.I64MinValue, Is.Zero);
        Assert.That(Torture.OptionalsDecoder.I64MaxValue, Is.EqualTo(1_000_000));
        Assert.That(Torture.OptionalsDecoder.U8NullValue, Is.EqualTo(255));
        Assert.That(Torture.OptionalsDecoder.U8MaxValue, Is.EqualTo(254));
        Assert.That(Torture.OptionalsDecoder.I8NullValue, Is.EqualTo(-128));
        Assert.That(Torture.OptionalsDecoder.FNullValue, Is.NaN);
        Assert.That(Torture.OptionalsDecoder.DNullValue, Is.EqualTo(-99.5));
        Assert.That(Torture.OptionalsDecoder.CMinValue, Is.EqualTo(0x20));

        byte[] buffer = new byte[128];
        Torture.OptionalsEncoder e = Torture.OptionalsEncoder.Wrap(buffer);
        e.U32 = 4;
        Torture.OptionalsDecoder d = Torture.OptionalsDecoder.Wrap(buffer);
        Assert.That(
            d.IsCNull && d.IsI64Null && d.IsFNull && d.IsDNull && d.IsLetterNull && d.IsNoneNull, Is.True);
        Assert.That(d.TryGetF(out _), Is.False);
        Assert.That(d.TryGetU32(out uint u32), Is.True);
        Assert.That(u32, Is.EqualTo(4));
    }

    [Test]
    public void Constants_take_no_bytes()
    {
        Assert.That(Torture.ConstantsDecoder.BlockLength, Is.EqualTo(1));
        Assert.That(Torture.ConstantsDecoder.A, Is.EqualTo(-5));
        Assert.That(Torture.ConstantsDecoder.B, Is.EqualTo(long.MinValue));
        Assert.That(Torture.ConstantsDecoder.C, Is.EqualTo(ulong.MaxValue));
        Assert.That(Torture.ConstantsDecoder.D, Is.EqualTo((byte)'Z'));
        Assert.That(Torture.ConstantsDecoder.E.SequenceEqual("EUR/USD\0"u8), Is.True);
        Assert.That(Torture.ConstantsDecoder.G, Is.EqualTo(-2.25e10));
        Assert.That(Torture.ConstantsDecoder.H, Is.EqualTo((byte)'B'));
        Assert.That(Torture.SymbolsDecoder.Always, Is.EqualTo(Torture.Letters.Beta));
        Assert.That(Torture.SymbolsBlock.AlwaysNumber, Is.EqualTo(1));
        Assert.That(Torture.Decimal.Exponent, Is.EqualTo(-7));
        Assert.That(Torture.OuterDecoder.Tail, Is.EqualTo(1));
        Assert.That(Torture.OuterDecoder.SizeFieldMaxValue, Is.EqualTo(254));
    }

    private static string Hex(byte[] buffer, int length) => Convert.ToHexString(buffer.AsSpan(0, length));
}
