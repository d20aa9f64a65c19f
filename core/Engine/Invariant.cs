using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace HftEngine.Core;

/// <summary>Checks that stay on in Release. A broken invariant stops the engine at the command that broke it.</summary>
public static class Invariant
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Require(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
        {
            Fail(text);
        }
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail(string text) => throw new InvariantException(text);
}

public sealed class InvariantException(string condition) : Exception($"Invariant does not hold: {condition}");
