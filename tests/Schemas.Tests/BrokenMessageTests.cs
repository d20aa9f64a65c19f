using System;
using System.Collections.Generic;
using HftEngine.Schemas.Generator;
using HftEngine.Schemas.Sbe;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>
/// Cut and damaged messages are refused with the one exception; no byte outside the buffer is read. Each
/// message ends where memory that belongs to it ends, so a read beyond it kills the process.
/// </summary>
[TestFixture]
public sealed class BrokenMessageTests
{
    private static readonly string[] Schemas = ["torture.xml", "big.xml", "growth-2.xml"];

    [TestCaseSource(nameof(Schemas))]
    public void A_message_cut_anywhere_is_refused(string name)
    {
        CompiledSchema codecs = CompiledSchema.Of(RandomMessageTests.OwnSchema(name));
        using GuardedMemory memory = new();
        Random random = new(11);
        foreach (SchemaMessage message in codecs.Schema.Messages)
        {
            byte[] bytes = codecs.Write(message.Id, random, []);
            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.That(
                    Reads(codecs, memory, bytes.AsSpan(0, length)),
                    Is.False,
                    $"{message.Name} cut at {length}");
            }

            Assert.That(Reads(codecs, memory, bytes), Is.True);
        }
    }

    [TestCaseSource(nameof(Schemas))]
    public void A_damaged_message_is_read_or_refused_within_its_bytes(string name)
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        CompiledSchema codecs = CompiledSchema.Of(RandomMessageTests.OwnSchema(name));
        using GuardedMemory memory = new();
        Random random = new(seed);
        int refused = 0;
        for (int round = 0; round < 4000; round++)
        {
            SchemaMessage message = codecs.Schema.Messages[random.Next(codecs.Schema.Messages.Count)];
            byte[] bytes = codecs.Write(message.Id, random, []);
            for (int hit = random.Next(1, 4); hit > 0; hit--)
            {
                byte value = random.Next(3) switch { 0 => 0, 1 => 0xff, _ => (byte)random.Next(256) };
                bytes[random.Next(bytes.Length)] = value;
            }

            Span<byte> part = bytes.AsSpan(
                0, random.Next(2) == 0 ? bytes.Length : random.Next(bytes.Length + 1));
            refused += Reads(codecs, memory, part) ? 0 : 1;
        }

        TestContext.Out.WriteLine($"{refused} of 4000 refused");
        Assert.That(refused, Is.InRange(1, 3999));
    }

    private static bool Reads(CompiledSchema codecs, GuardedMemory memory, ReadOnlySpan<byte> bytes)
    {
        try
        {
            codecs.Visit(memory.Place(bytes), new NullVisitor());
            return true;
        }
        catch (SbeException)
        {
            return false;
        }
    }

    /// <summary>Touches what it is given and keeps nothing.</summary>
    private sealed class NullVisitor : IFieldVisitor
    {
        private long _sum;

        public void BeginMessage(string name, int templateId, int version) => _sum++;

        public void EndMessage() => _sum++;

        public void BeginComposite(string name) => _sum++;

        public void EndComposite() => _sum++;

        public void BeginGroup(string name, int count) => _sum++;

        public void BeginEntry() => _sum++;

        public void EndEntry() => _sum++;

        public void EndGroup() => _sum++;

        public void BeginArray(string name, int length) => _sum++;

        public void EndArray() => _sum++;

        public void Null(string name) => _sum++;

        public void Integer(string name, long value) => _sum += value;

        public void Unsigned(string name, ulong value) => _sum += (long)value;

        public void Real(string name, float value) => _sum++;

        public void Real(string name, double value) => _sum++;

        public void Text(string name, ReadOnlySpan<byte> characters, System.Text.Encoding encoding) =>
            Bytes(name, characters);

        public void Bytes(string name, ReadOnlySpan<byte> bytes)
        {
            foreach (byte b in bytes)
            {
                _sum += b;
            }
        }

        public void Enum(string name, string? symbol, long value) => _sum += value;

        public void Set(string name, ReadOnlySpan<string> symbols, ulong bits) => _sum += symbols.Length;
    }
}
