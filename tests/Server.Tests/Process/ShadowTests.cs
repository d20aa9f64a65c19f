using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Process;

/// <summary>The shadow beside a running venue, as processes.</summary>
[TestFixture]
internal sealed partial class ShadowTests : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-shadow-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    public void Dispose() => _http.Dispose();

    [Test]
    public void The_shadow_follows_writes_snapshots_comes_back_when_killed_and_dies_with_the_venue()
    {
        int child;
        ulong snapshot;
        using (HftProcess venue = Serve("shadow:\n  everySeconds: 2\n"))
        {
            string url = WaitUntilReady(venue);
            venue.WaitFor(() => Shadow(url, "snapshotSequence") > 0, "a snapshot");
            venue.WaitFor(() => Shadow(url, "lagCommands") < 2000, "a shadow that keeps up");
            System.Diagnostics.Process.GetProcessById(ChildOf(venue.Id)).Kill();
            venue.WaitFor(() => Shadow(url, "restarts") == 1 && Shadow(url, "snapshots") > 0, "another shadow");
            snapshot = Shadow(url, "snapshotSequence");
            child = ChildOf(venue.Id);
            venue.Kill();
        }

        for (int i = 0; i < 100 && Directory.Exists($"/proc/{child}"); i++)
        {
            System.Threading.Thread.Sleep(50);
        }

        Assert.That(Directory.Exists($"/proc/{child}"), Is.False, "the shadow outlives its venue");
        using HftProcess again = Serve("shadow:\n  enabled: false\n");
        WaitUntilReady(again);
        Match recovered = Regex.Match(again.Output, "recovered  snapshot-[0-9a-f]{8}-([0-9a-f]{16})");
        Assert.That(recovered.Success, again.Output);
        ulong from = Convert.ToUInt64(recovered.Groups[1].Value, 16);
        Assert.That(from, Is.GreaterThanOrEqualTo(snapshot));
        Assert.That(again.Output, Does.Contain("shadow     off"));
    }

    [Test]
    public void A_venue_that_does_not_fit_into_memory_with_its_shadow_does_not_start()
    {
        using HftProcess venue = Serve("capacity:\n  maxOrders: 1073741824\n");
        Assert.That(venue.WaitForExit(), Is.EqualTo(2), venue.Errors);
        Assert.That(venue.Errors, Does.Contain("does not fit").And.Contain("available"));
    }

    [Test]
    public void Snapshots_are_made_checked_and_listed_by_hand()
    {
        string data = Path.Combine(_folder, "data");
        using (HftProcess venue = Serve("shadow:\n  enabled: false\n"))
        {
            WaitUntilReady(venue);
            venue.WaitFor(() => Released(venue) > 300, "300 commands");
            (int created, string said, string wrong) = HftProcess.Run("snapshot", "create", "--data", data);
            Assert.That(created, Is.Zero, wrong);
            Assert.That(said, Does.Match("snapshot-00000001-[0-9a-f]{16}\\.snap: [0-9]+ KiB, state hash [0-9a-f]{16}"));
            venue.Kill();
        }

        (int verified, string whole, _) = HftProcess.Run("snapshot", "verify", "--data", data);
        Assert.That(verified, Is.Zero, whole);
        Assert.That(whole, Does.Contain(".snap: whole"));
        (_, string list, _) = HftProcess.Run("snapshot", "list", "--data", data);
        Assert.That(list.TrimEnd().Split('\n'), Has.Length.EqualTo(2));
        string file = Directory.GetFiles(data, "*.snap").Single();
        using (FileStream stream = File.OpenWrite(file))
        {
            stream.Seek(5000, SeekOrigin.Begin);
            stream.WriteByte(0x5A);
        }

        (int damaged, _, string named) = HftProcess.Run("snapshot", "verify", "--data", data);
        Assert.That(damaged, Is.EqualTo(1));
        Assert.That(named, Does.Contain(Path.GetFileName(file)).And.Contain("damaged at offset"));
        using HftProcess again = Serve("shadow:\n  enabled: false\n");
        WaitUntilReady(again);
        Assert.That(again.Errors, Does.Contain($"{Path.GetFileName(file)} is passed over"));
        Assert.That(again.Output, Does.Match("recovered  [0-9]+ commands"));
    }

    private ulong Released(HftProcess venue)
    {
        Uri page = new(Url().Match(venue.Output).Value + "/health/ready");
        using HttpResponseMessage answer = _http.GetAsync(page).Result;
        return JsonDocument.Parse(answer.Content.ReadAsStringAsync().Result).RootElement
            .GetProperty("releasedSequence").GetUInt64();
    }

    private static int ChildOf(int parent)
    {
        foreach (string folder in Directory.GetDirectories("/proc").Where(d => char.IsDigit(Path.GetFileName(d)[0])))
        {
            string stat = Path.Combine(folder, "stat");
            try
            {
                string text = File.ReadAllText(stat);
                string[] rest = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                if (rest[1] == $"{parent}")
                {
                    return int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture);
                }
            }
            catch (IOException)
            {
                // A process that ended meanwhile.
            }
        }

        throw new AssertionException("the venue has no child");
    }

    private HftProcess Serve(string configuration)
    {
        string file = Path.Combine(_folder, "configuration.yaml");
        File.WriteAllText(file, configuration);
        return HftProcess.Start(
            "serve", "--demo", "--data", Path.Combine(_folder, "data"), "--http-port", "0", "--config", file);
    }

    private static string WaitUntilReady(HftProcess venue)
    {
        venue.WaitFor(() => venue.Output.Contains("ready after", StringComparison.Ordinal), "ready");
        return Url().Match(venue.Output).Value;
    }

    private ulong Shadow(string url, string field)
    {
        using HttpResponseMessage answer = _http.GetAsync(new Uri(url + "/health/ready")).Result;
        JsonElement page = JsonDocument.Parse(answer.Content.ReadAsStringAsync().Result).RootElement;
        return page.GetProperty("shadow").GetProperty(field).GetUInt64();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Url();
}
