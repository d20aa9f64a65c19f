using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>One seeded session on both engines; a failure comes with its smallest form.</summary>
internal static class RandomSession
{
    /// <summary>Definitions of further features come on top, so that as many orders as before follow them.</summary>
    private const int SetupCommands = 14;

    /// <summary>Runs the session of a seed.</summary>
    /// <returns>Its commands, and what went wrong or null.</returns>
    public static (IReadOnlyList<SessionStep> Steps, string? Failure) Run(ulong seed, SessionCoverage? coverage = null)
    {
        List<SessionStep> steps = [];
        string? failure = Play(seed, steps.Add, (_, events) => coverage?.Add(events));
        if (failure is null)
        {
            coverage?.AddSession();
        }

        return (steps, failure);
    }

    /// <summary>Runs the session of a seed and shows the engines and the events after each command.</summary>
    public static string? Watch(ulong seed, Action<EnginePair, IReadOnlyList<ReferenceEvent>> after) =>
        Play(seed, _ => { }, after);

    private static string? Play(
        ulong seed,
        Action<SessionStep> before,
        Action<EnginePair, IReadOnlyList<ReferenceEvent>> after)
    {
        SeededRandom random = new(seed);
        SessionShape shape = SessionShape.Of(random);
        using EnginePair pair = new(shape.Limits);
        CommandGenerator generator = new(random, shape, pair.Reference);
        IEnumerable<SessionStep> session = Enumerable.Range(0, shape.Commands + SetupCommands).Select(_ => generator.Next());
        try
        {
            // The epilogue empties the books, so the states are compared before it as well.
            foreach (IEnumerable<SessionStep> part in (IEnumerable<SessionStep>[])[session, generator.Epilogue()])
            {
                foreach (SessionStep step in part)
                {
                    before(step);
                    after(pair, Apply(pair, step));
                }

                pair.CompareStates();
            }

            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return failure.ToString();
        }
    }

    /// <summary>Runs given commands on fresh engines; what went wrong, or null.</summary>
    public static string? Replay(EngineLimits limits, IReadOnlyList<SessionStep> steps)
    {
        using EnginePair pair = new(limits);
        try
        {
            foreach (SessionStep step in steps)
            {
                Apply(pair, step);
            }

            pair.CompareStates();
            return null;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return failure.ToString();
        }
    }

    /// <summary>The failing session as small as it gets, as text to read and as a journal to keep.</summary>
    public static string Report(ulong seed, IReadOnlyList<SessionStep> steps)
    {
        EngineLimits limits = SessionShape.Of(new SeededRandom(seed)).Limits;
        IReadOnlyList<SessionStep> smallest = new Shrinker(s => Replay(limits, s) is not null).Shrink(steps);
        StringBuilder text = new();
        text.Append("seed ").Append(seed).Append(": ").Append(steps.Count).Append(" commands, smallest form ")
            .Append(smallest.Count).AppendLine();
        text.Append("again: HFT_SEED=").Append(seed)
            .AppendLine(" dotnet test tests/Core.Tests --filter A_seed_from_the_environment_holds");
        text.AppendLine("journal for tests/Journals:");
        text.Append(JournalText.Write(limits, smallest));
        text.AppendLine(Replay(limits, smallest));
        return text.ToString();
    }

    private static IReadOnlyList<ReferenceEvent> Apply(EnginePair pair, SessionStep step)
    {
        byte[] message = (byte[])step.Message.Clone();
        return step.Voided ? pair.ApplyVoided(message) : pair.Apply(message);
    }
}
