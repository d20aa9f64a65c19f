using System;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;
using HftEngine.Journal;

namespace HftEngine.Server.Shadow;

/// <summary>The shadow's process: follows, writes snapshots when they are due, reports on its output.</summary>
internal sealed class ShadowRun(ShadowLine line, ShadowSettings settings, WaitHandle stop)
{
    private const int IdleMs = 20;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    private readonly WorkBudget _budget = new(settings.BudgetPercent);
    private int _snapshots;
    private long _lastSnapshotAt = Stopwatch.GetTimestamp();
    private long _lastReportAt;

    /// <exception cref="ShadowDivergedException">The live engine and the shadow disagree; it was reported.</exception>
    public void Follow()
    {
        foreach (string warning in line.Shadow.Warnings)
        {
            Report(ShadowReport.Following, warning);
        }

        try
        {
            while (!stop.WaitOne(0))
            {
                if (line.Shadow.Step())
                {
                    _budget.AfterWork();
                }
                else
                {
                    stop.WaitOne(IdleMs);
                    _budget.AfterWait();
                }

                if (IsSnapshotDue())
                {
                    WriteSnapshot();
                }

                if (Stopwatch.GetElapsedTime(_lastReportAt) >= ReportEvery)
                {
                    Report(ShadowReport.Following);
                }
            }
        }
        catch (ShadowDivergedException diverged)
        {
            Report(ShadowReport.Diverged, diverged.Message);
            throw;
        }
    }

    private bool IsSnapshotDue()
    {
        ulong behind = line.Shadow.LastSequence - line.Shadow.LastSnapshot;
        return behind >= (ulong)settings.EveryCommands
            || (behind > 0 && Stopwatch.GetElapsedTime(_lastSnapshotAt).TotalSeconds >= settings.EverySeconds);
    }

    private void WriteSnapshot()
    {
        Report(ShadowReport.Writing);
        SnapshotEntry entry = line.Shadow.WriteSnapshot(_ => _budget.AfterWork());
        _snapshots++;
        Report(ShadowReport.Following, $"wrote and verified {entry.Name}, {entry.FileBytes >> 10} KiB");
        var retention = new SegmentRetention(
            line.Storage, line.Options, line.Shadow.JournalId, settings.ToRule());
        RetentionResult gone = retention.Apply(_ => _budget.AfterWork());
        if (gone.CommandSegments + gone.EventSegments > 0)
        {
            string what = settings.Retention == RetentionMode.Archive ? "archived" : "deleted";
            Report(
                ShadowReport.Following,
                $"{what} {gone.CommandSegments} command and {gone.EventSegments} event segments");
        }

        _lastSnapshotAt = Stopwatch.GetTimestamp();
    }

    private void Report(string state, string? message = null)
    {
        _lastReportAt = Stopwatch.GetTimestamp();
        ShadowReport report = new(
            state,
            line.Shadow.LastSequence,
            line.Shadow.LastSnapshot,
            _snapshots,
            line.Shadow.ComparedDigests,
            message);
        Console.Out.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
    }
}
