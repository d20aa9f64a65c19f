using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;

namespace HftEngine.Architecture.Tests;

/// <summary>Names and sizes that show a part without a purpose of its own.</summary>
internal sealed class ShapeTests
{
    private const int MaxLines = 600;

    private static readonly string[] Drawers = ["Utils", "Util", "Utilities", "Helpers", "Helper", "Common", "Misc", "Manager"];

    private static IEnumerable<string> Sources => Repository.Files("", ".cs");

    [Test]
    public void No_folder_and_no_file_is_a_drawer()
    {
        IEnumerable<string> drawers = Sources.Where(path => path.Split('/').Any(IsDrawer));
        Assert.That(drawers, Is.Empty);
    }

    [Test]
    public void No_file_outgrows_one_purpose()
    {
        IEnumerable<string> large = Sources
            .Select(path => (path, lines: Repository.Read(path).Count(c => c == '\n')))
            .Where(file => file.lines > MaxLines)
            .Select(file => $"{file.path}: {file.lines} lines");
        Assert.That(large, Is.Empty);
    }

    private static bool IsDrawer(string part)
    {
        string name = Path.GetFileNameWithoutExtension(part);
        return Drawers.Any(drawer => name.EndsWith(drawer, StringComparison.Ordinal));
    }
}
