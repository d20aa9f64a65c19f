using System.Globalization;

namespace HftEngine.Simulation;

/// <summary>What a simulation did, and a digest by which two runs of a seed are compared.</summary>
internal sealed class SimulationReport
{
    private const ulong Prime = 0x100000001B3;

    public int Lives { get; set; }

    public long Steps { get; set; }

    public int Crashes { get; set; }

    public int PowerLosses { get; set; }

    public int CrashedStarts { get; set; }

    public int Halts { get; set; }

    public int Refusals { get; set; }

    public int Detected { get; set; }

    public int Cuts { get; set; }

    public int OrderlyStops { get; set; }

    /// <summary>Command segments that were rolled.</summary>
    public long Rolls { get; set; }

    public int Images { get; set; }

    public int Snapshots { get; set; }

    /// <summary>Starts behind a snapshot instead of the first command.</summary>
    public int SnapshotStarts { get; set; }

    /// <summary>Released commands that a power loss took in a mode that does not promise them.</summary>
    public ulong Lost { get; set; }

    /// <summary>In the journal at the last start.</summary>
    public ulong Commands { get; set; }

    /// <summary>Events that a lying disk kept from readers of the log.</summary>
    public int Gaps { get; set; }

    public ulong Answered { get; set; }

    public ulong Duplicates { get; set; }

    public ulong Rewinds { get; set; }

    /// <summary>Over all names and bytes of the disk at the end.</summary>
    public ulong DiskDigest { get; private set; }

    /// <summary>Over every operation on the disk: which, where, how long, in which order.</summary>
    public ulong Trace { get; private set; } = 0xCBF29CE484222325;

    /// <summary>Takes one operation into <see cref="Trace"/>.</summary>
    public void Record(string operation, string file, long offset, long bytes)
    {
        Mix(operation);
        Mix(file);
        Trace = (Trace ^ (ulong)offset) * Prime;
        Trace = (Trace ^ (ulong)bytes) * Prime;
    }

    public void Finish(SimulatedStorage disk)
    {
        ulong before = Trace;
        Trace = 0xCBF29CE484222325;
        foreach (string name in disk.List())
        {
            Mix(name);
            foreach (byte b in disk.Bytes(name))
            {
                Trace = (Trace ^ b) * Prime;
            }
        }

        DiskDigest = Trace;
        Trace = before;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Lives} lives, {Steps} steps, {Crashes} crashes, {PowerLosses} power losses, {CrashedStarts} crashed starts, "
        + $"{Halts} halts, {Refusals} refusals, {Detected} lies detected, {Cuts} cuts, {OrderlyStops} orderly stops, "
        + $"{Rolls} rolls, {Images} images, {Snapshots} snapshots, {SnapshotStarts} starts behind one, {Lost} commands lost, {Commands} commands, trace {Trace:x16}");

    private void Mix(string text)
    {
        foreach (char c in text)
        {
            Trace = (Trace ^ c) * Prime;
        }
    }
}
