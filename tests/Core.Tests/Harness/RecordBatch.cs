using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace HftEngine.Core.Tests.Harness;

/// <summary>Numbered commands as records back to back in native memory, as the sequencer's ring holds them.</summary>
internal sealed unsafe class RecordBatch : IDisposable
{
    private readonly byte* _memory;

    public RecordBatch(IReadOnlyList<byte[]> messages)
    {
        Bytes = messages.Sum(message => CommandRecord.RecordBytes(message.Length));
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, Bytes), 64);
        new Span<byte>(_memory, Bytes).Clear();
        byte* at = _memory;
        ulong sequence = 0;
        foreach (byte[] message in messages)
        {
            sequence++;
            byte[] numbered = (byte[])message.Clone();
            WireMessage.Stamp(numbered, epoch: 1, sequence, timestampNs: 1_700_000_000_000_000_000 + (long)sequence);
            ((CommandRecord*)at)->MessageBytes = (uint)numbered.Length;
            numbered.CopyTo(new Span<byte>(at + CommandRecord.Size, numbered.Length));
            at += CommandRecord.RecordBytes(numbered.Length);
        }
    }

    public int Bytes { get; }

    public byte* First => _memory;

    public byte* End => _memory + Bytes;

    /// <summary>The record <paramref name="count"/> records after <paramref name="at"/>, or the end.</summary>
    public byte* Skip(byte* at, int count)
    {
        for (; count > 0 && at < End; count--)
        {
            at += CommandRecord.RecordBytes((int)((CommandRecord*)at)->MessageBytes);
        }

        return at;
    }

    /// <summary>The message of a record.</summary>
    public static ReadOnlySpan<byte> MessageAt(byte* record) =>
        new(record + CommandRecord.Size, (int)((CommandRecord*)record)->MessageBytes);

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
