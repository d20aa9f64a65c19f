using System;
using System.IO;
using System.Threading;
using HftEngine.Core.Memory;
using HftEngine.Core.Storage;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// No journal: everything counts as committed at once. What it held is lost with the process.
/// </summary>
public sealed unsafe class NullCommandLog : ICommandLog
{
    private ulong _last;

    public ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
    {
        fixed (byte* start = records)
        {
            ulong next = firstSequence;
            byte* end = start + records.Length;
            for (byte* record = start; record < end; record += SequencedCommand.RecordBytes(record))
            {
                next++;
            }

            _last = records.IsEmpty ? _last : next - 1;
            return _last;
        }
    }
}

/// <summary>
/// Keeps the records in memory of a fixed size, for tests and for embedders that look at them afterwards.
/// </summary>
public sealed class InMemoryCommandLog : ICommandLog, IDisposable
{
    private readonly NullCommandLog _sequences = new();
    private readonly NativeRegion _region;
    private long _bytes;

    public InMemoryCommandLog(long capacityBytes)
    {
        _region = new NativeRegion(capacityBytes);
    }

    public long LengthBytes => Volatile.Read(ref _bytes);

    /// <summary>Everything that was appended, as one piece.</summary>
    public unsafe ReadOnlySpan<byte> Records => new(_region.Pointer, checked((int)LengthBytes));

    public unsafe ulong Append(uint epoch, ulong firstSequence, ReadOnlySpan<byte> records)
    {
        if (_bytes + records.Length > _region.LengthBytes)
        {
            throw new StorageException("append", "command log in memory", _bytes, new IOException("it is full"));
        }

        records.CopyTo(new Span<byte>(_region.Pointer + _bytes, records.Length));

        // Release: whoever sees the length sees the records.
        Volatile.Write(ref _bytes, _bytes + records.Length);
        return _sequences.Append(epoch, firstSequence, records);
    }

    public void Dispose() => _region.Dispose();
}

/// <summary>No event log: lapped readers have nowhere to catch up.</summary>
public sealed class NullEventSink : IEventSink
{
    public void Append(ReadOnlySpan<byte> frames, ulong lastSequence)
    {
    }

    public void AppendDigest(uint epoch, ulong sequence, ulong eventDigest)
    {
    }
}
