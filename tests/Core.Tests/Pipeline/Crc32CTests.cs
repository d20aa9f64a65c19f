using System;
using System.Text;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class Crc32CTests
{
    [Test]
    public void It_is_the_published_one()
    {
        Assert.That(Crc32C.Append(0, Encoding.ASCII.GetBytes("123456789")), Is.EqualTo(0xE3069283));
        Assert.That(Crc32C.Append(0, new byte[32]), Is.EqualTo(0x8A9136AA), "RFC 3720 B.4, 32 bytes of zeros");
    }

    [Test]
    public void Parts_chain_to_the_whole([Range(0, 20)] int cut)
    {
        byte[] data = Encoding.ASCII.GetBytes("a record and its neighbour");
        uint whole = Crc32C.Append(0, data);
        Assert.That(Crc32C.Append(Crc32C.Append(0, data.AsSpan(..cut)), data.AsSpan(cut..)), Is.EqualTo(whole));
    }

    [Test]
    public void A_record_is_its_length_and_its_message()
    {
        byte[] message = Encoding.ASCII.GetBytes("thirteen byte");
        byte[] record = [.. BitConverter.GetBytes(message.Length), .. message];
        Assert.That(Crc32C.OfRecord(77, message), Is.EqualTo(Crc32C.Append(77, record)));
    }
}
