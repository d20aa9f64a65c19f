using System;

namespace HftEngine.Fix.Codec;

/// <summary>What an application wants to send does not fit; its own mistake, never the peer's.</summary>
public sealed class FixCapacityException(string message) : Exception(message);
