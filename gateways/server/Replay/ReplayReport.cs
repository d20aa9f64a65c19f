using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using HftEngine.Core.Histograms;
using HftEngine.Schemas;

namespace HftEngine.Server.Replay;

/// <summary>The result of a replay, for people and as JSON.</summary>
internal sealed class ReplayReport(
    ReplayOptions options,
    TapeSurvey survey,
    IReadOnlyList<TimedRun> runs,
    Histogram? latencies,
    EventTally tally,
    FinalState state)
{
    private readonly TimedRun _median = runs.OrderBy(run => run.Seconds).ElementAt((runs.Count - 1) / 2);

    private long Operations => survey.Counts.TimedRequests;

    public void WriteJson(string path)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        WriteRun(json);
        WriteState(json);
        WriteLatencies(json);
        json.WriteNumber("gc_collections", _median.Collections);
        json.WriteNumber("allocated_bytes", _median.AllocatedBytes);
        json.WriteNumber("bad_records", survey.Counts.BadRecords);
        WriteVenue(json);
        WriteRejects(json);
        json.WriteStartArray("runs");
        foreach (TimedRun run in runs)
        {
            json.WriteStartObject();
            json.WriteNumber("seconds", run.Seconds);
            json.WriteNumber("ops_per_s", RateOf(run));
            json.WriteNumber("ns_per_op", CostOf(run));
            json.WriteNumber("gc_collections", run.Collections);
            json.WriteNumber("allocated_bytes", run.AllocatedBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void WriteText(TextWriter text)
    {
        text.WriteLine(Invariant(
            $"{Path.GetFileName(options.Tape.Path)} through {Lower(options.Through)}: {Operations} operations in {_median.Seconds:0.000000} s, {RateOf(_median) / 1e6:0.00} M/s, {CostOf(_median):0.0} ns each"));
        text.WriteLine(Invariant(
            $"trades {tally.Digest.Trades}, lots {tally.Digest.TradedLots}, tape_hash {TradeDigest.Show(tally.Digest.Value)}"));
        if (state.EventDigest is { } digest)
        {
            text.WriteLine(
                Invariant($"event_digest {TradeDigest.Show(digest)}, state_hash {Show(state.StateHash)}"));
        }

        if (survey.IsVenueTape)
        {
            text.WriteLine(Invariant(
                $"executions {survey.Counts.Executions}: same order {tally.ExecutionsSameOrder}, other order {tally.ExecutionsOtherOrder}, unfilled {tally.ExecutionsUnfilled}; unknown orders {survey.Counts.UnknownOrders}, crossed {tally.Crossed}"));
        }

        if (latencies is not null)
        {
            text.WriteLine(Invariant(
                $"latency ns: p50 {latencies.ValueAtPercentile(50)}, p90 {latencies.ValueAtPercentile(90)}, p99 {latencies.ValueAtPercentile(99)}, p99.9 {latencies.ValueAtPercentile(99.9)}, p99.99 {latencies.ValueAtPercentile(99.99)}, max {latencies.Max}; timer floor {Latency.MeasureTimerFloorNs()}"));
        }

        text.WriteLine(
            Invariant(
                $"collections {_median.Collections}, allocated bytes {_median.AllocatedBytes}, bad records {survey.Counts.BadRecords}"));
        foreach ((RejectReason reason, long count) in tally.Rejects)
        {
            text.WriteLine(Invariant($"rejected {reason}: {count}"));
        }
    }

    /// <summary>The latencies as an interval log of one interval, which HdrHistogram's tools read.</summary>
    public void WriteLog(string path)
    {
        using HistogramLogWriter log = new(new StreamWriter(path), startSeconds: 0, maxUnit: 1);
        if (latencies is not null)
        {
            log.Write(new HistogramInterval(Lower(options.Through), 0, _median.Seconds, latencies));
        }
    }

    private void WriteRun(Utf8JsonWriter json)
    {
        json.WriteString("tape", Path.GetFileName(options.Tape.Path));
        json.WriteString("through", Lower(options.Through));
        json.WriteString("journal", options.Through == ReplayThrough.Pipeline ? options.Journal : null);
        json.WriteNumber("records", survey.Counts.Records);
        json.WriteNumber("ops", Operations);
        json.WriteNumber("seconds", _median.Seconds);
        json.WriteNumber("ops_per_s", RateOf(_median));
        json.WriteNumber("ns_per_op", CostOf(_median));
    }

    private void WriteState(Utf8JsonWriter json)
    {
        json.WriteNumber("trades", tally.Digest.Trades);
        json.WriteNumber("traded_qty", tally.Digest.TradedLots);
        json.WriteString("tape_hash", TradeDigest.Show(tally.Digest.Value));
        WriteOptional(json, "resting_orders", state.RestingOrders);
        WriteOptional(json, "resting_levels", state.RestingLevels);
        WriteOptional(json, "cancel_ok", state.CancelsDone);
        WriteOptional(json, "cancel_miss", state.CancelsMissed);
        json.WriteString("event_digest", Show(state.EventDigest));
        json.WriteString("state_hash", Show(state.StateHash));
    }

    private void WriteLatencies(Utf8JsonWriter json)
    {
        if (latencies is null)
        {
            json.WriteNull("latency_ns");
            return;
        }

        json.WriteStartObject("latency_ns");
        json.WriteNumber("p50", latencies.ValueAtPercentile(50));
        json.WriteNumber("p90", latencies.ValueAtPercentile(90));
        json.WriteNumber("p99", latencies.ValueAtPercentile(99));
        json.WriteNumber("p999", latencies.ValueAtPercentile(99.9));
        json.WriteNumber("p9999", latencies.ValueAtPercentile(99.99));
        json.WriteNumber("max", latencies.Max);
        json.WriteNumber("count", latencies.TotalCount);
        json.WriteNumber("timer_floor", Latency.MeasureTimerFloorNs());
        json.WriteEndObject();
        WriteOptional(json, "rate", options.Rate);
    }

    private void WriteVenue(Utf8JsonWriter json)
    {
        if (!survey.IsVenueTape)
        {
            return;
        }

        json.WriteNumber("executions", survey.Counts.Executions);
        json.WriteNumber("executions_same_order", tally.ExecutionsSameOrder);
        json.WriteNumber("executions_other_order", tally.ExecutionsOtherOrder);
        json.WriteNumber("executions_unfilled", tally.ExecutionsUnfilled);
        json.WriteNumber("executions_hidden", survey.Counts.HiddenExecutions);
        json.WriteNumber("executions_beyond_open", survey.Counts.ExcessExecutions);
        json.WriteNumber("unknown_orders", survey.Counts.UnknownOrders);
        json.WriteNumber("dead_orders", survey.Counts.DeadOrders);
        json.WriteNumber("cancels_beyond_open", survey.Counts.ExcessCancels);
        json.WriteNumber("amends_rejected", tally.AmendsRejected);
        json.WriteNumber("crossed", tally.Crossed);
        json.WriteNumber("cross_trades", survey.Counts.CrossTrades);
        json.WriteNumber("status_changes", survey.Counts.StatusChanges);
        json.WriteNumber("other_records", survey.Counts.OtherRecords);
    }

    private void WriteRejects(Utf8JsonWriter json)
    {
        json.WriteStartObject("rejects");
        foreach ((RejectReason reason, long count) in tally.Rejects)
        {
            json.WriteNumber(reason.ToString(), count);
        }

        json.WriteEndObject();
    }

    private double RateOf(TimedRun run) => run.Seconds > 0 ? Operations / run.Seconds : 0;

    private double CostOf(TimedRun run) => Operations > 0 ? run.Seconds * 1e9 / Operations : 0;

    private static void WriteOptional(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string? Show(ulong? hash) => hash is { } value ? TradeDigest.Show(value) : null;

    private static string Lower(ReplayThrough through) => through.ToString().ToLowerInvariant();

    private static string Invariant(System.FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
