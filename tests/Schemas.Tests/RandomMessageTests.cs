using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Schemas.Generator;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>What is written at random is read back, field by field, for every message of a schema.</summary>
[TestFixture]
public sealed class RandomMessageTests
{
    private static readonly string[] Own =
        ["torture.xml", "big.xml", "growth-0.xml", "growth-2.xml", "pace.xml"];

    private static readonly string[] Published =
    [
        "binance/spot_3_5.xml",
        "binance/stream_1_0.xml",
        "binance/spot-fixsbe-1_0.xml",
        "binance/spot-fixsbe-1_1.xml",
        "car/example-schema.xml",
        "car/example-extension-schema.xml",
        "fix-spec/Examples.xml",
    ];

    public static string OwnSchema(string name) =>
        Path.Combine(TestContext.CurrentContext.TestDirectory, "Schemas", name);

    [TestCaseSource(nameof(Own))]
    public void Every_message_of_our_schemas_reads_back(string name) =>
        RoundTrip(CompiledSchema.Of(OwnSchema(name)), 200);

    [TestCaseSource(nameof(Published))]
    public void Every_message_of_published_schemas_reads_back(string name) =>
        RoundTrip(CompiledSchema.Of(Recordings.Require(name)), 40);

    private static void RoundTrip(CompiledSchema codecs, int rounds)
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}, {codecs.Schema.Messages.Count} messages");
        Random random = new(seed);
        foreach (SchemaMessage message in codecs.Schema.Messages)
        {
            for (int round = 0; round < rounds; round++)
            {
                List<string> written = [];
                byte[] bytes = codecs.Write(message.Id, random, written);
                RecordingVisitor read = new();

                // Bytes behind the message must not be taken for a part of it.
                byte[] padded = [.. bytes, 0xff, 0xff, 0xff];
                int length = codecs.Visit(padded, read);
                Assert.That(length, Is.EqualTo(bytes.Length), $"{message.Name}, seed {seed}");
                Assert.That(read.Lines, Is.EqualTo(written), $"{message.Name}, seed {seed}");
                byte[] copy = codecs.Copy(padded);
                Assert.That(
                    Convert.ToHexString(copy),
                    Is.EqualTo(Convert.ToHexString(bytes)),
                    $"{message.Name}, seed {seed}");
            }
        }
    }
}
