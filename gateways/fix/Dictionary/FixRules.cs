using System;
using System.Collections.Concurrent;
using System.IO;

namespace HftEngine.Fix.Dictionary;

/// <summary>
/// What one session speaks: the tables of its transport and of its applications. Before FIXT they are the
/// same.
/// </summary>
public sealed class FixRules
{
    public const string Fix42 = "FIX.4.2";
    public const string Fix44 = "FIX.4.4";
    public const string Fixt11 = "FIXT.1.1";
    public const string Fix50Sp2 = "FIX.5.0SP2";

    private static readonly ConcurrentDictionary<string, FixRules> BuiltIn = new();

    public FixRules(FixDictionary transport, FixDictionary application)
    {
        Transport = transport;
        Application = application;
        DefaultApplVerId = transport.Version.StartsWith("FIXT", StringComparison.Ordinal)
            ? ApplVerIdOf(application.Version)
            : "";
    }

    public string BeginString => Transport.Version;

    public FixDictionary Transport { get; }

    public FixDictionary Application { get; }

    /// <summary>DefaultApplVerID (1137) of a FIXT session; empty before FIXT.</summary>
    public string DefaultApplVerId { get; }

    /// <summary>The project's own tables. FIXT.1.1 carries FIX.5.0SP2.</summary>
    public static FixRules Standard(string beginString) => beginString switch
    {
        Fix42 or Fix44 or Fixt11 => BuiltIn.GetOrAdd(beginString, LoadStandard),
        _ => throw new InvalidDataException(
            $"there are no built-in tables for {beginString}: {Fix42}, {Fix44} and {Fixt11} have some"),
    };

    /// <summary>
    /// A dictionary of the user; of FIX 5.0 and later it is the application's, our FIXT.1.1 carries it.
    /// </summary>
    public static FixRules FromXml(string beginString, string path)
    {
        FixDictionary dictionary = QuickFixXml.Load(path);
        if (dictionary.Version == beginString)
        {
            return beginString == Fixt11
                ? new FixRules(dictionary, Standard(Fixt11).Application)
                : new FixRules(dictionary, dictionary);
        }

        if (beginString == Fixt11 && ApplVerIdOf(dictionary.Version).Length > 0)
        {
            return new FixRules(Standard(Fixt11).Transport, dictionary);
        }

        throw new InvalidDataException($"{path} describes {dictionary.Version}, not {beginString}");
    }

    private static FixRules LoadStandard(string beginString)
    {
        if (beginString == Fixt11)
        {
            return new FixRules(
                FixTable.Load(Fixt11, "session-fields.txt", "fixt11.txt"),
                FixTable.Load(Fix50Sp2, "session-fields.txt", "fields.txt", "fix50sp2.txt"));
        }

        FixDictionary own = beginString == Fix42
            ? FixTable.Load(Fix42, "session-fields.txt", "fields42.txt", "fix42.txt")
            : FixTable.Load(Fix44, "session-fields.txt", "fields.txt", "fix44.txt");
        return new FixRules(own, own);
    }

    private static string ApplVerIdOf(string version) => version switch
    {
        "FIX.4.0" => "2",
        "FIX.4.1" => "3",
        "FIX.4.2" => "4",
        "FIX.4.3" => "5",
        "FIX.4.4" => "6",
        "FIX.5.0" => "7",
        "FIX.5.0SP1" => "8",
        "FIX.5.0SP2" => "9",
        _ => "",
    };
}
