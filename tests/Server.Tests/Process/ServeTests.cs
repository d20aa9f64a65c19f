using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace HftEngine.Server.Tests.Process;

[TestFixture]
internal sealed partial class ServeTests : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private string _folder = string.Empty;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hft-serve-tests-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    public void Dispose() => _http.Dispose();

    [Test]
    public void The_demonstration_trades_stops_in_order_and_goes_on_where_it_was()
    {
        ulong stoppedAt;
        using (HftProcess venue = Serve("--demo"))
        {
            string url = WaitUntilReady(venue);
            Assert.That(
                _http.GetStringAsync(new Uri(url + "/health/live")).Result,
                Does.Contain("\"status\":\"live\""));
            Assert.That(_http.GetStringAsync(new Uri(url)).Result, Does.Contain("simulated"));
            venue.WaitFor(
                () => Status(url).GetProperty("simulatedTrades").GetInt64() > 0, "a simulated trade");
            Assert.That(Status(url).GetProperty("simulated").GetBoolean(), Is.True);
            Assert.That(Status(url).GetProperty("simulatedRejects").GetInt64(), Is.Zero);
            Assert.That(venue.Output, Does.Contain("SIMULATED MARKET"));
            stoppedAt = Stop(venue);
        }

        (int verified, string said, _) = HftProcess.Run("journal", "verify", "--data", _folder);
        Assert.That(verified, Is.Zero, said);
        Assert.That(said, Does.Contain("orderly stop"));

        using HftProcess again = Serve("--demo");
        WaitUntilReady(again);
        Assert.That(again.Output, Does.Match($"recovered  snapshot-00000001-{stoppedAt:x16}\\.snap and 0 commands"));
        Assert.That(again.Output, Does.Contain("epoch 2"));
        Stop(again);
    }

    [Test]
    public void A_killed_venue_recovers()
    {
        using (HftProcess venue = Serve("--demo"))
        {
            string url = WaitUntilReady(venue);
            venue.WaitFor(
                () => Status(url).GetProperty("releasedSequence").GetUInt64() > 200, "200 commands");
            venue.Kill();
        }

        using HftProcess again = Serve("--demo");
        WaitUntilReady(again);
        Assert.That(again.Output, Does.Match("recovered  [0-9]+ commands"));
        Stop(again);
    }

    [Test]
    public void A_venue_without_demonstration_is_empty_and_not_simulated()
    {
        using HftProcess venue = Serve();
        string url = WaitUntilReady(venue);
        Assert.That(Status(url).GetProperty("simulated").GetBoolean(), Is.False);
        Stop(venue);
    }

    [Test]
    public void A_simulated_market_does_not_start_in_the_folder_of_a_real_venue()
    {
        using (HftProcess venue = Serve())
        {
            WaitUntilReady(venue);
            Stop(venue);
        }

        using HftProcess demo = Serve("--demo");
        Assert.That(demo.WaitForExit(), Is.EqualTo(2));
        Assert.That(demo.Errors, Does.Contain("something else than a simulated venue"));
    }

    [Test]
    public void Two_venues_do_not_share_a_folder()
    {
        using HftProcess first = Serve();
        WaitUntilReady(first);
        using HftProcess second = Serve();
        Assert.That(second.WaitForExit(), Is.EqualTo(1));
        Assert.That(second.Errors.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Stop(first);
    }

    [Test]
    public void A_port_that_is_taken_is_told_before_anything_else_happens()
    {
        using HttpListener other = new();
        int port = 20_000 + Random.Shared.Next(20_000);
        other.Prefixes.Add($"http://127.0.0.1:{port}/");
        other.Start();
        (int exitCode, _, string errors) = HftProcess.Run(
            "serve", "--data", _folder, "--http-port", port.ToString(
                System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(exitCode, Is.EqualTo(2), errors);
        Assert.That(errors, Does.Contain("http.port"));
    }

    private HftProcess Serve(params string[] more) =>
        HftProcess.Start(["serve", "--data", _folder, "--journal", "os", "--http-port", "0", .. more]);

    /// <summary>The address that the venue says it serves at, once it says that it is ready.</summary>
    private static string WaitUntilReady(HftProcess venue)
    {
        venue.WaitFor(() => venue.Output.Contains("ready after", StringComparison.Ordinal), "readiness");
        return HttpLine().Match(venue.Output).Groups[1].Value;
    }

    private static ulong Stop(HftProcess venue)
    {
        venue.Terminate();
        Assert.That(venue.WaitForExit(), Is.Zero, venue.Errors);
        return ulong.Parse(
            StopLine().Match(venue.Output).Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
    }

    private JsonElement Status(string url)
    {
        using JsonDocument page = JsonDocument.Parse(
            _http.GetStringAsync(new Uri(url + "/health/ready")).Result);
        return page.RootElement.Clone();
    }

    [GeneratedRegex(@"http +(http://\S+)")]
    private static partial Regex HttpLine();

    [GeneratedRegex("stopped in order at sequence ([0-9]+)")]
    private static partial Regex StopLine();
}
