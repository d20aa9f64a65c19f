namespace HftEngine.Server.Workloads;

/// <summary>What kind of flow a generated workload has.</summary>
internal sealed record WorkloadMix
{
    public required string Name { get; init; }

    /// <summary>Share of orders priced to trade.</summary>
    public required double Aggressive { get; init; }

    /// <summary>
    /// Share of passive orders among what is not aggressive, while the book has its intended size.
    /// </summary>
    public required double Passive { get; init; }

    /// <summary>Share of aggressive orders whose remainder is cancelled.</summary>
    public required double ImmediateOrCancel { get; init; }

    /// <summary>
    /// Mean distance of passive orders from the middle, in ticks, falling off geometrically; 0 = evenly
    /// spread.
    /// </summary>
    public required int MeanDistance { get; init; }

    public required int MaxDistance { get; init; }

    /// <summary>How far beyond the middle aggressive orders reach.</summary>
    public required int Reach { get; init; }

    public required int MaxAggressiveLots { get; init; }

    /// <summary>Share of cancels among the newest orders; the rest is spread over the whole book.</summary>
    public required double CancelsOfNewest { get; init; }

    /// <summary>The middle wanders.</summary>
    public required bool Drifts { get; init; }

    public static WorkloadMix? Find(string name) => name switch
    {
        "maker" => Maker,
        "taker" => Taker,
        "deep" => Deep,
        _ => null,
    };

    private static WorkloadMix Maker => new()
    {
        Name = "maker",
        Aggressive = 0.02,
        Passive = 0.5,
        ImmediateOrCancel = 0.5,
        MeanDistance = 8,
        MaxDistance = 400,
        Reach = 5,
        MaxAggressiveLots = 60,
        CancelsOfNewest = 0.8,
        Drifts = true,
    };

    private static WorkloadMix Taker => new()
    {
        Name = "taker",
        Aggressive = 0.34,
        Passive = 0.56,
        ImmediateOrCancel = 0.5,
        MeanDistance = 6,
        MaxDistance = 400,
        Reach = 8,
        MaxAggressiveLots = 30,
        CancelsOfNewest = 0.8,
        Drifts = true,
    };

    private static WorkloadMix Deep => new()
    {
        Name = "deep",
        Aggressive = 0.01,
        Passive = 0.5,
        ImmediateOrCancel = 1,
        MeanDistance = 0,
        MaxDistance = 10_000,
        Reach = 3,
        MaxAggressiveLots = 40,
        CancelsOfNewest = 0,
        Drifts = false,
    };
}
