using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HftEngine.Server.Configuration;

/// <summary>A value and where it was set.</summary>
internal readonly record struct ConfiguredValue(string Text, string Source);

/// <summary>
/// The four sources of configuration, later ones over earlier: appsettings.json beside the program, the file
/// of --config (YAML or JSON), environment variables HFT_…, the command line. Keys are dotted and
/// case-insensitive.
/// </summary>
internal sealed class ConfigurationSources
{
    public const string EnvironmentPrefix = "HFT_";

    private readonly Dictionary<string, ConfiguredValue> _values = new(StringComparer.OrdinalIgnoreCase);

    public List<ConfigurationFault> Faults { get; } = [];

    public IReadOnlyDictionary<string, ConfiguredValue> Values => _values;

    public static ConfigurationSources Read(
        string? file, IDictionary environment, IEnumerable<(string Key, string Value)> commandLine)
    {
        ConfigurationSources sources = new();
        string standard = Path.Combine(AppContext.BaseDirectory, "appsettings.json");
        if (File.Exists(standard))
        {
            sources.AddFile(standard);
        }

        if (file is not null)
        {
            sources.AddFile(file);
        }

        foreach (DictionaryEntry variable in environment)
        {
            string name = (string)variable.Key;
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                // Two underscores stand for the dot, which names of variables cannot have.
                string key = name[EnvironmentPrefix.Length..].Replace("__", ".", StringComparison.Ordinal);
                sources.Set(key, (string?)variable.Value ?? string.Empty, name);
            }
        }

        foreach ((string key, string value) in commandLine)
        {
            sources.Set(key, value, "command line");
        }

        return sources;
    }

    private void AddFile(string path)
    {
        try
        {
            if (Path.GetExtension(path) is ".yaml" or ".yml")
            {
                AddYaml(path);
            }
            else
            {
                JsonDocumentOptions options =
                    new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), options);
                AddJson(string.Empty, document.RootElement, path);
            }
        }
        catch (YamlException exception)
        {
            Faults.Add(
                new ConfigurationFault(
                    path, string.Empty, $"line {exception.Start.Line}: {exception.Message}"));
        }
        catch (JsonException exception)
        {
            Faults.Add(
                new ConfigurationFault(
                    path, string.Empty, $"line {exception.LineNumber + 1}: this is not JSON"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Faults.Add(new ConfigurationFault(path, string.Empty, exception.Message));
        }
    }

    private void AddYaml(string path)
    {
        using StreamReader text = new(path);
        YamlStream stream = [];
        stream.Load(text);
        if (stream.Documents.Count > 0)
        {
            AddYaml(string.Empty, stream.Documents[0].RootNode, path);
        }
    }

    private void AddYaml(string key, YamlNode node, string path)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach ((YamlNode name, YamlNode value) in mapping.Children)
                {
                    AddYaml(Join(key, (name as YamlScalarNode)?.Value ?? name.ToString()), value, path);
                }

                break;
            case YamlScalarNode scalar when key.Length > 0:
                Set(key, scalar.Value ?? string.Empty, path);
                break;
            default:
                Faults.Add(
                    new ConfigurationFault(
                        path, key, $"line {node.Start.Line}: a value or a group of keys belongs here"));
                break;
        }
    }

    private void AddJson(string key, JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    AddJson(Join(key, property.Name), property.Value, path);
                }

                break;
            case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False when key.Length > 0:
                Set(key, element.ToString(), path);
                break;
            default:
                Faults.Add(new ConfigurationFault(path, key, "a value or a group of keys belongs here"));
                break;
        }
    }

    private void Set(string key, string value, string source) =>
        _values[key] = new ConfiguredValue(value, source);

    private static string Join(string group, string name) => group.Length == 0 ? name : $"{group}.{name}";
}
