using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;

namespace HftEngine.Architecture.Tests;

/// <summary>The sources that these tests were built from, as paths with forward slashes relative to the root.</summary>
internal static class Repository
{
    private const string RootMark = "HftEngine.sln";

    private static readonly string[] NotSources = ["bin", "obj", "node_modules", ".git", "TestResults"];

    public static string Root { get; } = FindRoot();

    public static string SolutionText => Read(RootMark);

    public static IEnumerable<string> Files(string folder, string extension) =>
        Walk(Path.Combine(Root, folder))
            .Where(path => path.EndsWith(extension, StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            yield return file;
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (!NotSources.Contains(Path.GetFileName(child)))
            {
                foreach (string file in Walk(child))
                {
                    yield return file;
                }
            }
        }
    }

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        string? folder = Path.GetDirectoryName(thisFile);
        while (folder is not null && !File.Exists(Path.Combine(folder, RootMark)))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"no {RootMark} above {thisFile}");
    }
}
