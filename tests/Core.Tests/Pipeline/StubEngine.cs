using System;
using System.Collections.Generic;
using HftEngine.Core.Pipeline;

namespace HftEngine.Core.Tests.Pipeline;

/// <summary>
/// Stands in for the engine: checks every record as it comes, makes events whose content follows from the
/// command, and fails or asks for a Tick where a test wants it.
/// </summary>
internal sealed unsafe class StubEngine(EventStream events, uint crcSeed = 0)
{
    public const int EventsPerCommandModulo = 4;

    private uint _crc = crcSeed;

    public EventStream Events => events;

    public ulong LastSequence { get; set; }
    public long LastTimestampNs { get; set; }
    public long AppliedPosition { get; set; }
    public long NextDeadlineNs = long.MaxValue;
    public long MaxEventBytesPerCommand = 16 * 1024;
    public ulong FailAt { get; set; }
    public int Ticks;
    public long TickEvery;
    public readonly ulong[] TornBy = new ulong[256];
    public ulong Torn => (ulong)System.Linq.Enumerable.Sum(TornBy, torn => (long)torn);
    public bool KeepLog { get; set; }
    public int SpinPerCommand { get; set; }
    public readonly List<(ushort Gateway, ushort Template, ulong Number)> Log = [];
    public readonly ulong[] LastNumber = new ulong[256];
    public ulong OutOfOrder;

    public byte* ApplyRecords(byte* record, byte* end)
    {
        for (; record < end; record += SequencedCommand.RecordBytes(record))
        {
            if (events.Position + MaxEventBytesPerCommand > events.Limit)
            {
                return record;
            }

            Apply(record);
        }

        return end;
    }

    private void Apply(byte* record)
    {
        int length = (int)((CommandRecord*)record)->MessageBytes;
        byte* message = record + CommandRecord.Size;
        _crc = Crc32C.OfRecord(_crc, length, message);
        Invariant.Require(((CommandRecord*)record)->Crc32C == _crc);
        ulong sequence = SequencedCommand.SequenceOf(record);
        Invariant.Require(sequence == LastSequence + 1);
        long timestamp = *(long*)(message + 24);
        Invariant.Require(timestamp > LastTimestampNs);
        if (sequence == FailAt)
        {
            WriteEvent(message, sequence, 0, last: false);
            throw new InvalidOperationException("told to fail");
        }

        ushort gateway = *(ushort*)(message + 12);
        ushort template = SequencedCommand.TemplateOf(message);
        ulong number = 0;
        if (template == SequencedCommand.Tick)
        {
            Ticks++;
            NextDeadlineNs = TickEvery == 0 ? long.MaxValue : timestamp + TickEvery;
        }
        else
        {
            number = Inspect(message, length, template, gateway);
            uint count = 1 + (uint)(sequence % EventsPerCommandModulo);
            for (uint i = 0; i < count; i++)
            {
                WriteEvent(message, sequence, i, i == count - 1);
            }
        }

        if (KeepLog)
        {
            Log.Add((gateway, template, number));
        }

        for (int i = 0; i < SpinPerCommand; i++)
        {
            System.Threading.Thread.SpinWait(1);
        }

        LastSequence = sequence;
        LastTimestampNs = timestamp;
        AppliedPosition = events.Position;
    }

    private ulong Inspect(byte* message, int length, ushort template, ushort gateway)
    {
        if (template != TestCommand.Template)
        {
            return 0;
        }

        if (!TestCommand.IsWhole(message, length) || TestCommand.SenderOf(message) != gateway)
        {
            TornBy[gateway & 255]++;
            return 0;
        }

        ulong number = TestCommand.NumberOf(message);
        if (gateway < 256)
        {
            OutOfOrder += number <= LastNumber[gateway] ? 1UL : 0;
            LastNumber[gateway] = number;
        }

        return number;
    }

    private void WriteEvent(byte* command, ulong sequence, uint index, bool last) => TestEvent.Write(
        events.Claim(TestEvent.FrameBytes(sequence, index)), command, sequence, index, last);
}

internal readonly unsafe struct StubHandler(StubEngine engine) : ICommandHandler
{
    public EventStream Events => engine.Events;

    public long MaxEventBytesPerCommand => engine.MaxEventBytesPerCommand;

    public long RoomToStartBytes => engine.MaxEventBytesPerCommand;

    public EngineLimits Limits { get; } = new();

    public ulong LastSequence => engine.LastSequence;

    public long LastTimestampNs => engine.LastTimestampNs;

    public long AppliedPosition => engine.AppliedPosition;

    public long NextDeadlineNs => engine.NextDeadlineNs;

    public ulong EventDigest => engine.LastSequence * 31;

    public byte* ApplyRecords(byte* records, byte* end) => engine.ApplyRecords(records, end);
}
