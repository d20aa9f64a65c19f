using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>One thread with the stages folded onto it.</summary>
internal abstract unsafe class StageThread : IDisposable
{
    // Wake-ups do not get lost; this bounds what happens where the kernel lacks membarrier or a sandbox
    // forbids it.
    private const long MaxSleepNs = 50_000_000;
    private const long MinSleepNs = 2_000;

    // A gateway can write its doorbell or wake its futex as it likes. After this many wake-ups for nothing
    // its bell, and with it every bell, is left out of the wait for a while, and the rings are polled every
    // millisecond instead.
    private const int FruitlessLimit = 32;
    private const int DistrustSleeps = 1000;
    private const long DistrustSleepNs = 1_000_000;

    private readonly Stage[] _stages;
    private readonly GatewayRing[] _bells;
    private readonly HaltLatch _halt;
    private readonly int _cpu;
    private readonly Thread _thread;
    private readonly Kernel.WaitWord* _words;
    private readonly int _wordCount;
    private StageThread[] _others = [];
    private int _exit;
    private int _state;
    private long _allocatedBytes;
    private int _fruitless;
    private int _distrust;

    protected StageThread(string name, int cpu, Stage[] stages, GatewayRing[] gateways, HaltLatch halt)
    {
        _cpu = cpu;
        _stages = stages;
        _halt = halt;
        _bells = Array.Exists(stages, stage => stage.Kind == StageKind.Sequencer) ? gateways : [];
        _wordCount = Math.Min(_bells.Length + 1, Kernel.MaxWaitWords);
        _words = (Kernel.WaitWord*)NativeMemory.AllocZeroed((nuint)Kernel.MaxWaitWords, (nuint)sizeof(Kernel.WaitWord));
        _words[0] = Kernel.WaitWord.For(Signal.Address, 1);
        for (int i = 1; i < _wordCount; i++)
        {
            _words[i] = Kernel.WaitWord.For(_bells[i - 1].SequencerDoorbell, 1);
        }

        _thread = new Thread(Main) { Name = name, IsBackground = true };
    }

    private enum State
    {
        Created,
        Running,
        PinRefused,
        Ended,
    }

    public WakeSignal Signal { get; } = new();

    /// <summary>Garbage-collected memory that the thread took between its first round and its last.</summary>
    public long AllocatedBytes => Volatile.Read(ref _allocatedBytes);

    public static StageThread Create(
        WaitKind wait, string name, int cpu, Stage[] stages, GatewayRing[] gateways, HaltLatch halt) => wait switch
        {
            WaitKind.BusySpin => new StageThread<BusySpinWait>(name, cpu, stages, gateways, halt),
            WaitKind.Yielding => new StageThread<YieldingWait>(name, cpu, stages, gateways, halt),
            _ => new StageThread<BackoffWait>(name, cpu, stages, gateways, halt),
        };

    public void Connect(StageThread[] all) => _others = Array.FindAll(all, thread => thread != this);

    public void Start()
    {
        _thread.Start();
        while (Volatile.Read(ref _state) == (int)State.Created)
        {
            Thread.Sleep(0);
        }

        if (Volatile.Read(ref _state) == (int)State.PinRefused)
        {
            throw new InvalidOperationException($"The thread {_thread.Name} cannot be pinned to CPU {_cpu}.");
        }
    }

    public void RequestExit()
    {
        Volatile.Write(ref _exit, 1);
        Signal.Wake();
    }

    public bool Join(int timeoutMs) => _state == (int)State.Created || _thread.Join(timeoutMs);

    /// <summary>
    /// Runs every stage once. After each that had work the other threads are woken, so that none waits for
    /// this round's end.
    /// </summary>
    public int Round()
    {
        int total = 0;
        for (int i = 0; i < _stages.Length; i++)
        {
            int work = RunStage(i);
            if (work != 0)
            {
                total += work;
                WakeOthers();
            }
        }

        return total;
    }

