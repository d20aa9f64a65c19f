using System;
using System.IO;
using System.Linq;
using System.Text;
using HftEngine.Schemas.Generator;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>Whatever is done to a schema, the generator answers with code or with errors.</summary>
[TestFixture]
public sealed class SchemaFuzzTests
{
    private static readonly string[] Fragments =
    [
        "0", "-1", "255", "256", "65536", "99999999999999999999", "int8", "uint64", "double", "char",
        "constant", "optional", "", " ", "name", "type", "x", "groupSizeEncoding", "outer", "letters.Beta",
        "varData", "length", "blockLength", "\"", "<", "/>", "&amp;", "&#0;", "\u00e9", "bigEndian",
        "presence=\"constant\"", "offset=\"1\"",
    ];

    [TestCase("torture.xml")]
    [TestCase("big.xml")]
    [TestCase("growth-2.xml")]
    public void A_damaged_schema_never_crashes_the_generator(string name)
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        string path = RandomMessageTests.OwnSchema(name);
        string original = File.ReadAllText(path);
        int sound = 0;
        for (int round = 0; round < 1500; round++)
        {
            string text = original;
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                text = Mutate(text, random);
            }

            SchemaErrors errors = new();
            MessageSchema? schema = null;
            try
            {
                using MemoryStream stream = new(Encoding.UTF8.GetBytes(text));
                schema = new SchemaReader(errors).Read(stream, path);
                _ = schema is null ? null : new SchemaEmitter(schema, "Fuzz").Emit();
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, round {round}: {e}\n{text}");
            }

            Assert.That(schema is null, Is.EqualTo(errors.Any), $"seed {seed}, round {round}");
            sound += schema is null ? 0 : 1;
        }

        TestContext.Out.WriteLine($"{sound} of 1500 were still sound");
    }

    private static string Mutate(string text, Random random)
    {
        int[] quotes = [.. text.Select((c, i) => (c, i)).Where(t => t.c == '"').Select(t => t.i)];
        int at = random.Next(text.Length);
        string fragment = Fragments[random.Next(Fragments.Length)];
        switch (random.Next(6))
        {
            case 0:
                return text.Insert(at, fragment);
            case 1:
                return text.Remove(at, Math.Min(random.Next(1, 40), text.Length - at));
            case 2:
                string[] lines = text.Split('\n');
                int line = random.Next(lines.Length);
                return string.Join(
                    '\n', lines.Take(line).Append(lines[random.Next(lines.Length)]).Concat(lines.Skip(line)));
            case 3:
                string[] kept = text.Split('\n');
                int gone = random.Next(kept.Length);
                return string.Join('\n', kept.Where((_, i) => i != gone));
            default:
                // The value of an attribute is where a schema says something.
                int open = random.Next(Math.Max(1, quotes.Length / 2)) * 2;
                return open + 1 >= quotes.Length
                    ? text
                    : text[..(quotes[open] + 1)] + fragment + text[quotes[open + 1]..];
        }
    }
}
