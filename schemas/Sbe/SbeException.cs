using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HftEngine.Schemas.Sbe;

/// <summary>
/// A message does not hold what its schema promises, or is being written against its schema. It is the only
/// exception that generated codecs throw.
/// </summary>
public sealed class SbeException : Exception
{
    public SbeException(string message)
        : base(message)
    {
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowTooLong(int length, int capacity) =>
        throw new SbeException($"{length} elements do not fit into {capacity}.");
}
