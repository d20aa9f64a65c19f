using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Journal;
using HftEngine.Schemas;
using HftEngine.Server.Hosting;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Process;

/// <summary>
/// kill -9 of the real server under load, again and again. The clients are processes of their own that wait for every
/// acknowledgement; after each kill the journal is replayed independently.
/// </summary>
[NonParallelizable]
internal sealed partial class KillTests
{
    private const int TimeoutMs = 120_000;

    private readonly List<System.Diagnostics.Process> _clients = [];
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-kill-tests-").FullName;

    [TearDown]
    public void DeleteFolder()
    {
        foreach (System.Diagnostics.Process client in _clients)
        {
            if (!client.HasExited)
            {
                client.Kill();
                client.WaitForExit();
            }

            client.Dispose();
        }

        _clients.Clear();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("sync")]
    [TestCase("os")]
    public void No_acknowledged_order_is_lost_or_doubled_by_kills(string journal)
    {
        int kills = TestCounts.Of("HFT_KILLS");
        ulong seed = TestCounts.Seed((ulong)System.Environment.TickCount64);
        var random = new Random((int)seed);
        string data = Path.Combine(_folder, "data");
        string[] acks = [Path.Combine(_folder, "acks-1"), Path.Combine(_folder, "acks-2")];
        System.Diagnostics.Process one = Client(data, "one", 11, 1, acks[0]);
        System.Diagnostics.Process two = Client(data, "two", 12, 2, acks[1]);
        int checkedAcks = 0;
        (ulong Hash, ulong Last) expected = default;
        for (int i = 0; i < kills; i++)
        {
            using HftProcess venue = Serve(data, journal);
            WaitUntilReady(venue);
            if (i > 0)
            {
                Assert.That(StateOf(venue), Is.EqualTo(expected.Hash), $"state after kill {i}, HFT_SEED={seed}");
            }

            int before = LinesOf(acks[0]) + LinesOf(acks[1]);
            venue.WaitFor(() => LinesOf(acks[0]) + LinesOf(acks[1]) > before, "new acknowledgements");
            Thread.Sleep(random.Next(250));
            venue.Kill();
            expected = Check(data, acks, $"kill {i + 1}, HFT_SEED={seed}", ref checkedAcks);
        }

        using (HftProcess venue = Serve(data, journal))
        {
            WaitUntilReady(venue);
            Assert.That(StateOf(venue), Is.EqualTo(expected.Hash), "state after the last kill");
            string[] said = [Finish(one), Finish(two)];
            venue.Terminate();
            Assert.That(venue.WaitForExit(), Is.Zero, venue.Errors);
            _ = Check(data, acks, "the end", ref checkedAcks);
            TestContext.Out.WriteLine(
                $"{kills} kills in {journal}: {checkedAcks} acknowledged, 0 lost, 0 doubled; {said[0]}; {said[1]}");
        }
    }

    /// <summary>
    /// Replays the journal command by command into a fresh engine, from the first one, and looks every acknowledgement up.
    /// </summary>
    private static unsafe (ulong Hash, ulong Last) Check(string data, string[] acks, string what, ref int checkedAcks)
    {
        var storage = new DiskStorage(data);
        EngineLimits limits = JournalGenesis.Read(storage, new JournalOptions())!;
        using var memory = new NativeRegion(
            (long)BitOperations.RoundUpToPowerOf2((ulong)limits.MaxEventBytesPerCommand * 4));
        using var engine = new Engine(limits, new EventStream(memory));
        using var reader = new JournalReader(storage, new JournalOptions());
        var requests = new Dictionary<(uint Session, ulong Number), (uint Epoch, ulong Sequence)>();
        while (reader.Next(out RecordRun run))
        {
            for (byte* at = run.First; at < run.End;)
            {
                int bytes = *(int*)at;
                var message = new ReadOnlySpan<byte>(at + CommandRecord.Size, bytes);
                CommandEnvelope envelope = MemoryMarshal.Read<CommandEnvelope>(message[MessageHeader.Size..]);
                if (envelope.SessionSequence != 0 && envelope.SessionId is 11 or 12)
                {
                    bool isNew = requests.TryAdd(
                        (envelope.SessionId, envelope.SessionSequence), (envelope.Epoch, envelope.Sequence));
                    Assert.That(isNew, Is.True, $"{what}: request {envelope.SessionSequence} is in the journal twice");
                }

                engine.Apply(message);
                at += CommandRecord.RecordBytes(bytes);
            }
        }

        checkedAcks = 0;
        for (uint i = 0; i < acks.Length; i++)
        {
            foreach (string line in WholeLines(acks[i]))
            {
                string[] parts = line.Split(' ');
                ulong number = ulong.Parse(parts[0], CultureInfo.InvariantCulture);
                bool isThere = requests.TryGetValue((11 + i, number), out (uint Epoch, ulong Sequence) place);
                Assert.That(isThere, Is.True, $"{what}: acknowledged request {line} is lost");
                Assert.That($"{place.Epoch} {place.Sequence}", Is.EqualTo($"{parts[1]} {parts[2]}"), what);
                checkedAcks++;
            }
        }

        return (engine.ComputeStateHash(), engine.LastSequence);
    }

    private static IEnumerable<string> WholeLines(string path)
    {
        string text = ReadShared(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static int LinesOf(string path) => File.Exists(path) ? ReadShared(path).AsSpan().Count('\n') : 0;

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static HftProcess Serve(string data, string journal) => HftProcess.StartWith(
        [
            ("HFT_gateways__one__id", "2"),
            ("HFT_gateways__two__id", "3"),
            ("HFT_demo__ordersPerSecond", "2000"),
            ("HFT_capacity__maxOrders", "65536"),
        ],
        "serve", "--demo", "--data", data, "--journal", journal, "--http-port", "0");

    private static void WaitUntilReady(HftProcess venue) =>
        venue.WaitFor(() => venue.Output.Contains("ready after", StringComparison.Ordinal), "readiness");

    private static ulong StateOf(HftProcess venue) => ulong.Parse(
        StateLine().Match(venue.Output).Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private System.Diagnostics.Process Client(
        string data, string name, uint session, uint account, string acks)
    {
        // Built beside the tests, with the same configuration and framework.
        string own = AppContext.BaseDirectory.TrimEnd('/');
        string[] tail = own.Split('/')[^3..];
        string assembly = Path.Combine(
            own, "../../../..", "Server.Tests.Gateway", tail[0], tail[1], tail[2], "Server.Tests.Gateway.dll");
        string[] arguments =
        [
            Path.GetFullPath(assembly), data, name,
            session.ToString(CultureInfo.InvariantCulture), account.ToString(CultureInfo.InvariantCulture), acks,
        ];
        System.Diagnostics.Process client = System.Diagnostics.Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _clients.Add(client);
        return client;
    }

    private static string Finish(System.Diagnostics.Process client)
    {
        client.StandardInput.WriteLine("stop");
        client.StandardInput.Flush();
        bool ended = client.WaitForExit(TimeoutMs);
        if (!ended)
        {
            client.Kill();
        }

        string said = client.StandardOutput.ReadToEnd().Trim();
        Assert.That(ended, Is.True, $"a client does not get its last answers: {said}");
        Assert.That(client.ExitCode, Is.Zero, said);
        return said;
    }

    [GeneratedRegex("state +([0-9a-f]{16})")]
    private static partial Regex StateLine();
}
