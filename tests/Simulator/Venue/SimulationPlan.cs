using System;
using HftEngine.Core;
using HftEngine.Journal;

namespace HftEngine.Simulation;

/// <summary>What goes wrong in a simulation.</summary>
internal enum Adversity
{
    /// <summary>Processes are killed, power fails; the disk does what it says.</summary>
    Crashes,

    /// <summary>And operations fail, and say so.</summary>
    Errors,

    /// <summary>And the disk lies: bits flip, reads and writes go elsewhere.</summary>
    Lies,
}

/// <summary>Everything about a simulation that its seed decides beforehand.</summary>
internal sealed record SimulationPlan
{
    public required ulong Seed { get; init; }

    public required Adversity Adversity { get; init; }

    public required Durability Durability { get; init; }

    /// <summary>Starts of the venue, the last of which ends in order.</summary>
    public required int Lives { get; init; }

    public required int StepsPerLife { get; init; }

    public required int Clients { get; init; }

    public required int Readers { get; init; }

    public required JournalOptions Journal { get; init; }

    public required EngineLimits Limits { get; init; }

    public static SimulationPlan Of(ulong seed)
    {
        SimulationRandom random = new SimulationRandom(seed).Fork(1);
        Durability durability = random.Next(3) == 0 ? Durability.Os : Durability.Sync;
        int kind = random.Next(10);
        int clients = 1 + random.Next(4);
        return new SimulationPlan
        {
            Seed = seed,
            Adversity = kind < 5 ? Adversity.Crashes : kind < 8 ? Adversity.Errors : Adversity.Lies,
            Durability = durability,
            Lives = 2 + random.Next(6),
            StepsPerLife = 200 << random.Next(5),
            Clients = clients,
            Readers = 1 + random.Next(3),
            Journal = new JournalOptions
            {
                Durability = durability,
                SegmentBytes = 12 << (10 + random.Next(4)),
                EventSegmentBytes = 32 << (10 + random.Next(3)),
                MaxWriteBytes = 4096 << random.Next(4),
                Simulated = new UInt128(random.Next64(), random.Next64()),
            },
            Limits = new EngineLimits
            {
                MaxOrders = 256,
                MaxPricePages = 64,
                MaxInstruments = 8,
                MaxCurrencies = 8,
                MaxAccounts = 8,
                MaxBalances = 64,
                MaxSessions = 8,
                ClientIdWindow = 16,
                MaxClientIds = 512,
                MaxFillsPerCommand = 8,
                MaxOwners = 64,
                MaxJobs = 8,
                MaxGateways = 8,
                MaxRiskRows = 16,
                MaxFirms = 8,
                MaxAccountGroups = 4,
                MaxWithdrawals = 8,
                MaxFeeSchedules = 4,
                MaxKeptTrades = 64,
                MaxVolumeAccounts = 8,
                MaxPositions = 64,
                MaxPositionLots = 256,
                HashSeed = random.Next64(),
            },
        };
    }

    public override string ToString() =>
        $"{Durability} {Adversity}, {Lives} lives of {StepsPerLife} steps, {Clients} clients, {Readers} readers";
}
