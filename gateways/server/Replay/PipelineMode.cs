using System;
using System.IO;
using System.Linq;
using System.Threading;
using HftEngine.Core.Histograms;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Journal;
using HftEngine.Server.Hosting;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>The whole pipeline, from the write into a gateway's command ring to the released event.</summary>
internal sealed unsafe class PipelineMode : ReplayMode
{
    private const ushort Gateway = 1;

    // A burst is committed as one: the sequencer sees it at once, and the producer touches the shared word
    // once.
    private const int BurstCommands = 32;

    // With fewer, sender and stages share CPUs, and the scheduler would put the core beside the sender now and then.
    private const int ProcessorsForOwnThread = 4;
    private const int SharedCpu = 0;
    private const int CoreCpu = 1;

    // So few that their events can be read back before the ring comes round.
    private const int TappedCommands = 512;
    private const int ReadBytes = 1 << 22;
    private const int StopTimeoutMs = 30_000;

    private readonly ReplayVenue _venue;
    private readonly ReplayOptions _options;
    private readonly string? _folder;
    private readonly bool _ownsFolder;
    private readonly CommandBatch _setup;
    private readonly ulong _venueCommands;
    private readonly ulong _setupCommands;
    private CommandEncoder _encoder = new();
    private VenueLine? _line;
    private CommandRingProducer? _gateway;
    private ulong _sent;
    private long _commandBytes;

    public PipelineMode(ReplayVenue venue, ReplayOptions options)
    {
        _venue = venue;
        _options = options;
        _setup = VenueSetup.Write(venue, _encoder);
        _setupCommands = _encoder.Sequence;
        _venueCommands = _setupCommands - VenueSetup.GatewayCommands;
        if (options.Journal != "none")
        {
            _ownsFolder = options.DataFolder is null;
            _folder = options.DataFolder ?? Directory.CreateTempSubdirectory("hft-replay-").FullName;
            if (!_ownsFolder && Directory.Exists(_folder)
                && Directory.EnumerateFileSystemEntries(_folder).Any())
            {
                throw new ReplayException(
                    $"--data {_folder} is not empty; a replay begins a journal of its own");
            }
        }
    }

    public override ulong? EventDigest => Line.Engine.EventDigestValue;

    private VenueLine Line => _line ?? throw new InvalidOperationException("The venue is not set up.");

    private CommandRingProducer GatewayRing =>
        _gateway ?? throw new InvalidOperationException("The venue is not set up.");

    public override void BeginPreparation() => _encoder = new CommandEncoder(_setupCommands);

    public override IPreparedBatch Prepare(RequestBatch requests, TapeReader names, IPreparedBatch? reused) =>
        CommandBatch.Of(requests, _encoder, names, (CommandBatch?)reused);

    public override int? SenderCpu => Environment.ProcessorCount is >= 2 and < ProcessorsForOwnThread ? SharedCpu : null;

    public override void Reset(long commands)
    {
        (long Commands, long Events) prepared = PreparedFor(commands);
        Close();
        _line = VenueLine.Open(new VenueLineOptions
        {
            Limits = _venue.Limits,
            Durability = Enum.Parse<Durability>(_options.Journal, ignoreCase: true),
            Folder = _folder,
            PreparedBytes = prepared,
            Layout = _options.Pin.Count > 0
                ? PipelineLayout.Parse(string.Join(',', _options.Pin))
                : LayoutFor(Environment.ProcessorCount),
            Wait = WaitKind.Yielding,
            Announce = false,
            ClockStandsStill = true,
            Gateways = [new GatewayOptions { GatewayId = Gateway }],
        });
        _gateway = _line.Pipeline.AttachGateway(Gateway);
        _line.Pipeline.Start();
        _sent = 0;
        _commandBytes = 0;
        byte* next = Send(_line.Pipeline.Venue, _setup.Start, _setup.End, (int)_venueCommands);
        Complete();
        Send(_gateway, next, _setup.End, int.MaxValue);
        Complete();
    }

    public override void Apply(IPreparedBatch batch)
    {
        CommandBatch commands = (CommandBatch)batch;
        Send(GatewayRing, commands.Start, commands.End, int.MaxValue);
    }

    public override void Complete()
    {
        while (Line.Events.ReleasedSequence < _sent)
        {
            Wait();
        }
    }

