using System.Linq;
using HftEngine.Core.Pipeline;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Pipeline;

[TestFixture]
internal sealed class PipelineTests
{
    private static readonly PipelineLayout[] Layouts =
        [PipelineLayout.Unpinned(1), PipelineLayout.Unpinned(2), PipelineLayout.Unpinned(3), PipelineLayout.Unpinned(4)];

    [Test]
    public void Commands_of_two_gateways_come_through_whole_and_in_their_order(
        [ValueSource(nameof(Layouts))] PipelineLayout layout,
        [Values] WaitKind wait,
        [Values] CoreOrder order)
    {
        const ulong count = 20_000;
        using var log = new InMemoryCommandLog(32 << 20);
        using var venue = new Venue(new PipelineOptions
        {
            Layout = layout,
            Wait = wait,
            Order = order,
            CommandLog = log,
            SequencedRingBytes = 64 << 10,
            Gateways =
            [
                new GatewayOptions { GatewayId = 1, CapacityBytes = 16 << 10 },
                new GatewayOptions { GatewayId = 2, CapacityBytes = 16 << 10 },
            ],
        });
        using CommandRingProducer one = venue.Line.AttachGateway(1);
        using CommandRingProducer two = venue.Line.AttachGateway(2);
        venue.Line.Start();
        var other = new System.Threading.Thread(() => Venue.Send(two, 2, 1, count, batch: 7));
        other.Start();
        Venue.Send(one, 1, 1, count);
        other.Join();

        Assert.That(venue.Line.Stop(20_000), Is.True);
        Assert.That(venue.Line.Halt, Is.Null, () => venue.Line.Halt!.Cause.ToString());
        Assert.That(venue.Engine.Torn, Is.Zero);
        Assert.That(venue.Engine.OutOfOrder, Is.Zero);
        Assert.That(venue.Engine.LastNumber[1], Is.EqualTo(count));
        Assert.That(venue.Engine.LastNumber[2], Is.EqualTo(count));
        Assert.That(venue.Engine.LastSequence, Is.EqualTo((2 * count) + 1), "Genesis and all commands");
        Assert.That(venue.Events.Logged, Is.EqualTo(venue.Engine.AppliedPosition));
        Assert.That(venue.Line.AllocatedBytes, Is.Zero, "stage threads allocate nothing");
    }
}
