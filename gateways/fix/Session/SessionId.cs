namespace HftEngine.Fix.Session;

/// <summary>Names one session: the version and both parties, seen from our side.</summary>
/// <param name="BeginString">FIX.4.2, FIX.4.4, FIXT.1.1.</param>
/// <param name="SenderCompId">We.</param>
/// <param name="TargetCompId">The counterparty.</param>
public readonly record struct SessionId(string BeginString, string SenderCompId, string TargetCompId)
{
    public override string ToString() => $"{BeginString}:{SenderCompId}->{TargetCompId}";
}
