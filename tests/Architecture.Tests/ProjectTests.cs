using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;

namespace HftEngine.Architecture.Tests;

/// <summary>Arrows between projects, read from the project files.</summary>
internal sealed class ProjectTests
{
    private const string Anything = "";

    /// <summary>
    /// Folder of a project → folders that it may reference. The longest folder that fits decides. Never from the core
    /// outwards, never from a gateway to the journal, never from one gateway to another but for the two named here.
    /// </summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["schemas"] = [],
        ["core"] = ["schemas"],
        ["journal"] = ["schemas", "core"],
        ["journal/oversight"] = ["schemas", "core"],
        ["gateways"] = ["schemas", "core"],
        ["gateways/fix"] = ["schemas", "core", "gateways/identity"],
        ["gateways/aeron"] = ["schemas", "core", "gateways/identity"],
        ["gateways/web"] = ["schemas", "core", "gateways/identity"],
        ["gateways/liquidity"] = ["schemas", "core", "gateways/fix"],
        ["gateways/server"] = ["schemas", "core", "journal", "gateways"],
        ["bench"] = [Anything],
        ["tests"] = [Anything],
    };

    private static IEnumerable<string> Projects => Repository.Files(Anything, ".csproj");

    [TestCaseSource(nameof(Projects))]
    public void A_project_references_only_what_its_place_allows(string project)
    {
        string folder = FolderOf(project);
        string place = Arrows.Keys.Where(key => IsWithin(folder, key)).OrderByDescending(key => key.Length).FirstOrDefault()
            ?? throw new InvalidOperationException($"{project} stands where the architecture knows no project");
        IEnumerable<string> forbidden = ReferencesOf(project)
            .Where(reference => !Arrows[place].Any(allowed => IsWithin(FolderOf(reference), allowed)));
        Assert.That(forbidden, Is.Empty);
    }

    [TestCaseSource(nameof(Projects))]
    public void A_project_is_in_the_solution(string project) =>
        Assert.That(Repository.SolutionText, Does.Contain($"\"{project.Replace('/', '\\')}\""));

    [TestCaseSource(nameof(Projects))]
    public void A_project_leaves_versions_to_the_central_file(string project)
    {
        IEnumerable<XAttribute?> versions = Load(project).Descendants("PackageReference")
            .SelectMany(r => new[] { r.Attribute("Version"), r.Attribute("VersionOverride") });
        Assert.That(versions.Where(v => v is not null), Is.Empty);
    }

    [Test]
    public void Every_package_has_one_central_version()
    {
        string[] central = Load("Directory.Packages.props").Descendants("PackageVersion")
            .Select(v => v.Attribute("Include")!.Value).ToArray();
        Assert.That(central, Is.Unique);
        IEnumerable<string> used = Projects.Append("Directory.Build.targets")
            .SelectMany(p => Load(p).Descendants("PackageReference")).Select(r => r.Attribute("Include")!.Value).Distinct();
        Assert.That(used.Except(central), Is.Empty);
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        Load(project).Descendants("ProjectReference")
            .Select(r => r.Attribute("Include")?.Value).OfType<string>().Select(path => path.Replace('\\', '/'))
            .Select(path => Path.GetFullPath(Path.Combine(Repository.Root, FolderOf(project), path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'));

    private static XDocument Load(string path) => XDocument.Parse(Repository.Read(path));

    private static string FolderOf(string path) => Path.GetDirectoryName(path)!.Replace('\\', '/');

    private static bool IsWithin(string folder, string outer) =>
        outer == Anything || folder == outer || folder.StartsWith(outer + "/", StringComparison.Ordinal);
}
