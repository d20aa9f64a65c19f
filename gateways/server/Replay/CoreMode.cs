using System;
using System.Diagnostics;
using System.Numerics;
using HftEngine.Core.Histograms;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>The engine in a loop over encoded commands: everything but rings and files.</summary>
internal sealed unsafe class CoreMode : ReplayMode
{
    private readonly ReplayVenue _venue;
    private readonly NativeRegion _eventMemory;
    private readonly CommandBatch _setup;
    private readonly ulong _setupCommands;
    private CommandEncoder _encoder = new();
    private Engine? _engine;

    public CoreMode(ReplayVenue venue)
    {
        _venue = venue;
        _setup = VenueSetup.Write(venue, _encoder);
        _setupCommands = _encoder.Sequence;
        _eventMemory = new NativeRegion(
            (long)BitOperations.RoundUpToPowerOf2((ulong)venue.Limits.MaxEventBytesPerCommand * 4));
    }

    private Engine Engine => _engine ?? throw new InvalidOperationException("The venue is not set up.");

    public override ulong? EventDigest => Engine.EventDigestValue;

    public override void BeginPreparation() => _encoder = new CommandEncoder(_setupCommands);

    public override IPreparedBatch Prepare(RequestBatch requests, TapeReader names, IPreparedBatch? reused) =>
        CommandBatch.Of(requests, _encoder, names, (CommandBatch?)reused);

    public override void Reset(long commands)
    {
        _engine?.Dispose();
        _engine = new Engine(_venue.Limits, new EventStream(_eventMemory));
        Apply(_setup);
    }

    public override void Apply(IPreparedBatch batch)
    {
        CommandBatch commands = (CommandBatch)batch;
        byte* next = Engine.ApplyRecords(commands.Start, commands.End);
        Invariant.Require(next == commands.End);
    }

    public override void ApplyTimed(IPreparedBatch batch, ref Pace pace, Histogram latencies)
    {
        CommandBatch commands = (CommandBatch)batch;
        Engine engine = Engine;
        if (!pace.HasRate)
        {
            CommandProbe probe = new(latencies);
            engine.ApplyRecords(commands.Start, commands.End, ref probe);
            return;
        }

        byte* record = commands.Start;
        while (record < commands.End)
        {
            byte* end = record + CommandRecord.RecordBytes((int)((CommandRecord*)record)->MessageBytes);
            long due = pace.Next();
            engine.ApplyRecords(record, end);
            latencies.RecordClamped(Latency.ToNs(Stopwatch.GetTimestamp() - due));
            record = end;
        }
    }

    public override void ApplyTapped(IPreparedBatch batch, RequestBatch requests, EventTap tap)
    {
        CommandBatch commands = (CommandBatch)batch;
        tap.BeginBatch(requests, commands.FirstSequence);
        EventStream events = Engine.Events;
        long read = events.Position;
        byte* record = commands.Start;
        while (record < commands.End)
        {
            events.Limit = read + events.CapacityBytes;
            record = Engine.ApplyRecords(record, commands.End);
            while (read < events.Position)
            {
                long offset = read & (events.CapacityBytes - 1);
                int length = (int)Math.Min(events.Position - read, events.CapacityBytes - offset);
                EventFrames.Walk(new ReadOnlySpan<byte>(events.Memory + offset, length), tap);
                read += length;
            }
        }

        events.Limit = long.MaxValue;
        tap.EndBatch();
    }

    public override FinalState ReadFinalState(EventTap tap) => new(
        Engine.EventDigestValue,
        Engine.ComputeStateHash(),
        tap.Book.RestingOrders,
        tap.Book.RestingLevels,
        tap.Tally.CancelsDone,
        tap.Tally.CancelsMissed);

    protected override void Dispose(bool disposing)
    {
        _engine?.Dispose();
        _setup.Dispose();
        _eventMemory.Dispose();
    }

    /// <summary>
    /// Reads the clock around each command of a batch, so that fetching ahead works as it does untimed.
    /// </summary>
    private struct CommandProbe(Histogram latencies) : IApplyProbe
    {
        private long _start;

        public void Before() => _start = Stopwatch.GetTimestamp();

        public readonly void After() =>
            latencies.RecordClamped(Latency.ToNs(Stopwatch.GetTimestamp() - _start));
    }
}
