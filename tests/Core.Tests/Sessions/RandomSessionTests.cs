using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using HftEngine.Core.Tests.Harness;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Mixed random sessions on both engines, byte for byte.</summary>
internal sealed class RandomSessionTests
{
    private const int DefaultSessions = 10_000;
    private const int MaxReportedFailures = 3;

    /// <summary>The first seed of the default run; each later session has the next.</summary>
    private const ulong FirstSeed = 1;

    [Test]
    public void Random_sessions_get_the_same_answers_from_both_engines()
    {
        int sessions = TestCounts.Of("HFT_SESSIONS");
        SessionCoverage coverage = new();
        List<string> failures = [];
        for (ulong seed = FirstSeed; seed < FirstSeed + (ulong)sessions && failures.Count < MaxReportedFailures; seed++)
        {
            (IReadOnlyList<SessionStep> steps, string? failure) = RandomSession.Run(seed, coverage);
            if (failure is not null)
            {
                failures.Add(RandomSession.Report(seed, steps));
            }
        }

        TestContext.Progress.WriteLine(coverage);
        Assert.That(failures, Is.Empty);
        if (sessions >= DefaultSessions)
        {
            Assert.That(coverage.Missing(), Is.Empty, "these never occurred, so nothing was proven about them");
        }
    }

    [Test]
    public void A_seed_from_the_environment_holds()
    {
        if (ReadNumber("HFT_SEED") is not { } seed)
        {
            return;
        }

        (IReadOnlyList<SessionStep> steps, string? failure) = RandomSession.Run(seed);
        Assert.That(failure is null ? null : RandomSession.Report(seed, steps), Is.Null);
    }

    [Test]
    public void Kept_journals_get_the_same_answers_from_both_engines()
    {
        foreach (string file in Directory.GetFiles(JournalFolder(), "*.txt").Order(StringComparer.Ordinal))
        {
            (EngineLimits limits, IReadOnlyList<SessionStep> steps) = JournalText.Read(File.ReadAllText(file));
            Assert.That(RandomSession.Replay(limits, steps), Is.Null, Path.GetFileName(file));
        }
    }

    [Test]
    public void A_journal_survives_its_text_form()
    {
        (IReadOnlyList<SessionStep> steps, _) = RandomSession.Run(FirstSeed);
        (EngineLimits limits, IReadOnlyList<SessionStep> read) =
            JournalText.Read(JournalText.Write(EngineHarness.SmallLimits, steps));
        Assert.That(limits, Is.EqualTo(EngineHarness.SmallLimits));
        Assert.That(read.Select(s => Convert.ToHexString(s.Message)), Is.EqualTo(steps.Select(s => Convert.ToHexString(s.Message))));
        Assert.That(read.Select(s => s.Voided), Is.EqualTo(steps.Select(s => s.Voided)));
    }

    private static ulong? ReadNumber(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), out ulong value) ? value : null;

    private static string JournalFolder() =>
        Path.Combine(Repository.Root, "tests", "Journals");
}
