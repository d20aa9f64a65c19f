using System.IO;
using System.Runtime.CompilerServices;
using NUnit.Framework;

namespace Schemas.Tests;

/// <summary>
/// Schemas and messages that others published; they lie beside the repository and are not part of it.
/// </summary>
internal static class Recordings
{
    public static string Require(string relative)
    {
        string path = Path.GetFullPath(Path.Combine(Repository(), "..", "shared", "data", "sbe", relative));
        string beside = Path.GetFullPath(
            Path.Combine(Repository(), "..", "..", "shared", "data", "sbe", relative));
        if (File.Exists(path))
        {
            return path;
        }

        if (!File.Exists(beside))
        {
            Assert.Ignore($"skipped: recordings not present ({relative})");
        }

        return beside;
    }

    private static string Repository([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));
}
