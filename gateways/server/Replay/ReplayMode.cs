using System;
using HftEngine.Core.Histograms;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>Consecutive requests in the form that a mode applies.</summary>
internal interface IPreparedBatch : IDisposable
{
    bool WarmUp { get; }

    int Commands { get; }
}

/// <summary>Facts about the state after a whole replay; null where the mode does not have it.</summary>
internal readonly record struct FinalState(
    ulong? EventDigest, ulong? StateHash, long? RestingOrders, long? RestingLevels, long? CancelsDone, long? CancelsMissed);

/// <summary>One of the three ways to replay a tape.</summary>
internal abstract class ReplayMode : IDisposable
{
    /// <summary>Preparation starts again at the tape's first record.</summary>
    public abstract void BeginPreparation();

    /// <summary>Puts requests into the form that <see cref="Apply"/> takes.</summary>
    /// <param name="requests">Consecutive requests.</param>
    /// <param name="names">The reader they came from.</param>
    /// <param name="reused">A batch of this mode whose memory may be taken, or null.</param>
    public abstract IPreparedBatch Prepare(RequestBatch requests, TapeReader names, IPreparedBatch? reused);

    /// <summary>The CPU of the thread that hands batches over; null leaves it to the system.</summary>
    public virtual int? SenderCpu => null;

    /// <summary>An empty venue, set up and ready for the first record. All its memory is touched.</summary>
    /// <param name="commands">So many follow at full speed: what they write to is prepared. 0: it need not be.</param>
    public abstract void Reset(long commands);

    /// <summary>Hands the whole batch over. Only this and <see cref="Complete"/> are timed.</summary>
    public abstract void Apply(IPreparedBatch batch);

    /// <summary>Returns when everything that was handed over has had its whole effect.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>Applies the batch command by command at the intended times, and times each.</summary>
    /// <param name="batch">Next commands.</param>
    /// <param name="pace">When each is due; latency counts from then.</param>
    /// <param name="latencies">Where to.</param>
    public abstract void ApplyTimed(IPreparedBatch batch, ref Pace pace, Histogram latencies);

    /// <summary>Applies the batch and shows what comes out to the tap.</summary>
    public abstract void ApplyTapped(IPreparedBatch batch, RequestBatch requests, EventTap tap);

    /// <summary>Digest of all events so far; null where there are no events.</summary>
    public abstract ulong? EventDigest { get; }

    public abstract FinalState ReadFinalState(EventTap tap);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
