using System;
using HftEngine.Core.Memory;

namespace HftEngine.Server.Replay;

/// <summary>Encoded commands back to back, framed as the engine takes them, in memory that the collector never sees.</summary>
internal sealed unsafe class CommandBatch(int capacityBytes) : IDisposable
{
    private readonly NativeRegion _region = new(capacityBytes);

    /// <summary>First record.</summary>
    public byte* Start => _region.Pointer;

    /// <summary>First byte behind the last record.</summary>
    public byte* End => _region.Pointer + Length;

    public int Length { get; private set; }

    public int Commands { get; private set; }

    public bool WarmUp { get; set; }

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

    public void Clear()
    {
        Length = 0;
        Commands = 0;
        WarmUp = false;
    }

    public void Dispose() => _region.Dispose();
}
