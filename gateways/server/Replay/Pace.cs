using System;
using System.Diagnostics;
using System.Threading;

namespace HftEngine.Server.Replay;

/// <summary>
/// When commands are due. Without a rate each is due when its turn comes. With one, the times are fixed beforehand: a
/// venue that falls behind is charged for the wait that it causes.
/// </summary>
internal struct Pace(long? commandsPerSecond)
{
    private long _start;
    private long _commands;

    /// <summary>Waits for the next command's time and returns it, in ticks of the stopwatch.</summary>
    public long Next()
    {
        if (commandsPerSecond is not { } rate)
        {
            return Stopwatch.GetTimestamp();
        }

        if (_commands == 0)
        {
            _start = Stopwatch.GetTimestamp();
        }

        long due = _start + (long)((Int128)_commands * Stopwatch.Frequency / rate);
        _commands++;
        while (Stopwatch.GetTimestamp() < due)
        {
            Thread.SpinWait(1);
        }

        return due;
    }
}
