using System;
using System.IO;

namespace HftEngine.Journal;

/// <summary>Where a journal command prints, and where it tells how far it is.</summary>
/// <param name="Output">Results.</param>
/// <param name="Progress">Bytes done and in all; null when nobody watches.</param>
public sealed record JournalConsole(TextWriter Output, Action<long, long>? Progress = null)
{
    private const long StepBytes = 16 << 20;
    private long _reported;

    internal void Report(long done, long total)
    {
        if (Progress is not null && (done - _reported >= StepBytes || done == total))
        {
            _reported = done;
            Progress(done, total);
        }
    }
}
