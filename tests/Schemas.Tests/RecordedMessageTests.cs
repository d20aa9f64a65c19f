using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Messages that other implementations wrote, read whole and written again byte for byte.</summary>
[TestFixture]
public sealed class RecordedMessageTests
{
    // Simple Open Framing Header: length of the whole, 4 bytes, and encoding, 2 bytes.
    private const int FramingHeader = 6;

    [TestCase("car/example-schema.xml", "car/car_example_baseline_data.sbe", "1,2,3,4")]
    [TestCase("car/example-schema.xml", "car/car_example_extension_data.sbe", "0,1,2,3")]
    [TestCase("car/example-extension-schema.xml", "car/car_example_baseline_data.sbe", "1,2,3,4")]
    [TestCase("car/example-extension-schema.xml", "car/car_example_extension_data.sbe", "0,1,2,3")]
    public void The_car_reads_the_same_with_its_own_schema_and_the_other(
        string schema, string data, string numbers)
    {
        byte[] message = File.ReadAllBytes(Recordings.Require(data));
        CompiledSchema codecs = CompiledSchema.Of(Recordings.Require(schema));
        RecordingVisitor visitor = new();
        Assert.That(codecs.Visit(message, visitor), Is.EqualTo(message.Length));
        Assert.That(visitor["serialNumber"], Is.EqualTo("1234"));
        Assert.That(visitor["modelYear"], Is.EqualTo("2013"));
        Assert.That(visitor["available"], Is.EqualTo("T"));
        Assert.That(visitor["code"], Is.EqualTo("A"));
        Assert.That(visitor["discountedModel"], Is.EqualTo("C"));
        Assert.That(visitor["vehicleCode"], Is.EqualTo(Hex("abcdef")));
        Assert.That(visitor["extras"], Is.EqualTo("6"));
        Assert.That(visitor["maxRpm"], Is.EqualTo("9000"));
        Assert.That(visitor["fuel"], Is.EqualTo(Hex("Petrol")));
        Assert.That(visitor["BoostType"], Is.EqualTo("NITROUS"));
        Assert.That(visitor["horsePower"], Is.EqualTo("200"));
        Assert.That(visitor["manufacturer"], Is.EqualTo(Hex("Honda")));
        Assert.That(visitor["activationCode"], Is.EqualTo(Hex("abcdef")));
        int array = visitor.Lines.IndexOf("someNumbers[4");
        Assert.That(
            visitor.Lines[(array + 1)..(array + 5)], Is.EqualTo(numbers.Split(',').Select(n => "=" + n)));
        Assert.That(
            visitor.Lines.Where(l => l.StartsWith("mpg=", StringComparison.Ordinal)),
            Is.EqualTo((string[])["mpg=35.9", "mpg=49", "mpg=40"]));
        Assert.That(visitor.Lines.Count(l => l == "acceleration[3"), Is.EqualTo(2));
        if (schema.Contains("extension", StringComparison.Ordinal))
        {
            int uuid = visitor.Lines.IndexOf("uuid[2");
            Assert.That(visitor.Lines[(uuid + 1)..(uuid + 3)], Is.EqualTo((string[])["=null", "=null"]));
            Assert.That(visitor["cupHolderCount"], Is.EqualTo("null"));
        }
        else
        {
            Assert.That(codecs.Copy(message), Is.EqualTo(message));
        }
    }

    [Test]
    public void The_car_of_the_extended_schema_reads_with_the_baseline()
    {
        CompiledSchema extension = CompiledSchema.Of(Recordings.Require("car/example-extension-schema.xml"));
        CompiledSchema baseline = CompiledSchema.Of(Recordings.Require("car/example-schema.xml"));
        List<string> written = [];
        byte[] message = extension.Write(1, new Random(5), written);
        RecordingVisitor visitor = new();
        Assert.That(baseline.Visit(message, visitor), Is.EqualTo(message.Length));
        int uuid = written.IndexOf("uuid[2");
        written.RemoveRange(uuid, 5);
        Assert.That(visitor.Lines, Is.EqualTo(written));
    }

