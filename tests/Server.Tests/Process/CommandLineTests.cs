using System;
using System.IO;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Process;

[TestFixture]
internal sealed class CommandLineTests
{
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-command-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("--help")]
    [TestCase("--version")]
    [TestCase("replay --help")]
    [TestCase("serve --help")]
    [TestCase("journal dump --help")]
    public void Questions_are_answered_with_exit_code_0(string arguments)
    {
        (int exitCode, string output, string errors) = HftProcess.Run(arguments.Split(' '));
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Is.Not.Empty);
        Assert.That(errors, Is.Empty);
    }

    [TestCase("nonsense", "nonsense")]
    [TestCase("replay", "replay needs a tape")]
    [TestCase("replay --workload a --itch b", "replay takes one tape only")]
    [TestCase("replay --workload a --repeat 0", "--repeat must be at least 1")]
    [TestCase("replay --workload a --repeat x", "--repeat")]
    [TestCase("replay --workload a --rate 0", "--rate must be at least 1")]
    [TestCase("replay --workload a --through sideways", "sideways")]
    [TestCase("replay --workload a --journal maybe", "maybe")]
    [TestCase("replay --workload a --pin 0,x", "--pin takes CPU numbers")]
    [TestCase("replay --workload a --json /nowhere/at/all.json", "--json /nowhere/at/all.json cannot be written")]
    [TestCase("serve --journal perhaps", "perhaps")]
    [TestCase("serve --config /nowhere/at/all.yaml", "/nowhere/at/all.yaml")]
    [TestCase("journal verify --data /nowhere/at/all", "there is no such folder")]
    [TestCase("journal void --sequence 1", "--reason")]
    public void Unusable_arguments_are_one_line_and_exit_code_2(string arguments, string told)
    {
        (int exitCode, _, string errors) = HftProcess.Run(arguments.Split(' '));
        Assert.That(exitCode, Is.EqualTo(2), errors);
        Assert.That(errors, Does.Contain(told));
        Assert.That(errors.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [TestCase("--workload")]
    [TestCase("--lobster")]
    [TestCase("--pitch")]
    [TestCase("--itch")]
    [TestCase("--bitstamp")]
    [TestCase("--orders")]
    public void A_corrupt_tape_is_one_line_with_the_offset_and_exit_code_1(string option)
    {
        string tape = Path.Combine(_folder, "corrupt");
        File.WriteAllBytes(tape, [1, 2, 3, 0, 255, 10, 7, 7, 7]);
        (int exitCode, _, string errors) = HftProcess.Run("replay", option, tape);
        Assert.That(exitCode, Is.EqualTo(1), errors);
        Assert.That(errors, Does.Contain("byte 0"));
        Assert.That(errors.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_missing_tape_is_exit_code_1()
    {
        (int exitCode, _, string errors) = HftProcess.Run(
            "replay", "--lobster", Path.Combine(_folder, "none.csv"));
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("there is no such file"));
    }

    [Test]
    public void Every_fault_of_the_configuration_is_explained()
    {
        string file = Path.Combine(_folder, "config.yaml");
        File.WriteAllText(
            file,
            "journal: bogus\ncolour: red\nhttp:\n  address: 0.0.0.0\n  port: 99999\npipeline:\n  cpus: a,b\n");
        (int exitCode, _, string errors) = HftProcess.Run("config", "check", "--config", file);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("journal: 'bogus' is none of none, os, sync"));
        Assert.That(errors, Does.Contain("colour: there is no such key"));
        Assert.That(errors, Does.Contain("http.address: 0.0.0.0 is not a loopback address"));
        Assert.That(errors, Does.Contain("http.port: '99999' is not a whole number from 0 to 65535"));
        Assert.That(errors, Does.Contain("pipeline.cpus"));
    }

    [Test]
    public void Later_sources_of_configuration_win()
    {
        string file = Path.Combine(_folder, "config.json");
        File.WriteAllText(file, """{"http":{"port":1111},"journal":"os","demo":{"seed":3}}""");
        (string, string)[] variables = [("HFT_HTTP__PORT", "2222"), ("HFT_JOURNAL", "none")];
        (int exitCode, string output, string errors) =
            HftProcess.RunWith(variables, "config", "check", "--config", file, "--journal", "sync");
        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.Contain("http.port = 2222"));
        Assert.That(output, Does.Contain("journal = sync"));
        Assert.That(output, Does.Contain("demo.seed = 3"));
    }

    [TestCase("a: [", "line 2")]
    [TestCase("- a\n- b\n", "line 1")]
    public void A_broken_configuration_file_is_named_with_its_line(string text, string told)
    {
        string file = Path.Combine(_folder, "broken.yaml");
        File.WriteAllText(file, text);
        (int exitCode, _, string errors) = HftProcess.Run("config", "check", "--config", file);
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(errors, Does.Contain(file).And.Contain(told));
    }
}
