using System;
using System.Collections.Generic;

namespace HftEngine.Schemas.Sbe;

/// <summary>The names of a set's bits.</summary>
public static class SetSymbols
{
    /// <param name="names">Name of each bit, null for a bit without one.</param>
    /// <param name="bits">The set.</param>
    public static string[] Of(ReadOnlySpan<string?> names, ulong bits)
    {
        List<string> symbols = [];
        for (int bit = 0; bit < names.Length; bit++)
        {
            if (((bits >> bit) & 1) != 0 && names[bit] is { } name)
            {
                symbols.Add(name);
            }
        }

        return [.. symbols];
    }
}
