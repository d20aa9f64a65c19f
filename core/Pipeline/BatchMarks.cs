using System;
using System.Runtime.InteropServices;
using System.Threading;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// How far one batch of the core went: what the publisher holds against the committed sequence.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct BatchMark
{
    /// <summary>Last command that was applied whole.</summary>
    [FieldOffset(0)]
    public ulong LastSequence;

    /// <summary>End of its events in the stream.</summary>
    [FieldOffset(8)]
    public long EndPosition;

    /// <summary>Running digest after it; means something only where a digest is recorded.</summary>
    [FieldOffset(16)]
    public ulong EventDigest;
}

/// <summary>A short queue of batch marks from the core to the publisher.</summary>
internal sealed unsafe class BatchMarks : IDisposable
{
    /// <summary>More than the core can get ahead of a commit that takes as long as a disk's flush.</summary>
    public const int Capacity = 16_384;

    private readonly NativeRegion _region;
    private readonly Cursors* _cursors;
    private readonly BatchMark* _marks;

    public BatchMarks()
    {
        _region = new NativeRegion(sizeof(Cursors) + ((long)Capacity * sizeof(BatchMark)));
        _cursors = (Cursors*)_region.Pointer;
        _marks = (BatchMark*)(_region.Pointer + sizeof(Cursors));
    }

    /// <summary>Core. Acquire: the publisher has read a slot before it is given back.</summary>
    public bool HasRoom => _cursors->Tail - Volatile.Read(ref _cursors->Head) < Capacity;

    /// <summary>Core, only after <see cref="HasRoom"/>.</summary>
    public void Add(in BatchMark mark)
    {
        long tail = _cursors->Tail;
        _marks[tail & (Capacity - 1)] = mark;

        // Release: the mark, and with it the events that it covers, before the count.
        Volatile.Write(ref _cursors->Tail, tail + 1);
    }

    /// <summary>Publisher: the oldest mark.</summary>
    public bool TryPeek(out BatchMark mark)
    {
        long head = _cursors->Head;
        if (Volatile.Read(ref _cursors->Tail) == head)
        {
            mark = default;
            return false;
        }

        mark = _marks[head & (Capacity - 1)];
        return true;
    }

    /// <summary>Publisher: leaves the oldest mark.</summary>
    public void Remove() => Volatile.Write(ref _cursors->Head, _cursors->Head + 1);

    public void Dispose() => _region.Dispose();

    [StructLayout(LayoutKind.Explicit, Size = 640)]
    internal struct Cursors
    {
        [FieldOffset(128)]
        public long Tail;

        [FieldOffset(384)]
        public long Head;
    }
}