    /// <summary>
    /// Sleeps until something happens; answers the work that was found on the last look before.
    /// </summary>
    public int Sleep()
    {
        Signal.Announce();
        foreach (GatewayRing bell in _bells)
        {
            Volatile.Write(ref *bell.SequencerDoorbell, 1);
        }

        // Every publisher stores its cursor, then loads the word set above, without a fence between. The
        // barrier runs on all their processors now: a store that its load did not wait for is visible to the
        // round below, and a later load sees the word.
        Kernel.BarrierEverywhere();
        int work = Round();
        long boundNs = work == 0 && Volatile.Read(ref _exit) == 0 ? SleepBoundNs() : 0;
        if (boundNs >= MinSleepNs)
        {
            work = SleepOnWords(boundNs);
        }

        Signal.Withdraw();
        foreach (GatewayRing bell in _bells)
        {
            Volatile.Write(ref *bell.SequencerDoorbell, 0);
        }

        return work;
    }

    public void Dispose()
    {
        Signal.Dispose();
        NativeMemory.Free(_words);
    }

    protected abstract void Loop();

    protected bool ShouldExit => Volatile.Read(ref _exit) != 0;

    private void Main()
    {
        if (_cpu >= 0 && !Kernel.PinTo(_cpu))
        {
            Volatile.Write(ref _state, (int)State.PinRefused);
            return;
        }

        Volatile.Write(ref _state, (int)State.Running);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Loop();
        Volatile.Write(ref _allocatedBytes, GC.GetAllocatedBytesForCurrentThread() - before);
        Volatile.Write(ref _state, (int)State.Ended);
    }

    private int RunStage(int index)
    {
        try
        {
            return _stages[index].DoWork();
        }
#pragma warning disable CA1031 // A stage that fails must not take its thread along: what is committed still leaves.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Fail(index, failure);
        }
    }

    private int Fail(int index, Exception failure)
    {
        Stage failed = _stages[index];
        _halt.Halt(new HaltReport(failed.Kind, 0, 0, 0, failure.Message, failure));
        failed.OnFailed();
        _stages[index] = new FailedStage(failed.Kind);
        return 1;
    }

    private void WakeOthers()
    {
        foreach (StageThread other in _others)
        {
            other.Signal.Wake();
        }
    }

    private long SleepBoundNs()
    {
        long bound = MaxSleepNs;
        foreach (Stage stage in _stages)
        {
            bound = Math.Min(bound, stage.MaxIdleNs);
        }

        return bound;
    }

    private int SleepOnWords(long boundNs)
    {
        if (_wordCount == 1 || _distrust > 0)
        {
            _distrust = Math.Max(0, _distrust - 1);
            long timeoutNs = _wordCount == 1 ? boundNs : Math.Min(boundNs, DistrustSleepNs);
            Kernel.Wait(Signal.Address, 1, timeoutNs);
            return Round();
        }

        long startNs = Kernel.MonotonicNs();
        if (!Kernel.WaitAny(_words, _wordCount, boundNs))
        {
            // The kernel or a sandbox does not have it, and will not have it later.
            _distrust = int.MaxValue;
            return 0;
        }

        bool woken = Kernel.MonotonicNs() - startNs < boundNs;
        int work = Round();
        _fruitless = woken && work == 0 ? _fruitless + 1 : 0;
        if (_fruitless > FruitlessLimit)
        {
            _fruitless = 0;
            _distrust = DistrustSleeps;
        }

        return work;
    }

    private sealed class FailedStage(StageKind kind) : Stage
    {
        public override StageKind Kind => kind;

        public override int DoWork() => 0;
    }
}

internal sealed class StageThread<TWait>(string name, int cpu, Stage[] stages, GatewayRing[] gateways, HaltLatch halt)
    : StageThread(name, cpu, stages, gateways, halt)
    where TWait : struct, IWaitStrategy
{
    private TWait _wait;

    protected override void Loop()
    {
        TWait wait = _wait;
        while (!ShouldExit)
        {
            wait.Idle(this, Round());
        }

        _wait = wait;
    }
}
