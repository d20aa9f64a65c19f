namespace HftEngine.Server.Shadow;

/// <summary>One line of what the shadow's process says on its output; JSON.</summary>
/// <param name="State">following, writing, diverged or failed.</param>
/// <param name="Sequence">The last command that it applied.</param>
/// <param name="SnapshotSequence">The last command of the newest verified snapshot.</param>
/// <param name="Snapshots">How many it wrote since its start.</param>
/// <param name="ComparedDigests">How often it agreed with the live engine.</param>
/// <param name="Message">What happened; null mostly.</param>
internal sealed record ShadowReport(
    string State,
    ulong Sequence,
    ulong SnapshotSequence,
    int Snapshots,
    ulong ComparedDigests,
    string? Message = null)
{
    public const string Following = "following";
    public const string Writing = "writing";
    public const string Diverged = "diverged";
    public const string Failed = "failed";
}
