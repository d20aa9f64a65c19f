using System;
using System.Numerics;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Tests.Harness;

/// <summary>An engine with an event stream so long that all its events stay readable.</summary>
internal sealed unsafe class RecordedEngine : IDisposable
{
    private readonly NativeRegion _memory;

    public RecordedEngine(EngineLimits limits, long eventBytes = 1 << 20)
    {
        long least = Math.Max(eventBytes, 4L * limits.MaxEventBytesPerCommand);
        _memory = new NativeRegion((long)BitOperations.RoundUpToPowerOf2((ulong)least));
        Stream = new EventStream(_memory);
        Engine = new Engine(limits, Stream);
    }

    public Engine Engine { get; }

    public EventStream Stream { get; }

    /// <summary>Every byte that was written, from the first frame on.</summary>
    public ReadOnlySpan<byte> Events => Stream.Position <= Stream.CapacityBytes
        ? new ReadOnlySpan<byte>(Stream.Memory, (int)Stream.Position)
        : throw new InvalidOperationException("the stream has wrapped: make it longer");

    /// <summary>One command at a time.</summary>
    public void ApplyEach(RecordBatch batch)
    {
        for (byte* at = batch.First; at < batch.End; at = batch.Skip(at, 1))
        {
            Engine.Apply(RecordBatch.MessageAt(at));
        }
    }

    public void Dispose()
    {
        Engine.Dispose();
        _memory.Dispose();
    }
}
