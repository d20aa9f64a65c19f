using System;
using System.Globalization;
using NUnit.Framework;

namespace HftEngine.Tests;

/// <summary>
/// How often the repeated tests repeat: one table for `run-tests.sh --fast`, without an option, and `--deep`
/// (HFT_TEST_DEPTH). An environment variable of the count's own name goes before the table.
/// </summary>
internal static class TestCounts
{
    private static readonly (string Name, int Fast, int Default, int Deep)[] Table =
    [
        // Random sessions, engine against reference.
        ("HFT_SESSIONS", 2000, 10_000, 40_000),

        // Simulations, one seed each.
        ("HFT_SIM_SEEDS", 60, 250, 1000),

        // Single flipped bits over journal, event log, images.
        ("HFT_FLIPS", 4000, 20_000, 100_000),

        // Crashes at each named operation of the journal's life.
        ("HFT_CRASHES", 6, 16, 64),

        // kill -9 of the server under load, per durability mode.
        ("HFT_KILLS", 1, 6, 100),

        // Mutated FIX messages, all versions together.
        ("HFT_FIX_FUZZ", 30_000, 150_000, 1_200_000),

        // kill -9 of a gateway under load.
        ("HFT_PIPELINE_KILLS", 50, 200, 400),
    ];

    public static string Depth { get; } = Environment.GetEnvironmentVariable("HFT_TEST_DEPTH") ?? "default";

    /// <summary>The count, printed with the test's output.</summary>
    public static int Of(string name)
    {
        (string Name, int Fast, int Default, int Deep) row = Array.Find(Table, r => r.Name == name);
        if (row.Name is null)
        {
            throw new ArgumentException($"{name} has no row in the table of counts.", nameof(name));
        }

        int count = Depth switch
        {
            "fast" => row.Fast,
            "deep" => row.Deep,
            _ => row.Default,
        };
        string? own = Environment.GetEnvironmentVariable(name);
        count = own is null ? count : int.Parse(own, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"{name}={count} ({(own is null ? Depth : "from the environment")})");
        return count;
    }

    /// <summary>HFT_SEED, or the given one; printed.</summary>
    public static ulong Seed(ulong standard)
    {
        string? own = Environment.GetEnvironmentVariable("HFT_SEED");
        ulong seed = own is null ? standard : ulong.Parse(own, CultureInfo.InvariantCulture);
        TestContext.Out.WriteLine($"HFT_SEED={seed}");
        return seed;
    }
}
