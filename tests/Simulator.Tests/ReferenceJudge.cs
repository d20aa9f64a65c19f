using System.Collections.Generic;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Simulation.Tests;

/// <summary>Holds what survived a crash against the slow reference engine, events and state.</summary>
internal sealed class ReferenceJudge(SimulationPlan plan)
{
    public void Judge(Survival survival)
    {
        var reference = new ReferenceEngine(plan.Limits);
        foreach (PlainCommand command in survival.Commands)
        {
            IReadOnlyList<byte[]> actual = survival.History.FramesOf(command.Sequence);
            IReadOnlyList<ReferenceEvent> expected = reference.Apply(command.Message, CanceledIds(actual));
            RequireSame($"the events of sequence {command.Sequence}", expected, actual);
        }

        reference.RequireSoundState();
        RequireSame("the state", reference.Image(survival.EventDigest), survival.Image);
    }

    private static List<ulong> CanceledIds(IReadOnlyList<byte[]> frames)
    {
        List<ulong> ids = [];
        foreach (byte[] frame in frames)
        {
            if (Survival.TemplateOf(frame) == OrderCanceledBlock.TemplateId)
            {
                OrderCanceledBlock canceled = Survival.BlockOf<OrderCanceledBlock>(frame);
                if (canceled.Reason is CancelReason.MassCancel or CancelReason.Disconnect)
                {
                    ids.Add(canceled.OrderId);
                }
            }
        }

        return ids;
    }

    private static void RequireSame(
        string what, IReadOnlyList<ReferenceEvent> expected, IReadOnlyList<byte[]> actual)
    {
        bool same = expected.Count == actual.Count;
        for (int i = 0; same && i < actual.Count; i++)
        {
            same = FrameComparer.Instance.Equals(EventFrames.Frame(expected[i].Message), actual[i]);
        }

        if (!same)
        {
            throw new SimulationFailure($"By the reference engine {what} should be other than they are.");
        }
    }
}
