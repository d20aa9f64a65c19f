using System;
using HftEngine.Schemas.Sbe;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>An encoder refuses what would make a broken message.</summary>
[TestFixture]
public sealed class EncoderOrderTests
{
    private readonly byte[] _buffer = new byte[512];

    [Test]
    public void Data_before_the_group_that_precedes_it() => Refused("note", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        e.SetNote("n");
    });

    [Test]
    public void A_group_written_twice() => Refused("legs", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        e.AddLegs(0);
        e.AddLegs(0);
    });

    [Test]
    public void Fewer_entries_than_announced() => Refused("note", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        e.AddLegs(1);
        e.SetNote("n");
    });

    [Test]
    public void More_entries_than_announced() => Refused("legs", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        Growth0.OrderEncoder.LegsEncoder legs = e.AddLegs(0);
        legs.Next();
    });

    [Test]
    public void An_entry_without_its_data() => Refused("legs", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        Growth0.OrderEncoder.LegsEncoder legs = e.AddLegs(2);
        legs.Next();
        legs.Next();
    });

    [Test]
    public void A_message_without_its_last_data() => Refused("Order", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(_buffer);
        e.AddLegs(0);
        _ = e.EncodedLength;
    });

    [Test]
    public void A_count_above_the_schemas_maximum() => Refused("nested", () =>
    {
        Torture.GroupsEncoder e = Torture.GroupsEncoder.Wrap(_buffer);
        e.AddPlain(0);
        e.AddNested(1001);
    });

    [Test]
    public void Data_longer_than_the_schema_allows() => Refused("text16", () =>
    {
        Torture.GroupsEncoder e = Torture.GroupsEncoder.Wrap(_buffer);
        e.AddPlain(0);
        Torture.GroupsEncoder.NestedEncoder nested = e.AddNested(1);
        nested.Next();
        Torture.GroupsEncoder.NestedEncoder.InnerEncoder inner = nested.AddInner(1);
        inner.Next();
        inner.AddInnerGroup(0);
        inner.SetBranch(new byte[41]);
    });

    [Test]
    public void A_buffer_that_ends_too_early() => Refused("buffer", () =>
    {
        Growth0.OrderEncoder e = Growth0.OrderEncoder.Wrap(new byte[20]);
        Growth0.OrderEncoder.LegsEncoder legs = e.AddLegs(9);
        while (true)
        {
            legs.Next();
            legs.SetTag("t");
        }
    });

    [Test]
    public void An_array_with_too_many_elements() => Refused("5 elements", () =>
    {
        Torture.ArraysEncoder e = Torture.ArraysEncoder.Wrap(_buffer);
        e.SetCode("12345"u8);
    });

    private static void Refused(string about, Action write) =>
        Assert.That(write, Throws.TypeOf<SbeException>().With.Message.Contains(about));
}
