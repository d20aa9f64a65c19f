using System.Collections.Generic;
using System.Linq;
using HftEngine.Server.Tapes;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Tapes;

[TestFixture]
internal sealed class BitstampTapeTests
{
    private const string Heading = "id,timestamp,exchange.timestamp,price,volume,action,direction";

    [Test]
    public void An_aggressor_is_kept_out_of_the_book_until_its_fill_is_whole_and_then_rests()
    {
        using TapeText tape = new(
            TapeFormat.Bitstamp,
            Heading,
            "1,1000,1000,236.47,200,created,bid",
            "2,1001,1001,236.40,500,created,ask",
            "1,1002,1000,236.47,0,deleted,bid",
            "2,1003,1001,236.40,300,changed,ask");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(
            Show(operations),
            Is.EqualTo(new[] { "0 Add 1 200", "1 None 0 0", "2 Execute 1 200", "3 Add 2 300" }));
        Assert.That(operations[2].NewId, Is.EqualTo(2), "the aggressor is known");
    }

    [Test]
    public void The_halves_of_a_fill_may_come_in_either_order_and_differ_by_rounding()
    {
        using TapeText tape = new(
            TapeFormat.Bitstamp,
            Heading,
            "1,1000,1000,236.47,200,created,bid",
            "2,1001,1001,236.40,500,created,ask",
            "2,1002,1001,236.40,301,changed,ask",
            "1,1003,1000,236.47,0,deleted,bid");
        (List<TapeOperation> operations, _) = tape.ReadAll();
        Assert.That(
            Show(operations),
            Is.EqualTo(
                new[] { "0 Add 1 200", "1 None 0 0", "2 None 0 0", "3 Execute 1 200", "3 Add 2 301" }));
    }

    [Test]
    public void A_market_order_walks_by_changing_its_price()
    {
        using TapeText tape = new(
            TapeFormat.Bitstamp,
            Heading,
            "1,1000,1000,100.00,10,created,bid",
            "2,1000,1000,99.00,10,created,bid",
            "3,1001,1001,100.00,15,created,ask",
            "1,1002,1000,100.00,0,deleted,bid",
            "3,1003,1001,100.00,5,changed,ask",
            "3,1004,1001,99.00,5,changed,ask",
            "2,1005,1000,99.00,5,changed,bid",
            "3,1006,1001,99.00,0,deleted,ask");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        string[] executions = [.. Show(operations).Where(text => text.Contains("Execute"))];
        Assert.That(executions, Is.EqualTo(new[] { "3 Execute 1 10", "6 Execute 2 5" }));
    }

    [Test]
    public void References_to_orders_before_the_recording_and_to_dead_ones_are_told_apart()
    {
        using TapeText tape = new(
            TapeFormat.Bitstamp,
            Heading,
            "9,1000,900,100.00,10,deleted,bid",
            "1,1000,1000,100.00,10,created,bid",
            "1,1001,1000,100.00,10,deleted,bid",
            "1,1002,1000,100.00,10,deleted,bid");
        (List<TapeOperation> operations, _) = tape.ReadAll();
        Assert.That(operations.Select(operation => operation.Action), Is.EqualTo(new[]
        {
            TapeAction.UnknownReference, TapeAction.Add, TapeAction.Delete, TapeAction.DeadReference,
        }));
    }

    [TestCase("1,1000,1000,100.001,10,created,bid", "the price is not a positive number of at most 2 decimals")]
    [TestCase("1,1000,1000,-100,10,created,bid", "the price is not a positive number of at most 2 decimals")]
    [TestCase("1,1000,1000,100.00,0,created,bid", "the volume of a new order is zero")]
    [TestCase("1,1000,1000,100.00,-1,changed,bid", "the volume is not a whole number of at least 0")]
    [TestCase("1,1000,1000,100.00,1,vanished,bid", "the action is neither created, changed nor deleted")]
    [TestCase("1,1000,1000,100.00,1,created,left", "the direction is neither bid nor ask")]
    [TestCase("1,1000,1000,100.00,1,created", "the record has fewer than 7 columns")]
    [TestCase("7,1000,1000,100.00,1,created,bid", "order 7 exists already")]
    public void A_bad_record_says_what_is_wrong(string bad, string reason)
    {
        using TapeText tape = new(TapeFormat.Bitstamp, Heading, "7,1,1,100.00,1,created,bid", bad);
        (_, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults.Single().Line, Is.EqualTo(3));
        Assert.That(faults.Single().Reason, Does.StartWith(reason));
    }

    private static string[] Show(List<TapeOperation> operations) =>
        [.. operations.Select(operation => $"{operation.Record} {operation.Action} {operation.Id} {operation.Quantity}")];
}
