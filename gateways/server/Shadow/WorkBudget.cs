using System;
using System.Diagnostics;
using System.Threading;

namespace HftEngine.Server.Shadow;

/// <summary>Keeps work within a share of one CPU: after each stretch of it the thread sleeps in proportion.</summary>
internal sealed class WorkBudget(int percent)
{
    // Shorter sleeps would cost more than they give back.
    private static readonly TimeSpan LeastSleep = TimeSpan.FromMilliseconds(2);

    // A stretch that the machine itself interrupted for long says nothing about the work.
    private static readonly TimeSpan MostSleep = TimeSpan.FromMilliseconds(200);

    private long _resumed = Stopwatch.GetTimestamp();
    private TimeSpan _owed;

    /// <summary>Called after a short stretch of work.</summary>
    public void AfterWork()
    {
        _owed += Stopwatch.GetElapsedTime(_resumed) * (100 - percent) / percent;
        if (_owed >= LeastSleep)
        {
            Thread.Sleep(_owed < MostSleep ? _owed : MostSleep);
            _owed = TimeSpan.Zero;
        }

        _resumed = Stopwatch.GetTimestamp();
    }

    /// <summary>Called after waiting that was no work.</summary>
    public void AfterWait() => _resumed = Stopwatch.GetTimestamp();
}
