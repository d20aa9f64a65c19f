using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Schemas;
using HftEngine.Server.Tapes;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Tapes;

[TestFixture]
internal sealed class ItchTapeTests
{
    [Test]
    public void Every_published_type_is_read_and_an_unknown_one_is_passed_over_by_its_length()
    {
        List<byte> bytes = [];
        foreach (char type in "SRHYLVWKJhINOBQ")
        {
            bytes.AddRange(Frame(Message(type, ItchTape.LengthOf((byte)type))));
        }

        bytes.AddRange(Frame(Message('z', 77)));
        bytes.AddRange(Frame(Add(5, 'S', 100, "ACME", 12_345)));
        using TapeText tape = new(TapeFormat.Itch, [.. bytes]);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations, Has.Count.EqualTo(17));
        Assert.That(operations[^1].Action, Is.EqualTo(TapeAction.Add));
    }

    [Test]
    public void Order_messages_become_operations()
    {
        byte[] execute = Message('E', 31);
        BinaryPrimitives.WriteUInt64BigEndian(execute.AsSpan(11), 5);
        BinaryPrimitives.WriteUInt32BigEndian(execute.AsSpan(19), 40);
        BinaryPrimitives.WriteUInt64BigEndian(execute.AsSpan(23), 777);
        byte[] replace = Message('U', 35);
        BinaryPrimitives.WriteUInt64BigEndian(replace.AsSpan(11), 5);
        BinaryPrimitives.WriteUInt64BigEndian(replace.AsSpan(19), 6);
        BinaryPrimitives.WriteUInt32BigEndian(replace.AsSpan(27), 30);
        BinaryPrimitives.WriteUInt32BigEndian(replace.AsSpan(31), 12_400);
        byte[] cancel = Message('X', 23);
        BinaryPrimitives.WriteUInt64BigEndian(cancel.AsSpan(11), 6);
        BinaryPrimitives.WriteUInt32BigEndian(cancel.AsSpan(19), 10);
        byte[] delete = Message('D', 19);
        BinaryPrimitives.WriteUInt64BigEndian(delete.AsSpan(11), 6);
        byte[][] messages = [Add(5, 'B', 100, "ACME", 12_345), execute, replace, cancel, delete];
        using TapeText tape = new(TapeFormat.Itch, [.. messages.SelectMany(Frame)]);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults, Is.Empty);
        Assert.That(operations.Select(operation => operation.Action), Is.EqualTo(new[]
        {
            TapeAction.Add, TapeAction.Execute, TapeAction.Replace, TapeAction.Reduce, TapeAction.Delete,
        }));
        Assert.That(operations[0].Side, Is.EqualTo(Side.Buy));
        Assert.That(operations[0].Price, Is.EqualTo(12_345));
        Assert.That(operations[1].NewId, Is.EqualTo(777), "the match number");
        Assert.That(operations[2].NewId, Is.EqualTo(6));
        Assert.That(operations[2].Price, Is.EqualTo(12_400));
    }

    [Test]
    public void A_known_type_of_another_length_is_bad_and_the_next_message_is_found()
    {
        byte[] bytes = [.. Frame(Message('D', 20)), .. Frame(Add(5, 'B', 100, "ACME", 1))];
        using TapeText tape = new(TapeFormat.Itch, bytes);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(
            faults.Single().ToString(), Is.EqualTo("byte 0: a message of type D has 20 bytes instead of 19"));
        Assert.That(operations, Has.Count.EqualTo(1));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(20)]
    public void A_truncated_last_message_is_told_with_its_offset(int kept)
    {
        byte[] first = Frame(Add(5, 'B', 100, "ACME", 1));
        byte[] bytes = [.. first, .. Frame(Add(6, 'B', 100, "ACME", 1))[..kept]];
        using TapeText tape = new(TapeFormat.Itch, bytes);
        (List<TapeOperation> operations, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(operations, Has.Count.EqualTo(1));
        Assert.That(faults.Single().Offset, Is.EqualTo(first.Length));
        Assert.That(faults.Single().Reason, Does.StartWith("the tape is truncated"));
    }

    [Test]
    public void Zero_shares_zero_price_and_a_wrong_side_are_bad()
    {
        byte[][] messages =
        [
            Add(1, 'B', 0, "ACME", 1), Add(2, 'B', 1, "ACME", 0), Add(
                3, 'x', 1, "ACME", 1), Add(4, 'S', 1, "", 1),
        ];
        using TapeText tape = new(TapeFormat.Itch, [.. messages.SelectMany(Frame)]);
        (_, List<TapeFault> faults) = tape.ReadAll();
        Assert.That(faults.Select(fault => fault.Reason), Is.EqualTo(new[]
        {
            "the shares are zero", "the price is zero", "the side \"x\" is neither B nor S", "the stock is empty",
        }));
    }

    internal static byte[] Add(ulong id, char side, uint shares, string stock, uint price)
    {
        byte[] message = Message('A', 36);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(11), id);
        message[19] = (byte)side;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(20), shares);
        Encoding.ASCII.GetBytes(stock.PadRight(8)).CopyTo(message, 24);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(32), price);
        return message;
    }

    internal static byte[] Message(char type, int length)
    {
        byte[] message = new byte[length];
        message[0] = (byte)type;
        return message;
    }

    internal static byte[] Frame(byte[] message)
    {
        byte[] framed = new byte[message.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        return framed;
    }
}
