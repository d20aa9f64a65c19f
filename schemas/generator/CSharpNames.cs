using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace HftEngine.Schemas.Generator;

/// <summary>Names within one C# scope: each is given out once.</summary>
internal sealed class CSharpNames
{
    // What every object has already; a member so named would hide it or clash with it.
    private static readonly string[] ObjectMembers =
        ["Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString"];

    private readonly HashSet<string> _taken;

    public CSharpNames(params IEnumerable<string> reserved) =>
        _taken = new HashSet<string>(reserved.Concat(ObjectMembers), StringComparer.Ordinal);

    /// <summary>A schema's name in C#'s spelling.</summary>
    public static string Pascal(string name)
    {
        string[] parts = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        StringBuilder text = new(name.Length);
        foreach (string part in parts)
        {
            bool shouted = parts.Length > 1 && !part.Any(char.IsAsciiLetterLower);
            string rest = shouted ? part[1..].ToLowerInvariant() : part[1..];
            text.Append(char.ToUpperInvariant(part[0])).Append(rest);
        }

        bool digitFirst = text.Length == 0 || char.IsAsciiDigit(text[0]);
        return digitFirst ? "_" + text : text.ToString();
    }

    /// <summary>
    /// Gives out the first stem of which every derived name is free: the name itself, then with the word that
    /// says what it is, then numbered. A star in a pattern stands for the stem.
    /// </summary>
    public string Take(string stem, string kind, params IEnumerable<string> patterns)
    {
        string candidate = stem;
        for (int number = 1; !Free(candidate, patterns); number++)
        {
            candidate = number == 1 ? stem + kind : stem + kind + number;
        }

        foreach (string pattern in patterns)
        {
            _taken.Add(pattern.Replace("*", candidate, StringComparison.Ordinal));
        }

        return candidate;
    }

    public bool Free(string stem, IEnumerable<string> patterns) =>
        patterns.All(p => !_taken.Contains(p.Replace("*", stem, StringComparison.Ordinal)));
}
