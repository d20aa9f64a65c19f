using System;
using System.Linq;
using System.Threading;
using HftEngine.Core.Pipeline;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>Gateways that are other processes: honest, killed, and hostile ones.</summary>
[TestFixture]
internal sealed class ProcessTests
{
    [Test]
    public void Commands_and_events_cross_processes_whole()
    {
        const ulong count = 300_000;
        using var venue = new Venue(Isolated(1, 2), eventRingBytes: 1 << 20, sharedEvents: true);
        using var reader = new ProducerProcess("read", venue.Events.Path!, (2 * count) + 1, 0);
        reader.ReadLine();
        venue.Line.Start();
        using var one = new ProducerProcess("send", venue.Line.GatewayPath(1)!, 1, 1, count);
        using var two = new ProducerProcess("send", venue.Line.GatewayPath(2)!, 2, 1, count);
        Assert.That(one.WaitForExit(), Is.Zero);
        Assert.That(two.WaitForExit(), Is.Zero);
        Venue.WaitFor(() => venue.Engine.LastNumber[1] == count && venue.Engine.LastNumber[2] == count, "all commands");
        Venue.WaitFor(() => venue.Line.Status.Gateways.Sum(gateway => gateway.Losses) == 2, "both detach");
        Assert.That(venue.Line.Stop(20_000), Is.True);
        string[] seen = reader.ReadLine()!.Split(' ');
        TestContext.Out.WriteLine($"events {seen[0]}, torn {seen[1]}, gaps {seen[2]}, laps {seen[3]}, last {seen[4]}");
        Assert.That(venue.Engine.Torn + venue.Engine.OutOfOrder, Is.Zero);
        Assert.That(seen[1], Is.EqualTo("0"), "torn events");
        Assert.That(seen[2], Is.EqualTo("0"), "gaps that were not noticed");
    }

    [Test]
    public void A_slow_reader_in_another_process_notices_every_lap()
    {
        const ulong count = 100_000;
        using var venue = new Venue(Isolated(1), eventRingBytes: 1 << 20, sharedEvents: true);
        using var reader = new ProducerProcess("read", venue.Events.Path!, count, 300);
        reader.ReadLine();
        venue.Line.Start();
        using CommandRingProducer ring = venue.Line.AttachGateway(1);
        Venue.Send(ring, 1, 1, count, batch: 32);
        string[] seen = reader.ReadLine()!.Split(' ');
        TestContext.Out.WriteLine($"events {seen[0]}, torn {seen[1]}, gaps {seen[2]}, laps {seen[3]}, last {seen[4]}");
        Assert.That(int.Parse(seen[3]), Is.GreaterThan(0), "it was slow enough to be lapped");
        Assert.That(seen[1], Is.EqualTo("0"), "torn events");
        Assert.That(seen[2], Is.EqualTo("0"), "gaps that were not noticed");
        Assert.That(venue.Line.Stop(20_000), Is.True);
    }

    [Test]
    public void A_producer_killed_at_any_instant_harms_nobody_and_its_ring_opens_again()
    {
        int seed = Environment.TickCount;
        int kills = TestCounts.Of("HFT_PIPELINE_KILLS");
        TestContext.Out.WriteLine($"seed {seed}, {kills} kills");
        using var venue = new Venue(Isolated(1, 2, 3), eventRingBytes: 1 << 20);
        using CommandRingProducer honest = venue.Line.AttachGateway(3);
        venue.Line.Start();
        bool stop = false;
        ulong sent = 0;
        var sender = new Thread(() =>
        {
            for (ulong i = 0; !Volatile.Read(ref stop); i++)
            {
                Venue.Send(honest, 3, ++sent, sent);
                Thread.Sleep(0);
            }
        });
        sender.Start();
        Thread[] killers = [.. new ushort[] { 1, 2 }.Select(id => new Thread(() => KillAgainAndAgain(venue, id, kills / 2, seed + id)))];
        foreach (Thread killer in killers)
        {
            killer.Start();
        }

        foreach (Thread killer in killers)
        {
            killer.Join();
        }

        stop = true;
        sender.Join();
        GatewayStatus[] statuses = [.. venue.Line.Status.Gateways];
        TestContext.Out.WriteLine($"commands {venue.Engine.LastNumber[1]} + {venue.Engine.LastNumber[2]} of killed, {sent} of honest");
        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(venue.Line.Halt, Is.Null, () => venue.Line.Halt!.Cause.ToString());
        Assert.That(venue.Engine.Torn, Is.Zero);
        Assert.That(venue.Engine.OutOfOrder, Is.Zero);
        Assert.That(venue.Engine.LastNumber[3], Is.EqualTo(sent));
        Assert.That(statuses.Where(status => status.GatewayId is 1 or 2).Select(status => status.Losses),
            Is.All.EqualTo(kills / 2));
        Assert.That(statuses.Where(status => status.GatewayId is 1 or 2).Select(status => status.LastFault),
            Is.All.EqualTo(RingFault.DeclaredLost), "a killed producer leaves whole frames or nothing");
        Assert.That(venue.Engine.LastNumber[1] + venue.Engine.LastNumber[2], Is.GreaterThan(0));
    }

