using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>The generator as the build runs it.</summary>
[TestFixture]
public sealed class CommandLineTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("sbe").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void A_sound_schema_gives_files_and_what_is_stale_goes()
    {
        string stale = Path.Combine(_directory, "Gone.g.cs");
        File.WriteAllText(stale, "");
        (int code, string errors) = Run(
            RandomMessageTests.OwnSchema("big.xml"), "--namespace", "A.B", "--out", _directory);
        Assert.That(errors, Is.Empty);
        Assert.That(code, Is.Zero);
        Assert.That(File.Exists(stale), Is.False);
        Assert.That(
            File.ReadAllText(Path.Combine(_directory, "EverythingDecoder.g.cs")),
            Does.Contain("namespace A.B;"));
        Assert.That(
            Directory.GetFiles(_directory).Select(Path.GetFileName), Has.None.EqualTo("EverythingBlock.g.cs"),
            "a struct cannot swap the bytes of its fields");
    }

    [Test]
    public void A_broken_schema_gives_its_errors_with_their_place()
    {
        string schema = Path.Combine(_directory, "broken.xml");
        File.WriteAllText(
            schema, "<messageSchema id='1' version='0'>\n<message name='m'/>\n</messageSchema>");
        (int code, string errors) = Run(schema, "--namespace", "A", "--out", _directory);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("broken.xml(1,2): error SBE015: "));
        Assert.That(errors, Does.Contain("broken.xml(2,2): error SBE002: "));
        Assert.That(Directory.GetFiles(_directory, "*.cs"), Is.Empty);
    }

    [TestCase("")]
    [TestCase("big.xml")]
    [TestCase("big.xml --namespace A")]
    [TestCase("big.xml --out somewhere")]
    [TestCase("big.xml --namespace 1A --out somewhere")]
    [TestCase("missing.xml --namespace A --out somewhere")]
    [TestCase("big.xml --namespace A --out somewhere --faster")]
    public void Bad_arguments_are_explained(string line)
    {
        string[] arguments = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        (int code, string errors) = Run([.. arguments.Select(Located)]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("usage: "));
    }

    private static string Located(string argument) =>
        argument.EndsWith(".xml", StringComparison.Ordinal)
            ? RandomMessageTests.OwnSchema(argument)
            : argument;

    private static (int Code, string Errors) Run(params string[] arguments)
    {
        string generator = Path.Combine(
            TestContext.CurrentContext.TestDirectory, "HftEngine.Schemas.Generator.dll");
        ProcessStartInfo start = new("dotnet", [generator, .. arguments]) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
