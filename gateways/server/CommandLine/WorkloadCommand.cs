using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using HftEngine.Server.Replay;
using HftEngine.Server.Workloads;

namespace HftEngine.Server.CommandLine;

/// <summary>`hft workload`: writes order flow in the neutral format and prints what it must give.</summary>
internal static class WorkloadCommand
{
    private const int MaxSymbols = 65_536;

    public static Command Create()
    {
        Argument<string> mix = new("MIX") { Description = "maker, taker or deep" };
        mix.AcceptOnlyFromAmong("maker", "taker", "deep");
        Argument<string> file = new("FILE") { Description = "where to write" };
        Option<int> symbols = Number("--symbols", 1, 1, MaxSymbols, "Instruments.");
        Option<int> records = Number("--records", 100_000, 1, 1 << 30, "Records that are timed.");
        Option<int> warm = Number("--warm", 5_000, 1, 1 << 30, "Records before them, which fill the book.");
        Option<int> seed = Number("--seed", 1, 0, int.MaxValue, "The same seed gives the same file.");
        Option<int> spread = Number("--spread", 1, 1, 1 << 24, "Multiplies every price: sparse books.");
        Option<int> drift = Number("--drift", 0, 0, 1 << 20, "Ticks that prices rise by with every 1,000 records.");
        Command command = new(
            "workload", "Generate order flow and the result that any price-time engine must reach.")
        {
            mix, file, symbols, records, warm, seed, spread, drift,
        };
        command.SetAction(parsed =>
        {
            WorkloadGenerator generator = new(
                WorkloadMix.Find(parsed.GetValue(mix)!)!,
                parsed.GetValue(symbols),
                parsed.GetValue(warm),
                (ulong)parsed.GetValue(seed))
            {
                Spread = parsed.GetValue(spread),
                Drift = parsed.GetValue(drift),
            };
            using FileStream stream = new(
                parsed.GetValue(file)!, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            Print(generator.Write(stream, parsed.GetValue(records)));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(WorkloadExpectation expected) => Console.Out.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"trades":{{expected.Digest.Trades}},"traded_qty":{{expected.Digest.TradedLots}},"tape_hash":"{{TradeDigest.Show(expected.Digest.Value)}}","cancel_ok":{{expected.CancelsDone}},"cancel_miss":{{expected.CancelsMissed}},"resting_orders":{{expected.RestingOrders}},"resting_levels":{{expected.RestingLevels}}}"""));

    private static Option<int> Number(string name, int standard, int least, int most, string description)
    {
        Option<int> option =
            new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value)
                && (value < least || value > most))
            {
                result.AddError($"{name} must be {least} to {most}");
            }
        });
        return option;
    }
}
