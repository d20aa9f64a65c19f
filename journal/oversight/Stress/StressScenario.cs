using System;
using System.Collections.Generic;
using System.Text.Json;

namespace HftEngine.Oversight;

/// <summary>Prices that move at once, by name. Shocks are millionths of the price; the name * means all others.</summary>
public sealed record StressScenario(
    string Name, IReadOnlyDictionary<string, int> Instruments, IReadOnlyDictionary<string, int> Currencies)
{
    public const string Others = "*";

    private const int Millionths = 1_000_000;

    /// <summary>
    /// Reads <c>{"scenarios":[{"name":"…","instruments":{"SYMBOL":-200000},"currencies":{"EUR":50000}}]}</c>.
    /// </summary>
    /// <exception cref="StressFileException">It is something else.</exception>
    public static IReadOnlyList<StressScenario> Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            List<StressScenario> scenarios = [];
            HashSet<string> names = [];
            foreach (JsonElement element in Only(document.RootElement, "scenarios").EnumerateArray())
            {
                StressScenario scenario = Read(element);
                if (!names.Add(scenario.Name))
                {
                    throw new StressFileException($"two scenarios have the name \"{scenario.Name}\"");
                }

                scenarios.Add(scenario);
            }

            return scenarios;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new StressFileException(e.Message);
        }
    }

    internal static double Move(double price, int shock) => price + (Math.Abs(price) * shock / Millionths);

    private static JsonElement Only(JsonElement element, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            found = property.Name == name && found is null
                ? property.Value
                : throw new StressFileException($"\"{property.Name}\" where one \"{name}\" is expected");
        }

        return found ?? throw new StressFileException($"\"{name}\" is missing");
    }

    private static StressScenario Read(JsonElement element)
    {
        string? name = null;
        Dictionary<string, int> instruments = [];
        Dictionary<string, int> currencies = [];
        foreach (JsonProperty property in element.EnumerateObject())
        {
            switch (property.Name)
            {
                case "name": name = property.Value.GetString(); break;
                case "instruments": ReadShocks(property.Value, instruments); break;
                case "currencies": ReadShocks(property.Value, currencies); break;
                default: throw new StressFileException($"a scenario has no \"{property.Name}\"");
            }
        }

        return string.IsNullOrEmpty(name)
            ? throw new StressFileException("a scenario has no name")
            : new StressScenario(name, instruments, currencies);
    }

    private static void ReadShocks(JsonElement element, Dictionary<string, int> shocks)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            int shock = property.Value.GetInt32();
            if (shock < -Millionths)
            {
                throw new StressFileException($"\"{property.Name}\" loses more than all");
            }

            if (!shocks.TryAdd(property.Name, shock))
            {
                throw new StressFileException($"\"{property.Name}\" stands twice in one scenario");
            }
        }
    }
}

/// <summary>A file of scenarios says something that cannot be meant.</summary>
public sealed class StressFileException(string message) : Exception(message);
