using System;
using System.Runtime.InteropServices;
using HftEngine.Core.Memory;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>
/// Encoded commands back to back, framed as the engine takes them, in memory that the collector never sees.
/// </summary>
internal sealed unsafe class CommandBatch(int capacityBytes) : IPreparedBatch
{
    private readonly NativeRegion _region = new(capacityBytes);

    /// <summary>First record.</summary>
    public byte* Start => _region.Pointer;

    /// <summary>First byte behind the last record.</summary>
    public byte* End => _region.Pointer + Length;

    public int Length { get; private set; }

    public int Commands { get; private set; }

    public bool WarmUp { get; set; }

    /// <summary>Sequence of the first command.</summary>
    public ulong FirstSequence { get; private set; }

    public static CommandBatch Of(
        RequestBatch requests, CommandEncoder encoder, TapeReader names, CommandBatch? reused)
    {
        int bytes = CommandEncoder.BytesFor(requests.Requests.Count);
        if (reused is null || reused._region.LengthBytes < bytes)
        {
            reused?.Dispose();
            reused = new CommandBatch(Math.Max(1, bytes));
        }

        reused.Length = 0;
        reused.Commands = 0;
        reused.WarmUp = requests.WarmUp;
        reused.FirstSequence = encoder.Sequence + 1;
        foreach (ref readonly ReplayRequest request in CollectionsMarshal.AsSpan(requests.Requests))
        {
            encoder.Write(reused, in request, names);
        }

        return reused;
    }

    /// <summary>Room for one more record, zeroed.</summary>
    public Span<byte> Claim(int recordBytes)
    {
        if (Length + recordBytes > _region.LengthBytes)
        {
            throw new InvalidOperationException("A batch of commands is larger than its memory.");
        }

        Span<byte> record = new(_region.Pointer + Length, recordBytes);
        record.Clear();
        Length += recordBytes;
        Commands++;
        return record;
    }

    public void Dispose() => _region.Dispose();
}
