using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Schemas.Sbe;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>
/// An exchange's market data as it was on the wire: every message is read to its framed end.
/// </summary>
[TestFixture]
public sealed class MarketDataCaptureTests
{
    // A packet carries its sequence, 4 bytes, and sending time, 8 bytes; each message its size, 2 bytes.
    private const int PacketHeader = 12;
    private const int SizeField = 2;

    [Test]
    public void Every_message_of_the_captures_ends_where_its_size_says()
    {
        string schema = Recordings.Require("cme/templates_FixBinary.xml");
        string captures = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(schema)!, "../../pcap/Cme"));
        if (!Directory.Exists(captures))
        {
            Assert.Ignore("skipped: recordings not present (pcap/Cme)");
        }

        foreach (string capture in Directory.EnumerateFiles(captures, "*.pcap", SearchOption.AllDirectories))
        {
            Read(CompiledSchema.Of(schema), capture);
        }
    }

    internal static void Read(CompiledSchema codecs, string capture)
    {
        Dictionary<string, int> seen = [];
        int other = 0;
        foreach (byte[] packet in Datagrams(File.ReadAllBytes(capture)))
        {
            for (int at = PacketHeader; at + SizeField < packet.Length;)
            {
                int size = BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(at));
                ReadOnlySpan<byte> message = packet.AsSpan(at + SizeField, size - SizeField);
                RecordingVisitor visitor = new();
                try
                {
                    int length = codecs.Visit(message, visitor);
                    Assert.That(length, Is.EqualTo(message.Length), $"{capture}: {visitor.Lines[0]}");
                    string name = visitor.Lines[0];
                    seen[name] = seen.GetValueOrDefault(name) + 1;
                }
                catch (SbeException e) when (e.Message.Contains("has no message", StringComparison.Ordinal))
                {
                    // A capture may hold templates of another version of the schema.
                    other++;
                }

                at += size;
            }
        }

        TestContext.Out.WriteLine(
            $"{Path.GetFileName(capture)}: {string.Join(", ", seen.Select(s => $"{s.Value} × {s.Key}"))}, "
                + $"{other} of other templates");
    }

    private static IEnumerable<byte[]> Datagrams(byte[] file)
    {
        const int Ethernet = 14;
        const int Udp = 8;
        const byte UdpProtocol = 17;
        foreach (byte[] frame in Frames(file))
        {
            int ip = Ethernet;
            while (ip + 20 < frame.Length && frame[ip - 2] == 0x81 && frame[ip - 1] == 0)
            {
                ip += 4;
            }

            if (ip + 20 > frame.Length || frame[ip] >> 4 != 4 || frame[ip + 9] != UdpProtocol)
            {
                continue;
            }

            int udp = ip + ((frame[ip] & 15) * 4);
            int end = udp + BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(udp + 4));
            yield return frame[(udp + Udp)..Math.Min(end, frame.Length)];
        }
    }

    private static IEnumerable<byte[]> Frames(byte[] file)
    {
        // Two file formats are about: one of equal records, one of typed blocks, told apart by their first
        // word.
        const uint BlockFormat = 0x0a0d0d0a;
        const int PacketBlock = 6;
        bool blocks = BinaryPrimitives.ReadUInt32LittleEndian(file) == BlockFormat;
        for (int at = blocks ? 0 : 24; at + 16 <= file.Length;)
        {
            if (!blocks)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 8));
                yield return file[(at + 16)..(at + 16 + length)];
                at += 16 + length;
                continue;
            }

            if (BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at)) == PacketBlock)
            {
                int captured = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 20));
                yield return file[(at + 28)..(at + 28 + captured)];
            }

            at += BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4));
        }
    }
}
