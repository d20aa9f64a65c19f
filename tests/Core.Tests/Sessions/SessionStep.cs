namespace HftEngine.Core.Tests.Sessions;

/// <summary>One command of a session; a voided one is answered as the journal's void demands.</summary>
internal sealed record SessionStep(byte[] Message, bool Voided);
