using System;
using HftEngine.Core;
using HftEngine.Core.Storage;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A venue without an engine's insides: recovers, then journals, applies and releases in step.
/// </summary>
internal sealed class Venue : IDisposable
{
    public static readonly JournalOptions Small = new()
    {
        SegmentBytes = 256 << 10,
        EventSegmentBytes = 256 << 10,
        MaxWriteBytes = 64 << 10,
    };

    private Venue(RecoveredVenue recovered, CommandJournal journal, StubEngine engine)
    {
        Recovered = recovered;
        Journal = journal;
        Engine = engine;
        Sequencer = new FakeSequencer(journal);
    }

    public RecoveredVenue Recovered { get; }

    public CommandJournal Journal { get; }

    public EventLog Events => Recovered.EventLog;

    public StubEngine Engine { get; }

    public FakeSequencer Sequencer { get; }

    /// <summary>Highest command whose events went out.</summary>
    public ulong Acknowledged { get; private set; }

    public static Venue Start(IStorage storage, JournalOptions? options = null, StubEngine? engine = null)
    {
        options ??= Small;
        engine ??= new StubEngine();
        RecoveredVenue recovered = new Recovery(storage, options).Run(engine);
        CommandJournal journal;
        try
        {
            journal = CommandJournal.Start(storage, recovered.Tail, options);
        }
        catch
        {
            recovered.EventLog.Dispose();
            throw;
        }

        return new Venue(recovered, journal, engine);
    }

    /// <summary>One batch through journal, engine and event log.</summary>
    public void Run(int commands)
    {
        ReadOnlySpan<byte> records = Sequencer.Next(commands);
        ulong first = Sequencer.LastSequence - (ulong)commands + 1;
        ulong committed = Journal.Append(Sequencer.Epoch, first, records);
        ReadOnlySpan<byte> frames = Engine.Apply(records);
        Acknowledged = committed;
        Events.Append(frames, Sequencer.LastSequence);
        if (Sequencer.LastSequence / ReplayCheck.DigestInterval != (first - 1) / ReplayCheck.DigestInterval
            && Sequencer.LastSequence % ReplayCheck.DigestInterval == 0)
        {
            Events.AppendDigest(Sequencer.Epoch, Sequencer.LastSequence, Engine.EventDigest);
        }
    }

    /// <summary>Writes a snapshot of the present state, as the engine does at an orderly stop.</summary>
    public SnapshotEntry WriteSnapshot(IStorage storage, JournalOptions? options = null)
    {
        var point = new SnapshotPoint
        {
            Epoch = Journal.Epoch,
            Sequence = Journal.LastSequence,
            TimestampNs = Journal.LastTimestampNs,
            Crc = Journal.LastCrc,
            RuleLevel = 0,
            EventDigest = Engine.EventDigest,
            Limits = new EngineLimits(),
        };
        return new SnapshotStore(storage, options ?? Small).Write(Journal.JournalId, point, Engine.SaveState);
    }

    /// <summary>All the background's work that there is, where the options give it no thread.</summary>
    public void Attend()
    {
        while (Journal.Attend() | Events.Attend())
        {
        }
    }

    public void Dispose()
    {
        Journal.Dispose();
        Events.Dispose();
    }
}
