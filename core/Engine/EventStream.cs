using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using HftEngine.Core.Memory;

namespace HftEngine.Core;

/// <summary>
/// Where the engine writes its events: a circular piece of memory, of which it owns the write side. The pipeline's
/// event ring lends its memory; an embedded engine uses one of its own.
/// </summary>
/// <remarks>
/// A frame is 8 bytes of header (length of the whole frame as int32, kind as uint16, zero), then the SBE message
/// (8 bytes of header and its root block), then zeros up to a multiple of 32 bytes. A frame never wraps: where one does
/// not fit before the end of the memory a padding frame (kind 1) fills the rest. Positions are bytes since the start
/// and only rise; the offset in memory is position modulo capacity.
/// </remarks>
public sealed unsafe class EventStream
{
    public const int FrameHeaderBytes = 8;
    public const int FrameAlignment = 32;
    public const ushort MessageKind = 0;
    public const ushort PaddingKind = 1;

    private const int BytesAhead = 768;

    private readonly byte* _memory;
    private readonly long _capacity;
    private long _position;
    private long _digested;
    private long _paddingBytes;

    /// <param name="memory">At least <paramref name="capacityBytes"/>, aligned to 64.</param>
    /// <param name="capacityBytes">A power of two.</param>
    public EventStream(byte* memory, long capacityBytes)
    {
        Invariant.Require(capacityBytes >= 4096);
        Invariant.Require((capacityBytes & (capacityBytes - 1)) == 0);
        _memory = memory;
        _capacity = capacityBytes;
        Limit = long.MaxValue;
    }

    /// <summary>Over memory of its own, never gated: for an engine whose events nobody reads back, or reads at once.</summary>
    public EventStream(NativeRegion region)
        : this(region.Pointer, region.LengthBytes)
    {
    }

    public byte* Memory => _memory;

    public long CapacityBytes => _capacity;

    /// <summary>Bytes written since the start, padding included.</summary>
    public long Position => _position;

    /// <summary>The engine starts no command that could write beyond this position.</summary>
    public long Limit { get; set; }

    /// <summary>Digest of all events up to the last command, padding left out.</summary>
    public EventDigest Digest;

    /// <summary>Takes the next frame of <paramref name="frameBytes"/> (a multiple of 32) and writes its frame header.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Claim(int frameBytes)
    {
        long offset = _position & (_capacity - 1);
        if (offset + frameBytes > _capacity)
        {
            offset = Wrap(offset);
        }

        _position += frameBytes;
        if (Sse.IsSupported)
        {
            // Some commands ahead of the writing: the lines of a lap ago have sunk to an outer cache.
            byte* coming = _memory + ((_position + BytesAhead) & (_capacity - 1));
            Sse.Prefetch0(coming);
            Sse.Prefetch0(coming + 64);
            Sse.Prefetch0(coming + 128);
        }

        byte* frame = _memory + offset;
        *(long*)frame = frameBytes;
        return frame;
    }

    /// <summary>Starts again at the beginning of the memory. For buffers that are handed on whole, not for rings.</summary>
    internal void Rewind()
    {
        _position = 0;
        _digested = 0;
        _paddingBytes = 0;
    }

    internal long UndigestedBytes => _position - _digested;

    /// <summary>Takes everything written since the last call into <see cref="Digest"/>, padding frames left out.</summary>
    internal void TakeIntoDigest()
    {
        while (_digested < _position)
        {
            long offset = _digested & (_capacity - 1);
            long run = _position - _digested;
            if (offset + run > _capacity)
            {
                run = _capacity - offset;
            }

            // Padding can only be the last frame before the end of the memory, and the wrap left its place here.
            long padding = offset + run == _capacity ? _paddingBytes : 0;
            Digest.Update(_memory + offset, run - padding);
            _digested += run;
            if (offset + run == _capacity)
            {
                _paddingBytes = 0;
            }
        }
    }

    /// <summary>Fills the rest of the memory with a padding frame; the next frame starts at its beginning.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long Wrap(long offset)
    {
        long rest = _capacity - offset;
        byte* frame = _memory + offset;
        *(long*)frame = rest | ((long)PaddingKind << 32);
        _position += rest;
        _paddingBytes = rest;
        return 0;
    }
}
