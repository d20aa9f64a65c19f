using System.Net;

namespace HftEngine.Fix.Network;

/// <summary>Where a connection comes from.</summary>
/// <param name="Address">The counterparty's address.</param>
/// <param name="CertificateSubject">Subject of its certificate, when it came by TLS with one.</param>
public sealed record ConnectionOrigin(IPAddress Address, string? CertificateSubject);
