using System;

namespace HftEngine.Core.State;

/// <summary>A state stream cannot be taken: it is damaged, of another venue's limits, or from a newer version.</summary>
public sealed class StateException(string what) : Exception(what);
