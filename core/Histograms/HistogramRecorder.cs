using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Histograms;

/// <summary>
/// One thread records without ever waiting, another takes what was recorded since it last did: two histograms change
/// places, and the reader waits until the writer has left the one it takes.
/// </summary>
public sealed class HistogramRecorder
{
    // The writer's counters stand alone on their lines: the reader polls them.
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Phase
    {
        /// <summary>Recordings begun; written by the writer alone.</summary>
        [FieldOffset(128)]
        public long Begun;

        [FieldOffset(136)]
        public long Ended;

        /// <summary>Which histogram is written to; written by the reader alone.</summary>
        [FieldOffset(256)]
        public int Active;
    }

    private readonly Histogram[] _pair;
    private Phase _phase;

    public HistogramRecorder(long lowestDiscernible, long highestTrackable, int significantDigits)
    {
        _pair =
        [
            new Histogram(lowestDiscernible, highestTrackable, significantDigits),
            new Histogram(lowestDiscernible, highestTrackable, significantDigits),
        ];
    }

    /// <summary>Records a value; beyond the range it counts as the range's end. One thread only.</summary>
    public void Record(long value)
    {
        // Full fence: either the reader sees that a recording has begun, or this thread sees the change of places.
        // Without it the store may still wait in the store buffer while the load of Active is answered.
        Interlocked.Exchange(ref _phase.Begun, _phase.Begun + 1);
        _pair[Volatile.Read(ref _phase.Active)].RecordClamped(value);

        // Release store: the counts are written before the recording counts as ended.
        Volatile.Write(ref _phase.Ended, _phase.Ended + 1);
    }

    /// <summary>Takes what was recorded since the last call into <paramref name="interval"/>. One thread only.</summary>
    /// <param name="interval">Of the same range and digits; what it held is gone.</param>
    public void Take(Histogram interval)
    {
        int taken = _phase.Active;
        if (_pair[taken].SizeBytes != interval.SizeBytes || _pair[taken].LowestDiscernible != interval.LowestDiscernible)
        {
            throw new ArgumentException("The interval's histogram has another shape.", nameof(interval));
        }

        _pair[taken ^ 1].Clear();
        Interlocked.Exchange(ref _phase.Active, taken ^ 1);
        long begun = Volatile.Read(ref _phase.Begun);
        SpinWait wait = default;
        while (Volatile.Read(ref _phase.Ended) < begun)
        {
            wait.SpinOnce();
        }

        interval.CopyFrom(_pair[taken]);
    }
}
