using System;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// Turns messages into sequenced records: numbers, timestamps, frames and checks them, and publishes them to
/// the journal and the core. Used by the sequencer's thread alone.
/// </summary>
internal sealed unsafe class RecordWriter(SequencedRing output, PipelineCursors cursors, SequencerStart start)
{
    private readonly uint _epoch = start.Epoch;
    private long _timestampNs = start.LastTimestampNs;
    private uint _crc = start.CrcSeed;

    /// <summary>Of the last record.</summary>
    public ulong Sequence { get; private set; } = start.LastSequence;

    /// <summary>
    /// What a command that comes now would be stamped with: rising, whatever the clock does.
    /// </summary>
    public long NextTimestampNs(long nowNs) => Math.Max(_timestampNs + 1, nowNs);

    /// <summary>Takes a gateway's message over; false when journal or core leave no room.</summary>
    /// <param name="message">The producer's memory: copied first, looked at afterwards.</param>
    /// <param name="messageBytes">At least <see cref="SequencedCommand.MinMessageBytes"/>.</param>
    /// <param name="gatewayId">Of the ring; 0, the venue itself, may send every command.</param>
    /// <param name="nowNs">The clock.</param>
    public bool TryWrite(byte* message, int messageBytes, ushort gatewayId, long nowNs)
    {
        int recordBytes = CommandRecord.RecordBytes(messageBytes);
        byte* record = output.TryClaim(recordBytes);
        if (record == null)
        {
            return false;
        }

        // The last word first: its bytes behind the message are the record's padding, which is zero in the
        // journal.
        *(ulong*)(record + recordBytes - sizeof(ulong)) = 0;
        byte* copy = record + CommandRecord.Size;
        Buffer.MemoryCopy(message, copy, messageBytes, messageBytes);
        if (gatewayId != 0 && SequencedCommand.IsReserved(SequencedCommand.TemplateOf(copy)))
        {
            SequencedCommand.MakeUnknown(copy);
        }

        Finish(record, messageBytes, gatewayId, nowNs);
        return true;
    }

    /// <summary>
    /// Starts a command of the venue's own; null when journal or core leave no room for it yet.
    /// </summary>
    /// <returns>Its message, the block zeroed.</returns>
    public byte* TryOwn(ushort templateId, int blockBytes)
    {
        byte* record = output.TryClaim(CommandRecord.RecordBytes(SequencedCommand.MessageHeaderBytes + blockBytes));
        if (record == null)
        {
            return null;
        }

        // Every block of the venue's own is a multiple of 8 long: no padding to clear.
        byte* message = record + CommandRecord.Size;
        SequencedCommand.WriteHeader(message, templateId, blockBytes);
        return message;
    }

    /// <summary>Numbers and publishes what <see cref="TryOwn"/> started.</summary>
    public void FinishOwn(byte* message, int blockBytes, long nowNs)
    {
        byte* record = message - CommandRecord.Size;
        Finish(record, SequencedCommand.MessageHeaderBytes + blockBytes, gatewayId: 0, nowNs);
        Publish();
    }

    /// <summary>Shows everything written so far to journal and core.</summary>
    public void Publish()
    {
        output.Publish();
        cursors.Sequenced = Sequence;
    }

    private void Finish(byte* record, int messageBytes, ushort gatewayId, long nowNs)
    {
        Sequence++;
        _timestampNs = NextTimestampNs(nowNs);
        byte* message = record + CommandRecord.Size;
        SequencedCommand.Stamp(message, _epoch, gatewayId, Sequence, _timestampNs);
        _crc = Crc32C.OfRecord(_crc, messageBytes, message);
        *(CommandRecord*)record = new CommandRecord { MessageBytes = (uint)messageBytes, Crc32C = _crc };
    }
}

/// <summary>Where the sequencer takes up work.</summary>
/// <param name="Epoch">Of this start of the journal.</param>
/// <param name="LastSequence">Of the last recovered command; 0 on a fresh journal.</param>
/// <param name="LastTimestampNs">Of that command.</param>
/// <param name="CrcSeed">Its CRC; on a fresh journal what the journal says.</param>
/// <param name="Silent">True: no Genesis and no VenueRestarted of the sequencer's own.</param>
/// <param name="Genesis">The content of Genesis.</param>
internal readonly record struct SequencerStart(
    uint Epoch, ulong LastSequence, long LastTimestampNs, uint CrcSeed, bool Silent, EngineLimits? Genesis);
