using System;

namespace HftEngine.Server.Tapes;

/// <summary>Where a tape makes no sense, and why.</summary>
/// <param name="Offset">First byte of the record.</param>
/// <param name="Line">1-based line in text formats, otherwise 0.</param>
/// <param name="Reason">What is wrong, as the end of a sentence.</param>
internal readonly record struct TapeFault(long Offset, long Line, string Reason)
{
    public override string ToString() => Line > 0
        ? $"line {Line} (byte {Offset}): {Reason}"
        : $"byte {Offset}: {Reason}";
}

/// <summary>A tape cannot be read on from here.</summary>
internal sealed class TapeException(string path, string message) : Exception($"{path}: {message}")
{
    public TapeException(string path, TapeFault fault)
        : this(path, fault.ToString())
    {
    }
}
