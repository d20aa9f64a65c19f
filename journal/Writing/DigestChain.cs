using System;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading;
using HftEngine.Core;
using HftEngine.Core.Storage;

namespace HftEngine.Journal;

/// <summary>
/// The SHA-256 chain over the journal's files: value' = SHA-256(value ‖ next 64 KiB of the segment, or its
/// rest when it is finished). Every value is kept in the segment's side file; the next segment's header
/// repeats the newest.
/// </summary>
/// <remarks>Advanced by one thread, never the committing one; <see cref="TryCopyTo"/> may be called from
/// another.</remarks>
internal sealed class DigestChain
{
    public const int BlockBytes = 64 * 1024;
    public const int ValueBytes = SHA256.HashSizeInBytes;

    private readonly byte[] _input = new byte[ValueBytes + BlockBytes];
    private readonly byte[] _next = new byte[ValueBytes];
    private readonly Lock _gate = new();
    private ulong _segment;
    private long _offset;

    public ulong Segment => _segment;

    public long Offset => _offset;

    public ReadOnlySpan<byte> Value => _input.AsSpan(0, ValueBytes);

    /// <summary>
    /// Before the first segment the value is the journal's id, so that two journals never share a chain.
    /// </summary>
    public void Begin(UInt128 journalId, ulong segment)
    {
        _input.AsSpan(0, ValueBytes).Clear();
        BinaryPrimitives.WriteUInt128LittleEndian(_input, journalId);
        _segment = segment;
        _offset = 0;
    }

    public void Resume(ulong segment, long offset, ReadOnlySpan<byte> value)
    {
        value.CopyTo(_input);
        _segment = segment;
        _offset = offset;
    }

    /// <summary>Goes to the next segment, from its first byte.</summary>
    public void Enter(ulong segment)
    {
        lock (_gate)
        {
            _segment = segment;
            _offset = 0;
        }
    }

    /// <summary>Takes the newest value and its place into a header.</summary>
    /// <returns>False when the digesting thread is just changing it; the caller never waits for that
    /// thread.</returns>
    public unsafe bool TryCopyTo(ref SegmentHeader header)
    {
        if (!_gate.TryEnter())
        {
            return false;
        }

        try
        {
            header.DigestSegment = _segment;
            header.DigestOffset = _offset;
            fixed (byte* digest = header.Digest)
            {
                Value.CopyTo(new Span<byte>(digest, ValueBytes));
            }
        }
        finally
        {
            _gate.Exit();
        }

        return true;
    }

    /// <summary>Digests one block if there is one.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="end">End of its data so far.</param>
    /// <param name="finished">No more will follow: the rest is a block.</param>
    public bool TryAdvance(IStorageFile file, long end, bool finished)
    {
        long available = end - _offset;
        if (available < BlockBytes && !(finished && available > 0))
        {
            return false;
        }

        int bytes = (int)long.Min(available, BlockBytes);
        Span<byte> block = _input.AsSpan(ValueBytes, bytes);
        int read = file.Read(_offset, block);
        Invariant.Require(read == bytes);
        SHA256.HashData(_input.AsSpan(0, ValueBytes + bytes), _next);
        lock (_gate)
        {
            _next.CopyTo(_input, 0);
            _offset += bytes;
        }

        return true;
    }
}
