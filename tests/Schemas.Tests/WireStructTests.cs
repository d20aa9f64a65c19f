using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HftEngine.Schemas;
using HftEngine.Schemas.Generator;
using HftEngine.Schemas.Sbe;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>The engine's own messages as structs lie in memory as on the wire.</summary>
[TestFixture]
public sealed class WireStructTests
{
    private static readonly MessageSchema Engine = ReadEngine();

    private static MessageSchema ReadEngine([CallerFilePath] string source = "")
    {
        string folder = Path.GetDirectoryName(source)!;
        return new SchemaReader(new SchemaErrors()).Read(Path.Combine(folder, "../../schemas/engine.xml"))!;
    }

    [Test]
    public void Every_block_has_the_schemas_size_and_offsets()
    {
        Assembly assembly = typeof(NewOrderBlock).Assembly;
        foreach (SchemaMessage message in Engine.Messages)
        {
            Type block = assembly.GetType($"HftEngine.Schemas.{message.Name}Block")!;
            Assert.That(SizeOf(block), Is.EqualTo(message.BlockLength), message.Name);
            Assert.That(
                block.GetField("BlockLength")!.GetRawConstantValue(),
                Is.EqualTo((ushort)message.BlockLength));
            Assert.That(block.GetField("TemplateId")!.GetRawConstantValue(), Is.EqualTo((ushort)message.Id));
            foreach (SchemaMember field in message.Fields)
            {
                FieldInfo info = block.GetField(CSharpNames.Pascal(field.Name))!;
                int offset = info.GetCustomAttribute<FieldOffsetAttribute>()!.Value;
                Assert.That(offset, Is.EqualTo(field.Offset), $"{message.Name}.{field.Name}");
                Assert.That(SizeOf(info.FieldType), Is.EqualTo(field.Size), $"{message.Name}.{field.Name}");
            }
        }
    }

    [Test]
    public void Both_envelopes_start_alike()
    {
        CompositeType command = Engine.Types.OfType<CompositeType>().Single(t => t.Name == "CommandEnvelope");
        CompositeType report = Engine.Types.OfType<CompositeType>().Single(t => t.Name == "EventEnvelope");
        Assert.That(Unsafe.SizeOf<CommandEnvelope>(), Is.EqualTo(56));
        Assert.That(Unsafe.SizeOf<EventEnvelope>(), Is.EqualTo(72));
        Assert.That(
            report.Members.Take(command.Members.Count).Select(m => (m.Name, m.Offset, m.Size)),
            Is.EqualTo(command.Members.Select(m => (m.Name, m.Offset, m.Size))));
    }

    [Test]
    public void Arrays_of_blocks_have_no_gaps()
    {
        Torture.PrimitivesBlock[] blocks = new Torture.PrimitivesBlock[2];
        blocks[1].I64 = -2;
        Assert.That(MemoryMarshal.AsBytes(blocks.AsSpan()).Length, Is.EqualTo(180));
        Assert.That(MemoryMarshal.AsBytes(blocks.AsSpan())[90 + 16], Is.EqualTo(0xfe));
    }

    [Test]
    public void A_block_behind_its_header_is_a_message()
    {
        NewOrderBlock order = default;
        order.Envelope.Sequence = 7;
        order.Price = -5;
        order.Side = Side.Sell;
        order.ClientOrderId = ClientOrderId.From("abc"u8);
        byte[] message = new byte[NewOrderBlock.MessageLength];
        MessageHeader header = NewOrderBlock.Header;
        MemoryMarshal.Write(message, in header);
        MemoryMarshal.Write(message.AsSpan(MessageHeader.Size), in order);

        NewOrderDecoder decoder = NewOrderDecoder.Wrap(message);
        Assert.That(decoder.Envelope.Sequence, Is.EqualTo(7));
        Assert.That(decoder.Price, Is.EqualTo(-5));
        Assert.That(decoder.Side, Is.EqualTo(Side.Sell));
        Assert.That(decoder.ClientOrderIdString(), Is.EqualTo("abc"));
        Assert.That(decoder.EncodedLength, Is.EqualTo(NewOrderBlock.BlockLength));
        Assert.That(
            decoder.ToString(), Does.StartWith("{\"message\":\"NewOrder\",\"templateId\":1,\"version\":0,"));
    }

    [Test]
    public void Arrays_compare_by_their_bytes_and_hash_alike_everywhere()
    {
        ClientOrderId one = ClientOrderId.From("order-1"u8);
        ClientOrderId same = ClientOrderId.From("order-1"u8);
        ClientOrderId other = ClientOrderId.From("order-2"u8);
        Assert.That(one == same, Is.True);
        Assert.That(one != other, Is.True);
        Assert.That(one.GetHashCode(), Is.EqualTo(same.GetHashCode()));
        Assert.That(one.GetHashCode(), Is.Not.EqualTo(other.GetHashCode()));
        Assert.That(one.ToString(), Is.EqualTo("order-1"));
        Assert.That(ClientOrderId.TryFrom(new byte[37], out _), Is.False);
        Assert.That(() => ClientOrderId.From(new byte[37]), Throws.TypeOf<SbeException>());

        // A fixed value: a table keyed by it must be the same on replay, on another machine, years later.
        Assert.That(WireHash.Of("order-1"u8), Is.EqualTo(WireHash.Of([.. "order-1"u8])));
        Assert.That(WireHash.Of([]), Is.EqualTo(0));
    }

    [Test]
    public void Enums_have_the_standards_null_value_unless_the_schema_names_its_own()
    {
        Assert.That((byte)Side.NullValue, Is.EqualTo(255));
        Assert.That((ushort)RejectReason.NullValue, Is.EqualTo(65535));
        Assert.That((byte)Torture.Letters.NullValue, Is.Zero);
        Assert.That((sbyte)Torture.SignedEnum.NullValue, Is.EqualTo(-128));
        Assert.That((ulong)Torture.WideEnum.NullValue, Is.EqualTo(ulong.MaxValue));
        Assert.That(Enum.GetNames<Torture.OwnNull>(), Is.EqualTo((string[])["None", "One"]));
        Assert.That((ulong)Torture.Flags64.Bit63, Is.EqualTo(1UL << 63));
    }

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