    [Test]
    public void A_killed_gateway_is_noticed_by_its_silence()
    {
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(2),
            Gateways = [new GatewayOptions { GatewayId = 1, Shared = true, HeartbeatTimeoutMs = 200 }],
        });
        venue.Engine.KeepLog = true;
        venue.Line.Start();
        using var gateway = new ProducerProcess("send", venue.Line.GatewayPath(1)!, 1, 1, 0);
        Venue.WaitFor(() => venue.Engine.LastNumber[1] > 100, "its first commands");
        Assert.That(venue.Line.Status.Gateways[1].Losses, Is.Zero);
        gateway.Kill();
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses == 1, "the loss");
        Assert.That(venue.Line.Status.Gateways[1].LastFault, Is.EqualTo(RingFault.HeartbeatStopped));
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(venue.Engine.Log[^1].Template, Is.EqualTo(SequencedCommand.GatewayLost));
    }

    [Test]
    public void A_hostile_gateway_harms_only_its_own_ring([Values(1, 2, 3)] int seed)
    {
        using var venue = new Venue(Isolated(1, 2), eventRingBytes: 1 << 20);
        using CommandRingProducer honest = venue.Line.AttachGateway(2);
        venue.Line.Start();
        using var hostile = new ProducerProcess("break", venue.Line.GatewayPath(1)!, seed);
        hostile.ReadLine();
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses >= 1, "the first fault");
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        ulong sent = 0;
        while (System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds < 2)
        {
            Venue.Send(honest, 2, ++sent, sent);
        }

        Venue.WaitFor(() => venue.Engine.LastNumber[2] == sent, "the honest gateway's commands");
        GatewayStatus status = venue.Line.Status.Gateways[1];
        TestContext.Out.WriteLine($"seed {seed}: {status.Losses} faults, the last {status.LastFault}, {sent} honest commands");
        Assert.That(venue.Line.Halt, Is.Null, () => venue.Line.Halt!.Cause.ToString());
        Assert.That(venue.Engine.TornBy[2], Is.Zero);
        hostile.Kill();

        // And the ring serves the next producer.
        venue.Line.DeclareLost(1);
        Thread.Sleep(200);
        using var next = new ProducerProcess("send", venue.Line.GatewayPath(1)!, 1, 1_000_000_000_000, 1000);
        Assert.That(next.WaitForExit(), Is.Zero);
        Venue.WaitFor(() => venue.Engine.LastNumber[1] == 1_000_000_000_999, "the successor's commands");
        Assert.That(venue.Line.Stop(5000), Is.True);
    }

    private static void KillAgainAndAgain(Venue venue, ushort id, int kills, int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < kills; i++)
        {
            long losses = venue.Line.Status.Gateways[id].Losses;
            ulong from = ((ulong)i << 32) + 1;
            using var gateway = new ProducerProcess("send", venue.Line.GatewayPath(id)!, id, from, 0);
            Assert.That(gateway.ReadLine(), Is.EqualTo("attached"), $"seed {seed}, kill {i}");
            Thread.Sleep(random.Next(4));
            Thread.SpinWait(random.Next(20_000));
            gateway.Kill();
            venue.Line.DeclareLost(id);
            Venue.WaitFor(() => venue.Line.Status.Gateways[id].Losses == losses + 1, $"loss {i}, seed {seed}");

            // The ring opens again 50 ms after the loss.
            Thread.Sleep(60);
        }
    }

    private static PipelineOptions Isolated(params ushort[] ids) => new()
    {
        Layout = PipelineLayout.Unpinned(2),
        Gateways = [.. ids.Select(id => new GatewayOptions { GatewayId = id, Shared = true, CapacityBytes = 64 << 10 })],
    };
}
