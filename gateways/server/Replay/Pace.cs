using System;
using System.Diagnostics;
using System.Threading;

namespace HftEngine.Server.Replay;

/// <summary>
/// When commands are due. Without a rate each is due when its turn comes. With one, the times are fixed
/// beforehand: a venue that falls behind is charged for the wait that it causes.
/// </summary>
internal struct Pace(long? commandsPerSecond)
{
    private long _start;
    private long _commands;

    public readonly bool HasRate => commandsPerSecond is not null;

    /// <summary>The next command's time, in ticks of the stopwatch; it may be past.</summary>
    public long TakeDue()
    {
        long now = Stopwatch.GetTimestamp();
        if (commandsPerSecond is not { } rate)
        {
            return now;
        }

        if (_commands == 0)
        {
            _start = now;
        }

        long due = _start + (long)((Int128)_commands * Stopwatch.Frequency / rate);
        _commands++;
        return due;
    }

    /// <summary>Waits for the next command's time and returns it.</summary>
    public long Next()
    {
        long due = TakeDue();
        while (HasRate && Stopwatch.GetTimestamp() < due)
        {
            Thread.SpinWait(1);
        }

        return due;
    }
}
