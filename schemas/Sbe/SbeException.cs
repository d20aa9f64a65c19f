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

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowMalformed(string name) =>
        throw new SbeException($"The bytes are not a whole {name}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowUnknown(int schemaId, int templateId) =>
        throw new SbeException($"Schema {schemaId} has no message with template id {templateId}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowBufferTooSmall(int needed, int length) =>
        throw new SbeException($"The buffer ends after {length} bytes; {needed} are needed.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowOrder(string name) =>
        throw new SbeException($"{name} is not what has to be written next.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowUnfinished(string name) =>
        throw new SbeException($"{name} is not finished: groups, entries or data have not been written.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowCount(string name, long count, long min, long max) =>
        throw new SbeException($"{name} cannot have {count} elements: the schema allows {min} to {max}.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowIndex(int index, int length) =>
        throw new SbeException($"Element {index} of {length} does not exist.");
}
