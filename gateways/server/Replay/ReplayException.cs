using System;

namespace HftEngine.Server.Replay;

/// <summary>
/// A replay that was asked for cannot be done; the message says which options do not go together.
/// </summary>
internal sealed class ReplayException(string message) : Exception(message);
