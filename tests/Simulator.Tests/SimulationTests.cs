using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using HftEngine.Tests;
using NUnit.Framework;

namespace HftEngine.Simulation.Tests;

/// <summary>Whole venues, clients and readers on a disk that crashes, fails and lies.</summary>
internal sealed class SimulationTests
{
    private const ulong FirstSeed = 1;
    private const int ReferenceEvery = 8;

    [Test]
    public void Every_seed_keeps_every_promise()
    {
        int count = TestCounts.Of("HFT_SIM_SEEDS");
        ulong first = TestCounts.Seed(FirstSeed);
        var failures = new ConcurrentBag<string>();
        var reports = new ConcurrentBag<SimulationReport>();
        long started = Stopwatch.GetTimestamp();
        Parallel.For(0, count, i =>
        {
            ulong seed = first + (ulong)i;
            string? failure = RunOne(seed, reports.Add);
            if (failure is not null)
            {
                failures.Add(failure);
            }
        });
        Print(reports, Stopwatch.GetElapsedTime(started));
        foreach (string failure in failures.Order(StringComparer.Ordinal))
        {
            TestContext.Out.WriteLine(failure);
        }

        Assert.That(failures, Is.Empty);
    }

    [Test]
    public void A_seed_from_the_environment_holds()
    {
        if (Environment.GetEnvironmentVariable("HFT_SEED") is null)
        {
            return;
        }

        ulong seed = TestCounts.Seed(FirstSeed);
        TestContext.Out.WriteLine(SimulationPlan.Of(seed));
        bool talks = Environment.GetEnvironmentVariable("HFT_SIM_LOG") is not null;
        Assert.That(
            RunOne(seed, report => TestContext.Out.WriteLine(report), talks ? TestContext.Out.WriteLine : null),
            Is.Null);
    }

    [Test]
    public void A_seed_replays_byte_for_byte([Range(1, 12)] int number)
    {
        ulong seed = (ulong)number;
        string? failure = RunOne(seed, _ => { });
        Assert.That(failure, Is.Null);
        SimulationReport one = Simulation.Run(SimulationPlan.Of(seed));
        SimulationReport two = Simulation.Run(SimulationPlan.Of(seed));
        Assert.That(one.Trace, Is.EqualTo(two.Trace));
        Assert.That(one.ToString(), Is.EqualTo(two.ToString()));
        Assert.That(one.DiskDigest, Is.EqualTo(two.DiskDigest).And.Not.Zero);
    }

    private static string? RunOne(
        ulong seed, Action<SimulationReport> done, Action<string>? log = null)
    {
        SimulationPlan plan = SimulationPlan.Of(seed);
        try
        {
            Action<Survival>? judge = seed % ReferenceEvery == 0 ? new ReferenceJudge(plan).Judge : null;
            done(Simulation.Run(plan, judge, log));
            return null;
        }
        catch (Exception failure)
        {
            string what = failure is SimulationFailure ? failure.Message : failure.ToString();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed} ({plan}): {what}\n"
                + $"again: HFT_SEED={seed} dotnet test tests/Simulator.Tests -c Release "
                + $"--filter A_seed_from_the_environment_holds");
        }
    }

    private static void Print(IReadOnlyCollection<SimulationReport> reports, TimeSpan elapsed)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{reports.Count} simulations in {elapsed.TotalSeconds:0.0} s: {reports.Sum(r => r.Lives)} lives, "
            + $"{reports.Sum(r => r.Steps)} steps, {reports.Sum(r => r.Crashes)} crashes, "
            + $"{reports.Sum(r => r.PowerLosses)} power losses, {reports.Sum(r => r.CrashedStarts)} crashed starts, "
            + $"{reports.Sum(r => r.Halts)} halts, {reports.Sum(r => r.Refusals)} refusals, "
            + $"{reports.Sum(r => r.Detected)} lies detected, {reports.Sum(r => r.Cuts)} cuts, "
            + $"{reports.Sum(r => r.OrderlyStops)} orderly stops, {reports.Sum(r => r.Rolls)} rolls, {reports.Sum(r => r.Images)} images, "
            + $"{reports.Sum(r => r.Snapshots)} snapshots, {reports.Sum(r => r.SnapshotStarts)} starts behind one, "
            + $"{reports.Sum(r => (long)r.Answered)} answers, {reports.Sum(r => (long)r.Duplicates)} duplicates, "
            + $"{reports.Sum(r => r.Gaps)} events kept from readers by lies, "
            + $"{reports.Sum(r => (long)r.Rewinds)} rewinds, {reports.Sum(r => (long)r.Lost)} commands lost in os mode");
        TestContext.Out.WriteLine(text);
    }
}
