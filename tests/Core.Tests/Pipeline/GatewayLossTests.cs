using System;
using System.Linq;
using System.Threading;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class GatewayLossTests
{
    [Test]
    public void A_gateway_that_detaches_is_closed_after_its_last_command()
    {
        using Venue venue = One(heartbeatTimeoutMs: 0);
        CommandRingProducer ring = venue.Line.AttachGateway(1);
        venue.Line.Start();
        Venue.Send(ring, 1, 1, 50, batch: 50);
        ring.Dispose();
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses == 1, "the loss");
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(venue.Line.Status.Gateways[1].LastFault, Is.EqualTo(RingFault.Detached));
        Assert.That(venue.Engine.LastNumber[1], Is.EqualTo(50));
        Assert.That(venue.Engine.Log[^1].Template, Is.EqualTo(SequencedCommand.GatewayLost));
        Assert.That(venue.Engine.Log[^1].Gateway, Is.Zero);
    }

    [Test]
    public void A_gateway_that_beats_lives_and_one_that_stops_is_lost()
    {
        using Venue venue = One(heartbeatTimeoutMs: 100);
        using CommandRingProducer ring = venue.Line.AttachGateway(1);
        venue.Line.Start();
        for (int i = 0; i < 20; i++)
        {
            Thread.Sleep(20);
            ring.Beat();
        }

        Assert.That(venue.Line.Status.Gateways[1].Losses, Is.Zero);
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses == 1, "the loss", timeoutMs: 2000);
        Venue.WaitFor(() => ring.Status == RingStatus.Lost, "the producer's notice");
        Assert.That(ring.TrySend(new byte[100]), Is.False);
        Thread.Sleep(200);
        Assert.That(venue.Line.Status.Gateways[1].Losses, Is.EqualTo(1), "a ring without producer is not lost again");

        using CommandRingProducer next = venue.Line.AttachGateway(1);
        Venue.Send(next, 1, 1, 10);
        Venue.WaitFor(() => venue.Engine.LastNumber[1] == 10, "the next producer's commands");
    }

    [Test]
    public void A_message_without_room_for_an_envelope_costs_the_ring()
    {
        using Venue venue = One(heartbeatTimeoutMs: 0);
        using CommandRingProducer ring = venue.Line.AttachGateway(1);
        venue.Line.Start();
        Venue.Send(ring, 1, 1, 5);
        Assert.That(ring.TrySend(new byte[SequencedCommand.MinMessageBytes - 1]), Is.True);
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses == 1, "the loss");
        Assert.That(venue.Line.Stop(5000), Is.True);
        Assert.That(venue.Line.Status.Gateways[1].LastFault, Is.EqualTo(RingFault.MessageTooShort));
        Assert.That(venue.Engine.LastNumber[1], Is.EqualTo(5));
        Assert.That(venue.Line.Halt, Is.Null);
    }

    [Test]
    public void A_producer_that_was_given_up_cannot_disturb_its_successor()
    {
        using Venue venue = One(heartbeatTimeoutMs: 0);
        using CommandRingProducer old = venue.Line.AttachGateway(1);
        venue.Line.Start();
        Venue.Send(old, 1, 1, 5);
        venue.Line.DeclareLost(1);
        Venue.WaitFor(() => venue.Line.Status.Gateways[1].Losses == 1, "the loss");
        Thread.Sleep(100);
        using CommandRingProducer next = venue.Line.AttachGateway(1);
        for (ulong number = 6; number <= 2000; number++)
        {
            old.Commit();
            Venue.Send(next, 1, number, number);
        }

        Venue.WaitFor(() => venue.Engine.LastNumber[1] == 2000, "the successor's commands");
        Assert.That(venue.Line.Status.Gateways[1].Losses, Is.EqualTo(1));
        Assert.That(venue.Engine.Torn + venue.Engine.OutOfOrder, Is.Zero);
    }

    [Test]
    public void A_doorbell_that_rings_all_the_time_does_not_keep_the_sequencer_awake()
    {
        using var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(1),
            Gateways = [new GatewayOptions { GatewayId = 1, Shared = true }],
        });
        using RingMemory hostile = RingMemory.Open(venue.Line.GatewayPath(1)!, RingKind.Commands, writable: true);
        venue.Line.Start();
        bool stop = false;
        var ringer = new Thread(() =>
        {
            unsafe
            {
                while (!Volatile.Read(ref stop))
                {
                    Volatile.Write(ref ((CommandRingControl*)hostile.Control)->SequencerDoorbell, 7);
                }
            }
        });
        ringer.Start();
        Thread.Sleep(200);
        double before = StageCpu.Ms();
        Thread.Sleep(1000);
        double busyPercent = (StageCpu.Ms() - before) / 10;
        stop = true;
        ringer.Join();
        TestContext.Out.WriteLine($"{busyPercent:F1} % of one CPU");
        Assert.That(busyPercent, Is.LessThan(25));
    }

    private static Venue One(int heartbeatTimeoutMs)
    {
        var venue = new Venue(new PipelineOptions
        {
            Layout = PipelineLayout.Unpinned(2),
            Gateways = [new GatewayOptions { GatewayId = 1, HeartbeatTimeoutMs = heartbeatTimeoutMs }],
        });
        venue.Engine.KeepLog = true;
        return venue;
    }
}
