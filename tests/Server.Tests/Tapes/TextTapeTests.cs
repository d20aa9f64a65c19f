using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Tapes;

[TestFixture]
internal sealed class TextTapeTests
{
    [Test]
    public void Lobster_types_become_what_they_do_to_the_book()
    {
        using TapeText tape = new(
            TapeFormat.Lobster,
            "34200.1,1,11,100,1000000,1",
            "34200.2,2,11,30,1000000,1",
            "34200.3,4,11,20,1000000,1",
            "34200.4,5,0,7,1000500,-1",
            "34200.5,3,11,50,1000000,1",
            "34200.6,6,-1,900,1000100,-1",
            "34200.7,7,0,0,-1,-1");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations.Select(operation => operation.Action), Is.EqualTo(new[]
        {
            TapeAction.Add, TapeAction.Reduce, TapeAction.Execute, TapeAction.ExecuteHidden, TapeAction.Delete,
            TapeAction.Cross, TapeAction.TradingStatus,
        }));
        Assert.That(operations[0].Side, Is.EqualTo(Side.Buy));
        Assert.That(operations[0].Quantity, Is.EqualTo(100));
        Assert.That(operations[0].Price, Is.EqualTo(1_000_000));
        Assert.That(operations[3].Side, Is.EqualTo(Side.Sell));
    }

    [TestCase("34200.1,1,11,100,1000000", "the record has fewer than 6 columns")]
    [TestCase("x,1,11,100,1000000,1", "the time is not a number")]
    [TestCase("1,9,11,100,1000000,1", "the type is not 1 to 7")]
    [TestCase("1,1,a,100,1000000,1", "the order id is not a whole number")]
    [TestCase("1,1,11,0,1000000,1", "the size 0 is not positive")]
    [TestCase("1,1,11,-5,1000000,1", "the size -5 is not positive")]
    [TestCase("1,1,11,5,0,1", "the price 0 is not positive")]
    [TestCase("1,1,11,5,100.5,1", "the price is not a whole number")]
    [TestCase("1,1,11,5,99999999999999999999,1", "the price is not a whole number")]
    [TestCase("1,1,11,5,100,2", "the direction is neither 1 nor -1")]
    public void A_bad_lobster_record_is_named_by_line_and_offset_and_reading_goes_on(
        string bad, string reason)
    {
        using TapeText tape = new(TapeFormat.Lobster, "1,1,1,10,500,1", bad, "2,1,2,10,500,-1");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Has.Count.EqualTo(1));
        Assert.That(faults[0].Line, Is.EqualTo(2));
        Assert.That(faults[0].Offset, Is.EqualTo(15));
        Assert.That(faults[0].Reason, Does.StartWith(reason));
        Assert.That(operations.Select(operation => operation.Id), Is.EqualTo(new[] { 1UL, 2UL }));
    }

    [Test]
    public void Pitch_messages_become_operations_and_ids_keep_their_text()
    {
        using TapeText tape = new(
            TapeFormat.Pitch,
            "28800168A1K27GA00000YS000100AAPL  0001831900Y",
            "S28800168X1K27GA00000Y000040",
            "28800169E1K27GA00000Y0000601K27GA0000ZZ",
            "28800170P4K27GA00003PB000300DXD   0000499600N3J01X2",
            "28800171B1K27GA0000ZZ");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations.Select(operation => operation.Action), Is.EqualTo(new[]
        {
            TapeAction.Add, TapeAction.Reduce, TapeAction.Execute, TapeAction.ExecuteHidden, TapeAction.None,
        }));
        Assert.That(operations[0].Side, Is.EqualTo(Side.Sell));
        Assert.That(operations[0].Price, Is.EqualTo(1_831_900));
        Assert.That(operations[2].Quantity, Is.EqualTo(60));
        using TapeReader reader = tape.Tape.Open();
        byte[] text = new byte[36];
        int length = reader.FormatId(operations[0].Id, text);
        Assert.That(System.Text.Encoding.ASCII.GetString(text, 0, length), Is.EqualTo("1K27GA00000Y"));
    }

    [TestCase("2880016", "the record does not begin with 8 digits of time and a type")]
    [TestCase("28800168Z1K27GA00000Y", "the type is unknown")]
    [TestCase("28800168A1K27GA00000YS000100AAPL  00018", "the message has 30 of 35 characters")]
    [TestCase("28800168A1K27GA00000YQ000100AAPL  0001831900Y", "the side is neither B nor S")]
    [TestCase("28800168A1K27GA00000YS000000AAPL  0001831900Y", "the shares are zero")]
    [TestCase("28800168A1K27ga00000YS000100AAPL  0001831900Y", "the id is not 12 digits of base 36")]
    [TestCase("28800168X1K27GA00000Y00x040", "the shares are not 6 digits")]
    public void A_bad_pitch_message_says_what_is_wrong(string bad, string reason)
    {
        using TapeText tape = new(TapeFormat.Pitch, bad);
        (_, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults.Single().ToString(), Does.StartWith($"line 1 (byte 0): {reason}"));
    }

    [Test]
    public void Order_lines_keep_traders_and_prices_as_they_were_written()
    {
        using TapeText tape = new(TapeFormat.Orders, "A:AUDUSD:100:1.470", "B:AUDUSD:-50:1.45");
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations[0].Price, Is.EqualTo(147));
        Assert.That(operations[1].Side, Is.EqualTo(Side.Sell));
        Assert.That(operations[1].Quantity, Is.EqualTo(50));
        using OrderLineTape reader = (OrderLineTape)tape.Tape.Open();
        TapeOperation operation = default;
        reader.Read(ref operation);
        Assert.That(reader.TraderOf(operation.Id), Is.EqualTo("A"));
        Assert.That(reader.PriceTextOf(operation.Id), Is.EqualTo("1.470"));
    }

    [TestCase("A:X:0:1", "the quantity is zero")]
    [TestCase("A:X:1.5:1", "the quantity is not a whole number")]
    [TestCase("A:X:5:-1", "the price is not positive")]
    [TestCase("A:X:5:1.0000000001", "the price is not a number of at most 9 decimals")]
    [TestCase("A:X:5:9999999999999999999", "the price is not a number")]
    [TestCase(":X:5:1", "the id is empty")]
    [TestCase("A::5:1", "the instrument is empty or longer than 24 characters")]
    [TestCase("A:X:5", "the record is not id:instrument:quantity:price")]
    public void A_bad_order_line_says_what_is_wrong(string bad, string reason)
    {
        using TapeText tape = new(TapeFormat.Orders, bad);
        (_, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults.Single().Reason, Does.StartWith(reason));
    }
}
