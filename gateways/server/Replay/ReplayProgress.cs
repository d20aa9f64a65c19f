using System;
using System.Diagnostics;
using Spectre.Console;

namespace HftEngine.Server.Replay;

/// <summary>
/// Shows how far a replay is, when standard output is a terminal. It draws only when it is told of progress,
/// between timed parts: no thread of its own disturbs them.
/// </summary>
internal sealed class ReplayProgress(ProgressContext? context, long tapeBytes)
{
    // Drawing more often is not seen and costs time.
    private const long RedrawMs = 100;

    private readonly Stopwatch _sinceRedraw = Stopwatch.StartNew();
    private ProgressTask? _task;

    /// <summary>Without a terminal.</summary>
    public static T Silent<T>(Func<ReplayProgress, T> work) => work(new ReplayProgress(null, 0));

    public static T Show<T>(long tapeBytes, Func<ReplayProgress, T> work)
    {
        if (Console.IsOutputRedirected)
        {
            return Silent(work);
        }

        return AnsiConsole.Progress()
            .AutoRefresh(false)
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(context => work(new ReplayProgress(context, tapeBytes)));
    }

    /// <summary>A stage that reads the whole tape; what it returns takes the bytes read so far.</summary>
    public Action<long> Stage(string name)
    {
        ProgressTask? task = Begin(name, tapeBytes);
        return bytes => Advance(task, bytes);
    }

    /// <summary>A stage whose end is all that is known of it.</summary>
    public void Say(string name)
    {
        ProgressTask? task = Begin(name, 1);
        if (task is not null)
        {
            task.IsIndeterminate = true;
            context?.Refresh();
        }
    }

    private ProgressTask? Begin(string name, long total)
    {
        if (_task is not null)
        {
            _task.IsIndeterminate = false;
            _task.Value = _task.MaxValue;
            _task.StopTask();
        }

        _task = context?.AddTask(name, maxValue: Math.Max(1, total));
        context?.Refresh();
        return _task;
    }

    private void Advance(ProgressTask? task, long bytes)
    {
        if (task is null || _sinceRedraw.ElapsedMilliseconds < RedrawMs)
        {
            return;
        }

        task.Value = bytes;
        context?.Refresh();
        _sinceRedraw.Restart();
    }
}
