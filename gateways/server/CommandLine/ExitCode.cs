namespace HftEngine.Server.CommandLine;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;

    /// <summary>Unusable arguments or configuration.</summary>
    public const int Unusable = 2;
}
