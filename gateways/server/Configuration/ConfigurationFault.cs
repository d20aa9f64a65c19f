using System;
using System.Collections.Generic;

namespace HftEngine.Server.Configuration;

/// <summary>
/// One thing in the configuration that cannot be used: where it stands, which key, and why.
/// </summary>
internal readonly record struct ConfigurationFault(string Source, string Key, string Reason)
{
    public override string ToString() =>
        Key.Length == 0 ? $"{Source}: {Reason}" : $"{Source}: {Key}: {Reason}";
}

/// <summary>The configuration cannot be used.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(string.Join("; ", faults))
{
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults;
}
