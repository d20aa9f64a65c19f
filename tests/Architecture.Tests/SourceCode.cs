using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace HftEngine.Architecture.Tests;

/// <summary>The words of a C# file, without comments and texts.</summary>
internal static partial class SourceCode
{
    /// <summary>Each word with the number of its line.</summary>
    public static IEnumerable<(string Word, int Line)> Words(string source)
    {
        string code = Blank(source);
        int line = 1;
        int counted = 0;
        foreach (Match word in Word().Matches(code))
        {
            for (; counted < word.Index; counted++)
            {
                line += code[counted] == '\n' ? 1 : 0;
            }

            yield return (word.Value, line);
        }
    }

    /// <summary>The source with comments and texts blanked; line breaks stay.</summary>
    public static string Blank(string source) => NotCode().Replace(source, match => LineContent().Replace(match.Value, " "));

    // In this order, because a raw text may contain anything and a comment may contain quotes. The holes of interpolated
    // texts are blanked with them: they hold expressions, and the banned words are none.
    [GeneratedRegex("""
        \$*\"{3,}[\s\S]*?\"{3,}|(\$@|@\$|@)\"(\"\"|[^\"])*\"|\$?\"(\\.|[^\"\\\n])*\"|'(\\.|[^'\\\n])+'|//[^\n]*|/\*[\s\S]*?\*/
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"[^\n]")]
    private static partial Regex LineContent();

    [GeneratedRegex(@"@?[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}
