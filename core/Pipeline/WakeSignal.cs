using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace HftEngine.Core.Pipeline;

/// <summary>The word on which one stage thread sleeps. Publishing costs a load while nobody does.</summary>
internal sealed unsafe class WakeSignal : IDisposable
{
    private const nuint CacheLineBytes = 64;

    private Words* _words;

    public WakeSignal()
    {
        _words = (Words*)NativeMemory.AlignedAlloc((nuint)sizeof(Words), CacheLineBytes);
        *_words = default;
    }

    public int* Address => &_words->Sleeping;

    /// <summary>Wakes the thread if it sleeps or is about to.</summary>
    /// <remarks>
    /// The load may come before the caller's publishing store is visible. The sleeper sets the word, runs a
    /// barrier on every thread, and looks for work once more: either it finds what was published or this load
    /// finds the word set.
    /// </remarks>
    public void Wake()
    {
        if (Volatile.Read(ref _words->Sleeping) != 0)
        {
            CommandRingProducer.Ring(ref _words->Sleeping);
        }
    }

    public void Announce() => Volatile.Write(ref _words->Sleeping, 1);

    public void Withdraw() => Volatile.Write(ref _words->Sleeping, 0);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_words);
        _words = null;
    }

    [StructLayout(LayoutKind.Explicit, Size = 384)]
    internal struct Words
    {
        [FieldOffset(128)]
        public int Sleeping;
    }
}
