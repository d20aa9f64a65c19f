using System;
using System.IO;
using System.Numerics;
using HftEngine.Core;
using HftEngine.Core.Pipeline;
using HftEngine.Core.Readers;
using HftEngine.Journal;
using HftEngine.Server.Configuration;

namespace HftEngine.Server.Hosting;

/// <summary>What a venue's main line is made of.</summary>
internal sealed record VenueLineOptions
{
    /// <summary>Of a venue that begins. One that continues has those of its journal.</summary>
    public required EngineLimits Limits { get; init; }

    public required Durability Durability { get; init; }

    /// <summary>Journal and event log; unused without durability.</summary>
    public string? Folder { get; init; }

    public PipelineLayout Layout { get; init; } = PipelineLayout.Automatic();

    public WaitKind Wait { get; init; } = WaitKind.Backoff;

    public GatewayOptions[] Gateways { get; init; } = [];

    /// <summary>Bytes of commands and of events that come at once: their files are made before the start.</summary>
    public (long Commands, long Events) PreparedBytes { get; init; }

    /// <summary>The sequencer begins with Genesis or VenueRestarted of its own accord.</summary>
    public bool Announce { get; init; } = true;

    /// <summary>Timestamps are the previous one plus 1, whatever the time is.</summary>
    public bool ClockStandsStill { get; init; }

    /// <summary>Sizes and numbers of segments; the durability above counts.</summary>
    public JournalOptions Journal { get; init; } = new();

    /// <summary>A shadow is to run beside: the memory for both is asked for before any is taken.</summary>
    public bool WithShadow { get; init; }

    public Action<RecoveryProgress>? RecoveryProgress { get; init; }
}

/// <summary>
/// Engine, journal, event log and pipeline put together, recovered, and taken apart again in order.
/// </summary>
internal sealed class VenueLine : IDisposable
{
    private readonly FolderLock? _lock;
    private readonly EventLog? _eventLog;
    private readonly DiskStorage? _storage;
    private readonly JournalOptions _journalOptions;

    private VenueLine(VenueLineOptions options)
    {
        EngineLimits limits = options.Limits;
        JournalOptions journalOptions = JournalOptionsFor(options);
        _journalOptions = journalOptions;
        try
        {
            if (options.Durability != Durability.None)
            {
                string folder = options.Folder ?? throw new InvalidOperationException(
                    "A journal needs a folder.");
                _lock = FolderLock.Acquire(folder);
                _storage = new DiskStorage(folder);
                limits = JournalGenesis.Read(_storage, journalOptions) ?? limits;
            }

            if (options.WithShadow)
            {
                Memory = MemoryNeed.Of(limits, RingBytesFor(limits), shadow: true);
                RequireMemory(Memory);
            }

            Events = EventRing.Create(
                RingBytesFor(limits), shared: Array.Exists(options.Gateways, static g => g.Shared));
            Engine = new Engine(limits, Events.Stream);
            if (_storage is not null)
            {
                Recovery recovery = new(_storage, journalOptions) { Progress = options.RecoveryProgress };
                Recovered = recovery.Run(new EngineReplay(Engine));
                _eventLog = Recovered.EventLog;
                Journal = CommandJournal.Start(_storage, Recovered.Tail, journalOptions);
            }

            Pipeline = MakePipeline(options);
        }
        catch
        {
            Release();
            throw;
        }
    }

    public EventRing Events { get; }

    public Engine Engine { get; }

    public VenuePipeline Pipeline { get; }

    public CommandJournal? Journal { get; }

    /// <summary>What was found in the folder; null without a journal.</summary>
    public RecoveredVenue? Recovered { get; }

    /// <summary>What was asked for at the start; null without a shadow.</summary>
    public MemoryNeed? Memory { get; }

    /// <summary>Where a reader that fell behind catches up; null without a journal.</summary>
    public IEventLog? EventLog => _eventLog;

    public uint Epoch => Journal?.Epoch ?? 1;

