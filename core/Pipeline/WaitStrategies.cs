using System;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>How a stage thread passes the time when no stage had work.</summary>
public enum WaitKind
{
    /// <summary>Never gives the processor up: for pinned threads with a core each.</summary>
    BusySpin,

    /// <summary>Offers the processor to others after a short spin.</summary>
    Yielding,

    /// <summary>Spins, yields, then sleeps until woken: an idle venue costs nothing.</summary>
    Backoff,
}

internal interface IWaitStrategy
{
    /// <param name="thread">The thread that calls; it knows how to sleep.</param>
    /// <param name="work">What its stages did in this round.</param>
    void Idle(StageThread thread, int work);
}

internal struct BusySpinWait : IWaitStrategy
{
    public readonly void Idle(StageThread thread, int work)
    {
        if (work == 0)
        {
            Thread.SpinWait(1);
        }
    }
}

internal struct YieldingWait : IWaitStrategy
{
    // About a microsecond of spinning: less than a yield costs. Where threads share processors, the spinning keeps the
    // very thread from running that is waited for.
    private const int ProcessorsToSpin = 4;
    private static readonly int Spins = Environment.ProcessorCount < ProcessorsToSpin ? 5 : 50;

    private int _idle;

    public void Idle(StageThread thread, int work)
    {
        if (work != 0)
        {
            _idle = 0;
        }
        else if (_idle < Spins)
        {
            _idle++;
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }
    }
}

internal struct BackoffWait : IWaitStrategy
{
    // A few microseconds of spinning and yielding, about what falling asleep and being woken costs: whoever
    // would be woken sooner than that stays awake.
    private const int Spins = 100;
    private const int Yields = 20;

    private int _idle;

    public void Idle(StageThread thread, int work)
    {
        if (work != 0)
        {
            _idle = 0;
            return;
        }

        _idle++;
        if (_idle <= Spins)
        {
            Thread.SpinWait(1);
        }
        else if (_idle <= Spins + Yields)
        {
            Thread.Yield();
        }
        else
        {
            _idle = thread.Sleep() != 0 ? 0 : Spins + Yields;
        }
    }
}
