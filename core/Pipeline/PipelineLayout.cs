using System;
using System.Collections.Generic;
using System.Globalization;

namespace HftEngine.Core.Pipeline;

/// <summary>The stages that share a thread, in pipeline order, and the CPU that it is pinned to.</summary>
/// <param name="Cpu">−1: not pinned.</param>
/// <param name="Stages">In the order in which one round runs them.</param>
public sealed record StageGroup(int Cpu, IReadOnlyList<StageKind> Stages);

/// <summary>Which thread runs which stages. Results do not depend on it.</summary>
public sealed record PipelineLayout
{
    public PipelineLayout(IReadOnlyList<StageGroup> threads)
    {
        var seen = new List<StageKind>();
        foreach (StageGroup group in threads)
        {
            seen.AddRange(group.Stages);
        }

        seen.Sort();
        if (seen.Count != 4 || seen[0] != StageKind.Sequencer || seen[1] != StageKind.Journal
            || seen[2] != StageKind.Core || seen[3] != StageKind.Publish)
        {
            throw new ArgumentException("A layout runs each of the four stages on exactly one thread.", nameof(threads));
        }

        Threads = threads;
    }

    public IReadOnlyList<StageGroup> Threads { get; }

    /// <summary>As many threads as this machine can run at once without starving its gateways.</summary>
    public static PipelineLayout Automatic() => Unpinned(Environment.ProcessorCount switch
    {
        1 => 1,
        < 4 => 2,
        < 6 => 3,
        _ => 4,
    });

    /// <summary>Folded onto 1 to 4 threads that the scheduler places.</summary>
    public static PipelineLayout Unpinned(int threads)
    {
        int[] cpus = new int[threads];
        Array.Fill(cpus, -1);
        return Fold(cpus);
    }

    /// <summary>
    /// One thread per CPU named, in pipeline order: "0" folds everything onto CPU 0, "0,1,2,3" folds nothing.
    /// </summary>
    /// <exception cref="FormatException">Not 1 to 4 CPU numbers.</exception>
    public static PipelineLayout Parse(string text)
    {
        string[] parts = text.Split(',');
        int[] cpus = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            bool valid = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out cpus[i]);
            if (!valid || cpus[i] >= 1024 || parts.Length > 4)
            {
                throw new FormatException($"'{text}' is no list of 1 to 4 CPU numbers such as 0,1.");
            }
        }

        return Fold(cpus);
    }

    private static PipelineLayout Fold(int[] cpus) => new(cpus.Length switch
    {
        1 => [new StageGroup(cpus[0], [StageKind.Sequencer, StageKind.Journal, StageKind.Core, StageKind.Publish])],

        // The core is the longest stage by far: it gets a thread of its own first.
        2 =>
        [
            new StageGroup(cpus[0], [StageKind.Sequencer, StageKind.Journal, StageKind.Publish]),
            new StageGroup(cpus[1], [StageKind.Core]),
        ],

        // Publishing waits for the commit anyway, so it shares the journal's thread.
        3 =>
        [
            new StageGroup(cpus[0], [StageKind.Sequencer]),
            new StageGroup(cpus[1], [StageKind.Journal, StageKind.Publish]),
            new StageGroup(cpus[2], [StageKind.Core]),
        ],
        4 =>
        [
            new StageGroup(cpus[0], [StageKind.Sequencer]),
            new StageGroup(cpus[1], [StageKind.Journal]),
            new StageGroup(cpus[2], [StageKind.Core]),
            new StageGroup(cpus[3], [StageKind.Publish]),
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(cpus), cpus.Length, "The pipeline has 1 to 4 threads."),
    });
}
