using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using HftEngine.Schemas;

namespace HftEngine.Oversight;

/// <summary>All measures of one environment as JSON; amounts are units of the reference currency.</summary>
public static class RiskReport
{
    public static void Write(
        Utf8JsonWriter json,
        RiskMeasures measures,
        Environment environment,
        VarOptions options,
        IReadOnlyList<StressScenario> scenarios)
    {
        json.WriteStartObject();
        json.WriteString("environment", environment.ToString());
        json.WriteNumber("epoch", measures.Last.Epoch);
        json.WriteNumber("asOfSequence", measures.Last.Sequence);
        json.WriteNumber("closingDates", measures.History.Dates);
        json.WriteStartObject("venue");
        WriteScope(json, measures, RiskScope.Venue(environment), options);
        json.WriteEndObject();
        json.WriteStartArray("firms");
        foreach (uint firm in measures.FirmsOf(environment))
        {
            WriteMember(json, measures, RiskScope.Firm(environment, firm), options);
        }

        json.WriteEndArray();
        json.WriteStartArray("accounts");
        foreach (uint account in measures.AccountsOf(environment))
        {
            WriteMember(json, measures, RiskScope.Account(environment, account), options);
        }

        json.WriteEndArray();
        WriteInstruments(json, measures, environment);
        WriteStress(json, measures, environment, scenarios);
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, RiskMeasures measures, RiskScope scope, VarOptions options)
    {
        json.WriteStartObject();
        json.WriteNumber("id", scope.Id);
        WriteScope(json, measures, scope, options);
        json.WriteEndObject();
    }

    private static void WriteScope(Utf8JsonWriter json, RiskMeasures measures, RiskScope scope, VarOptions options)
    {
        WriteExposures(json, "byInstrument", measures.ByInstrument(scope), measures.SymbolOf);
        WriteExposures(json, "byCurrency", measures.ByCurrency(scope), measures.CodeOf);
        WriteConcentration(json, "instrumentConcentration", measures.InstrumentConcentration(scope));
        json.WriteStartArray("unpriced");
        foreach (RiskFactor factor in measures.PortfolioOf(scope).Unpriced)
        {
            json.WriteStringValue(
                factor.Kind == RiskFactorKind.Currency ? measures.CodeOf(factor.Id) : measures.SymbolOf(factor.Id));
        }

        json.WriteEndArray();
        WriteVar(json, measures.ValueAtRisk(scope, options), options);
    }

    private static void WriteExposures(
        Utf8JsonWriter json, string name, SortedDictionary<uint, Exposure> exposures, System.Func<uint, string> nameOf)
    {
        json.WriteStartArray(name);
        foreach ((uint id, Exposure exposure) in exposures)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("name", nameOf(id));
            json.WriteNumber("long", exposure.Long);
            json.WriteNumber("short", exposure.Short);
            json.WriteNumber("net", exposure.Net);
            json.WriteNumber("gross", exposure.Gross);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteVar(Utf8JsonWriter json, VarReport report, VarOptions options)
    {
        json.WriteStartObject("valueAtRisk");
        json.WriteNumber("window", options.Window);
        json.WriteNumber("confidence", options.Confidence);
        json.WriteNumber("days", options.Days);
        if (options.Lambda is double lambda)
        {
            json.WriteNumber("lambda", lambda);
        }

        json.WriteNumber("scenarios", report.Historical.Scenarios);
        json.WriteNumber("missingReturns", report.MissingReturns);
        json.WriteStartObject("historical");
        json.WriteNumber("valueAtRisk", report.Historical.ValueAtRisk);
        json.WriteNumber("expectedShortfall", report.Historical.ExpectedShortfall);
        WriteBackTest(json, report.HistoricalBackTest);
        json.WriteEndObject();
        json.WriteStartObject("parametric");
        json.WriteNumber("valueAtRisk", report.Parametric.ValueAtRisk);
        json.WriteNumber("expectedShortfall", report.Parametric.ExpectedShortfall);
        WriteBackTest(json, report.ParametricBackTest);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteBackTest(Utf8JsonWriter json, BackTest test)
    {
        json.WriteStartObject("backTest");
        json.WriteNumber("observations", test.Observations);
        json.WriteNumber("exceptions", test.Exceptions);
        json.WriteNumber("kupiecRatio", test.Coverage.LikelihoodRatio);
        json.WriteNumber("kupiecPValue", test.Coverage.PValue);
        json.WriteString("zone", test.Light.Zone.ToString());
        json.WriteEndObject();
    }

    private static void WriteConcentration(Utf8JsonWriter json, string name, Concentration concentration)
    {
        json.WriteStartObject(name);
        json.WriteNumber("herfindahl", concentration.Herfindahl);
        json.WriteNumber("largestShare", concentration.LargestShare);
        json.WriteNumber("largestId", concentration.LargestId);
        json.WriteEndObject();
    }

    private static void WriteInstruments(Utf8JsonWriter json, RiskMeasures measures, Environment environment)
    {
        json.WriteStartArray("instruments");
        foreach (uint id in measures.ByInstrument(RiskScope.Venue(environment)).Keys)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("name", measures.SymbolOf(id));
            WriteConcentration(json, "accountConcentration", measures.AccountConcentration(id));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStress(
        Utf8JsonWriter json, RiskMeasures measures, Environment environment, IReadOnlyList<StressScenario> scenarios)
    {
        json.WriteStartArray("stress");
        foreach (StressScenario scenario in scenarios)
        {
            SortedDictionary<uint, double> profits = measures.Stress(environment, scenario);
            json.WriteStartObject();
            json.WriteString("name", scenario.Name);
            json.WriteNumber("profit", profits.Values.Sum());
            json.WriteStartArray("accounts");
            foreach ((uint accountId, double profit) in profits)
            {
                json.WriteStartObject();
                json.WriteNumber("id", accountId);
                json.WriteNumber("profit", profit);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