    public static VenueLine Open(VenueLineOptions options) => new(options);

    /// <summary>
    /// Takes in what is in the rings, then ends the threads and the journal. False when time was up before.
    /// </summary>
    public bool Stop(int timeoutMs)
    {
        bool through = Pipeline.Stop(timeoutMs);
        if (through && Pipeline.Halt is null)
        {
            // The end mark: the next start knows that nothing was lost.
            Journal?.Stop();
        }

        return through;
    }

    /// <summary>After an orderly stop: the next start has nothing to replay.</summary>
    /// <returns>Null when there is no journal, or a snapshot of this very state.</returns>
    public SnapshotEntry? WriteSnapshot()
    {
        if (_storage is null || Engine.LastSequence == 0)
        {
            return null;
        }

        SnapshotStore store = new(_storage, _journalOptions);
        ulong before = store.FindNewest()?.Point.Sequence ?? 0;
        if (before == Engine.LastSequence)
        {
            return null;
        }

        SnapshotPoint point = new()
        {
            Epoch = Engine.LastEpoch,
            Sequence = Engine.LastSequence,
            TimestampNs = Engine.LastTimestampNs,
            Crc = Journal!.LastCrc,
            RuleLevel = Engine.RuleLevel,
            EventDigest = Engine.EventDigestValue,
            Limits = Engine.Limits,
        };
        DurablePoint.Flush(_storage, Math.Min(before, point.Sequence - 1), point.Sequence);
        SnapshotEntry entry = store.Write(Journal.JournalId, point, Engine.SaveState);
        new ImageStore(_storage, Journal.JournalId).Write(point.Position, Engine.WriteImage);

        // The shadow applies the whole rule; here only snapshots and images that two newer ones replace go.
        new SegmentRetention(_storage, _journalOptions, Journal.JournalId, new RetentionRule()).Apply();
        return entry;
    }

    public void Dispose() => Release();

    private static void RequireMemory(MemoryNeed need)
    {
        if (!need.Fits)
        {
            throw new ConfigurationException([new ConfigurationFault(
                "memory",
                "shadow.enabled",
                $"the venue does not fit: {need}. Lower the capacities of a new venue, give it more memory, or run it without its shadow")]);
        }
    }

    private static JournalOptions JournalOptionsFor(VenueLineOptions options)
    {
        JournalOptions defaults = options.Journal with { Durability = options.Durability };
        (long commands, long events) = options.PreparedBytes;
        return defaults with
        {
            SegmentsAtStart = (int)(commands / defaults.SegmentBytes),
            EventSegmentsAtStart = (int)(events / defaults.EventSegmentBytes),
        };
    }

    private static long RingBytesFor(EngineLimits limits)
    {
        // Four times the most that one command can make is the least; beyond that, room for readers to be
        // late.
        const ulong least = 16 << 20;
        ulong needed = (ulong)limits.MaxEventBytesPerCommand * 4;
        return (long)BitOperations.RoundUpToPowerOf2(Math.Max(least, needed));
    }

    private VenuePipeline MakePipeline(VenueLineOptions options)
    {
        PipelineOptions pipeline = new()
        {
            Layout = options.Layout,
            Wait = options.Wait,
            Gateways = options.Gateways,
            Announce = options.Announce,
            Epoch = Epoch,
            CrcSeed = Journal?.LastCrc ?? 0,
            CommandLog = Journal is null ? new NullCommandLog() : Journal,
            EventSink = _eventLog is null ? new NullEventSink() : _eventLog,
        };
        EngineHandler handler = new(Engine);
        return options.ClockStandsStill
            ? VenuePipeline.Create(handler, Events, default(FixedClock), pipeline)
            : VenuePipeline.Create(handler, Events, default(SystemClock), pipeline);
    }

    private void Release()
    {
        Pipeline?.Dispose();
        Journal?.Dispose();
        _eventLog?.Dispose();
        Engine?.Dispose();
        Events?.Dispose();
        _lock?.Dispose();
    }
}
