using System;

namespace HftEngine.Journal;

/// <summary>
/// The shadow, given the same commands, made other events than the live engine: one of the two machines, or the program,
/// is not to be trusted.
/// </summary>
public sealed class ShadowDivergedException(ulong sequence, ulong own, ulong recorded)
    : Exception($"At sequence {sequence} the shadow's event digest is {own:x16}, the live engine recorded {recorded:x16}.")
{
    public ulong Sequence { get; } = sequence;
}
