using System;
using System.Buffers.Binary;
using HftEngine.Core;
using HftEngine.Core.Pipeline;

namespace HftEngine.Journal.Tests;

/// <summary>Frames records as the sequencer does: envelope, checksum chain, padding.</summary>
internal sealed class FakeSequencer
{
    private const int BlockLength = 120;
    private byte[] _buffer = new byte[1 << 16];

    public FakeSequencer(CommandJournal journal)
        : this(journal.Epoch, journal.LastSequence, journal.LastCrc, journal.LastTimestampNs)
    {
    }

    public FakeSequencer(uint epoch, ulong lastSequence, uint crc, long timestampNs)
    {
        Epoch = epoch;
        LastSequence = lastSequence;
        Crc = crc;
        TimestampNs = timestampNs;
    }

    public uint Epoch { get; }

    public ulong LastSequence { get; private set; }

    public uint Crc { get; private set; }

    public long TimestampNs { get; private set; }

    /// <summary>Records back to back; every seventh has a length that needs padding.</summary>
    public ReadOnlySpan<byte> Next(int count)
    {
        int length = 0;
        for (int i = 0; i < count; i++)
        {
            int messageBytes = 8 + BlockLength + (LastSequence % 7 == 6 ? 3 : 0);
            int bytes = CommandRecord.RecordBytes(messageBytes);
            if (length + bytes > _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            Write(_buffer.AsSpan(length, bytes), messageBytes);
            length += bytes;
        }

        return _buffer.AsSpan(0, length);
    }

    private void Write(Span<byte> record, int messageBytes)
    {
        record.Clear();
        LastSequence++;
        TimestampNs++;
        Span<byte> message = record[8..];
        BinaryPrimitives.WriteUInt16LittleEndian(message, BlockLength);
        BinaryPrimitives.WriteUInt16LittleEndian(message[2..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(message[8..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(message[16..], LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(message[24..], TimestampNs);
        ulong content = LastSequence * 0x9E37_79B9_7F4A_7C15;
        for (int i = 64; i < messageBytes; i++)
        {
            message[i] = (byte)(content >> (i & 63));
        }

        BinaryPrimitives.WriteInt32LittleEndian(record, messageBytes);
        Crc = Crc32C.OfRecord(Crc, message[..messageBytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc);
    }
}