    public override void ApplyTimed(IPreparedBatch batch, ref Pace pace, Histogram latencies)
    {
        // One at a time without a rate; with one, whatever is due is sent while earlier ones are under way.
        CommandBatch commands = (CommandBatch)batch;
        PacedSender sender = new(Line.Events, GatewayRing, latencies, _sent);
        byte* record = commands.Start;
        while (record < commands.End)
        {
            byte* end = EndOf(record);
            sender.SendWhenDue(record, ref pace);
            record = end;
            _sent++;
            RequireRunning();
        }

        sender.Finish();
    }

    public override void ApplyTapped(IPreparedBatch batch, RequestBatch requests, EventTap tap)
    {
        CommandBatch commands = (CommandBatch)batch;
        tap.BeginBatch(requests, commands.FirstSequence);
        using EventRingReader reader = Line.Events.OpenReader();
        byte[] buffer = new byte[ReadBytes];
        byte* record = commands.Start;
        while (record < commands.End)
        {
            record = Send(GatewayRing, record, commands.End, TappedCommands);
            Complete();
            while (true)
            {
                EventRingRead read = reader.Read(buffer, out int bytes);
                Invariant.Require(read != EventRingRead.Lapped);
                if (read == EventRingRead.None)
                {
                    break;
                }

                EventFrames.Walk(buffer.AsSpan(0, bytes), tap);
            }
        }

        tap.EndBatch();
    }

    public override FinalState ReadFinalState(EventTap tap)
    {
        if (!Line.Stop(StopTimeoutMs))
        {
            throw new IOException("The pipeline did not come to an end.");
        }

        return new FinalState(
            Line.Engine.EventDigestValue,
            Line.Engine.ComputeStateHash(),
            tap.Book.RestingOrders,
            tap.Book.RestingLevels,
            tap.Tally.CancelsDone,
            tap.Tally.CancelsMissed);
    }

    protected override void Dispose(bool disposing)
    {
        _gateway?.Dispose();
        _line?.Dispose();
        _setup.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(_folder!, recursive: true);
        }
    }

    /// <summary>
    /// The thread that sends needs a CPU as well: what is left is the pipeline's. With two or three, the sender shares
    /// one with the light stages, and the core has the other.
    /// </summary>
    private static PipelineLayout LayoutFor(int processors) => processors switch
    {
        1 => PipelineLayout.Unpinned(1),
        < ProcessorsForOwnThread => PipelineLayout.Parse($"{SharedCpu},{CoreCpu}"),
        _ => PipelineLayout.Unpinned(Math.Min(processors - 1, 4)),
    };

    /// <summary>
    /// What so many commands will write, by what the commands before wrote, and half of that again. Nothing is known
    /// before the warm-up has run.
    /// </summary>
    private (long Commands, long Events) PreparedFor(long commands)
    {
        if (commands == 0 || _folder is null || _line is null)
        {
            return default;
        }

        ulong before = Math.Max(1, _line.Engine.LastSequence);
        double share = 1.5 * commands / before;
        return ((long)(share * _commandBytes), (long)(share * _line.Events.Applied));
    }

    private static byte* EndOf(byte* record) =>
        record + CommandRecord.RecordBytes((int)((CommandRecord*)record)->MessageBytes);

    private byte* Send(CommandRingProducer ring, byte* record, byte* end, int most)
    {
        byte* first = record;
        int sent = 0;
        int burst = 0;
        while (record < end && sent < most)
        {
            int bytes = (int)((CommandRecord*)record)->MessageBytes;
            if (!ring.TryClaim(bytes, out byte* message))
            {
                ring.Commit();
                burst = 0;
                Wait();
                continue;
            }

            Buffer.MemoryCopy(record + CommandRecord.Size, message, bytes, bytes);
            record += CommandRecord.RecordBytes(bytes);
            sent++;
            if (++burst == BurstCommands)
            {
                ring.Commit();
                burst = 0;
            }
        }

        ring.Commit();
        _commandBytes += record - first;
        _sent += (ulong)sent;
        return record;
    }

    private void Wait()
    {
        // Never spins: where the sender shares its CPU with stages, spinning keeps them from making room. Never sleeps:
        // a sleep of a millisecond would be what is measured.
        Thread.Yield();
        RequireRunning();
    }

    private void RequireRunning()
    {
        if (Line.Pipeline.Halt is { } halt)
        {
            throw new IOException(
                $"The pipeline halted in {halt.Stage} at sequence {halt.Sequence}: {halt.Message}");
        }
    }

    private void Close()
    {
        _gateway?.Dispose();
        _gateway = null;
        _line?.Dispose();
        _line = null;
        if (_folder is not null && Directory.Exists(_folder))
        {
            foreach (string file in Directory.EnumerateFiles(_folder))
            {
                File.Delete(file);
            }
        }
    }
}
