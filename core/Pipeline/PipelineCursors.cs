using System;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// The words by which the stages of one pipeline tell each other how far they are. Each has one writer.
/// </summary>
internal sealed unsafe class PipelineCursors : IDisposable
{
    private readonly NativeRegion _region;
    private readonly Words* _words;

    public PipelineCursors(ulong lastSequence, long nextDeadlineNs)
    {
        _region = new NativeRegion(sizeof(Words));
        _words = (Words*)_region.Pointer;
        _words->Sequenced = lastSequence;
        _words->Committed = lastSequence;
        _words->Applied = lastSequence;
        _words->NextDeadlineNs = nextDeadlineNs;
    }

    /// <summary>Sequencer: the last sequence it published.</summary>
    public ulong Sequenced
    {
        get => Volatile.Read(ref _words->Sequenced);
        set => Volatile.Write(ref _words->Sequenced, value);
    }

    /// <summary>Journal: the last sequence that is durable as configured.</summary>
    public ulong Committed
    {
        // Acquire and release: whoever releases events on this word must not have looked at older ones.
        get => Volatile.Read(ref _words->Committed);
        set => Volatile.Write(ref _words->Committed, value);
    }

    /// <summary>Core: the last sequence it applied.</summary>
    public ulong Applied
    {
        // Release: NextDeadlineNs is stored before, so that who sees this sequence sees the deadline that it
        // left.
        get => Volatile.Read(ref _words->Applied);
        set => Volatile.Write(ref _words->Applied, value);
    }

    /// <summary>Core: when the next Tick is due.</summary>
    public long NextDeadlineNs
    {
        get => Volatile.Read(ref _words->NextDeadlineNs);
        set => Volatile.Write(ref _words->NextDeadlineNs, value);
    }

    public void Dispose() => _region.Dispose();

    [StructLayout(LayoutKind.Explicit, Size = 1280)]
    internal struct Words
    {
        [FieldOffset(128)]
        public ulong Sequenced;

        [FieldOffset(384)]
        public ulong Committed;

        [FieldOffset(640)]
        public ulong Applied;

        [FieldOffset(896)]
        public long NextDeadlineNs;
    }
}