    [Test]
    public void The_standards_examples_are_read_to_the_last_byte_and_written_again()
    {
        CompiledSchema codecs = CompiledSchema.Of(Recordings.Require("fix-spec/Examples.xml"));
        using JsonDocument vectors = JsonDocument.Parse(
            File.ReadAllText(Recordings.Require("fix-spec/vectors.json")));
        List<RecordingVisitor> seen = [];
        foreach (JsonElement vector in vectors.RootElement.EnumerateArray())
        {
            byte[] message = Convert.FromHexString(vector.GetProperty("hex").GetString()!)[FramingHeader..];
            RecordingVisitor visitor = new();
            Assert.That(codecs.Visit(message, visitor), Is.EqualTo(message.Length));
            Assert.That(Convert.ToHexString(codecs.Copy(message)), Is.EqualTo(Convert.ToHexString(message)));
            seen.Add(visitor);
        }

        Assert.That(seen, Has.Count.EqualTo(3));
        Assert.That(seen[0]["ClOrdId"], Is.EqualTo(Hex("ORD00001")));
        Assert.That(seen[0]["OrdType"], Is.EqualTo("Limit"));
        Assert.That(seen[0].Lines, Does.Contain("mantissa=99610"));
        Assert.That(seen[0].Lines, Does.Contain("mantissa=null"));
        Assert.That(seen[0].Lines, Does.Contain("exponent=-3"));
        Assert.That(seen[1]["OrdStatus"], Is.EqualTo("PartialFilled"));
        Assert.That(seen[1]["year"], Is.EqualTo("2014"));
        Assert.That(seen[1].Lines, Does.Contain("FillsGrp[2"));
        Assert.That(seen[2]["BusinessRejectReason"], Is.EqualTo("NotAuthorized"));
        Assert.That(seen[2]["Text"], Is.EqualTo(Hex("Not authorized to trade that instrument")));
    }

    [TestCase("binance/spot-fixsbe-1_0.xml")]
    [TestCase("binance/spot-fixsbe-1_1.xml")]
    public void An_exchanges_logon_agrees_with_its_table_of_fields(string schema)
    {
        byte[] file = File.ReadAllBytes(Recordings.Require("binance/sample_fixsbe_logon.bin"));
        Dictionary<string, byte[]> table = ReadTable(
            Recordings.Require("binance/sample_fixsbe_logon.fields.txt"));
        Assert.That(file, Is.EqualTo(table["file"]));
        byte[] message = file[FramingHeader..];
        CompiledSchema codecs = CompiledSchema.Of(Recordings.Require(schema));
        RecordingVisitor visitor = new();
        Assert.That(codecs.Visit(message, visitor), Is.EqualTo(message.Length));
        byte[] copy = codecs.Copy(message);
        if (codecs.Schema.Version > 0)
        {
            // What is written carries the writer's version.
            Assert.That(copy[6], Is.EqualTo(codecs.Schema.Version));
            copy[6] = 0;
        }

        Assert.That(Convert.ToHexString(copy), Is.EqualTo(Convert.ToHexString(message)));
        Assert.That(visitor.Lines[0], Is.EqualTo("<Logon 20008 v0>"));
        Assert.That(visitor["seqNum"], Is.EqualTo("1"));
        Assert.That(visitor["sendingTime"], Is.EqualTo(Number(table["messageHeader.sendingTime"])));
        Dictionary<string, string> seen = visitor.Lines.Where(l => l.Contains('=', StringComparison.Ordinal))
            .ToDictionary(l => l[..l.IndexOf('=')].ToUpperInvariant(), l => l[(l.IndexOf('=') + 1)..]);
        foreach (
            (string name, byte[] bytes) in table.Where(
                t => t.Key.StartsWith("Logon.", StringComparison.Ordinal)))
        {
            string[] path = name.ToUpperInvariant().Split('.');
            if (path is [_, var data, "VARDATA"])
            {
                Assert.That(seen[data], Is.EqualTo(Convert.ToHexStringLower(bytes)), name);
            }
            else if (path is [_, var field])
            {
                bool isNull = bytes.All(b => b == 0xff);
                bool named = !char.IsAsciiDigit(seen[field][0]) && !isNull;
                Assert.That(
                    seen[field],
                    isNull ? Is.EqualTo("null") : named ? Is.Not.Empty : Is.EqualTo(Number(bytes)),
                    name);
            }
        }
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    private static string Number(byte[] littleEndian) =>
        new System.Numerics.BigInteger(littleEndian, isUnsigned: true).ToString();

    private static Dictionary<string, byte[]> ReadTable(string path)
    {
        Dictionary<string, byte[]> fields = new() { ["file"] = [] };
        foreach (string line in File.ReadLines(path))
        {
            string[] parts = line.Split('|', StringSplitOptions.TrimEntries);
            string[] hex = parts[0].Split(',', StringSplitOptions.TrimEntries);
            byte[] bytes = [.. hex.Select(b => Convert.ToByte(b, 16))];
            fields["file"] = [.. fields["file"], .. bytes];
            fields[parts[1]] = [.. fields.GetValueOrDefault(parts[1], []), .. bytes];
        }

        return fields;
    }
}
