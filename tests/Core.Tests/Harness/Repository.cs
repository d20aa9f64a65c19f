using System.IO;
using System.Runtime.CompilerServices;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Where the sources are that these tests were built from.</summary>
internal static class Repository
{
    private const string RootMark = "HftEngine.sln";

    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string thisFile = "")
    {
        string? folder = Path.GetDirectoryName(thisFile);
        while (folder is not null && !File.Exists(Path.Combine(folder, RootMark)))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"no {RootMark} above {thisFile}");
    }
}
