using HftEngine.Core.Pipeline;

namespace HftEngine.Server.Configuration;

/// <summary>A gateway that is a process of its own: `gateways.NAME.id` and its like.</summary>
internal sealed record IsolatedGateway(string Name, GatewayOptions Options);
