using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace HftEngine.Architecture.Tests;

/// <summary>What the banned-API analyzer cannot see: words of the language, and collections by name.</summary>
internal sealed class CoreZoneTests
{
    /// <summary>
    /// No floating point or decimal, because it rounds; no locks and no async, because stages are threads that own what
    /// they touch. It holds for the whole core: the pipeline takes its time from IClock and waits by its strategies.
    /// </summary>
    private static readonly HashSet<string> BannedWords = ["double", "float", "decimal", "lock", "async", "await"];

    /// <summary>Names whose use means an order that depends on hashing, hidden allocation, or a clock.</summary>
    private static readonly HashSet<string> BannedNames =
    [
        "Linq", "Dictionary", "HashSet", "ConcurrentDictionary", "Hashtable", "Double", "Single", "Decimal", "Half",
        "Parallel", "DateTime", "Stopwatch",
    ];

    /// <summary>Where the only clock of the pipeline is.</summary>
    private const string ClockFile = "core/Pipeline/SystemClock.cs";

    /// <summary>Means, percentiles and seconds for people to read; nothing of it reaches the engine.</summary>
    private const string StatisticsFolder = "core/Histograms/";

    [Test]
    public void The_core_uses_no_floating_point_no_locks_and_nothing_asynchronous() =>
        Assert.That(Uses(BannedWords), Is.Empty);

    [Test]
    public void The_core_uses_nothing_whose_order_depends_on_hashing() => Assert.That(Uses(BannedNames), Is.Empty);

    [Test]
    public void The_scan_sees_code_and_neither_comments_nor_texts()
    {
        const string source = """
            // double in a comment
            /* float in
               a comment */
            string a = "decimal \" lock";
            string b = @"async "" double";
            string c = $"float {x}";
            char d = '"';
            double e;
            """;
        IEnumerable<(string Word, int Line)> found = SourceCode.Words(source).Where(w => BannedWords.Contains(w.Word));
        Assert.That(found, Is.EqualTo(new[] { ("double", 8) }));
    }

    private static IEnumerable<string> Uses(HashSet<string> banned) =>
        from path in Repository.Files("core", ".cs")
        where path != ClockFile && !path.StartsWith(StatisticsFolder, System.StringComparison.Ordinal)
        from word in SourceCode.Words(Repository.Read(path))
        where banned.Contains(word.Word)
        select $"{path}:{word.Line}: {word.Word}";
}
