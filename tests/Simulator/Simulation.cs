using System;
using System.Collections.Generic;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Journal;

namespace HftEngine.Simulation;

/// <summary>
/// Whole venue, clients, readers, clock and disk from one seed, on one thread: what happens, in which order, and what
/// goes wrong is the seed's choice, so a seed that failed fails again.
/// </summary>
internal sealed partial class Simulation
{
    private readonly SimulationPlan _plan;
    private readonly SimulationRandom _random;
    private readonly SimulatedTime _time = new();
    private readonly History _history = new();
    private readonly List<GatewayClient> _clients = [];
    private readonly List<CheckpointReader> _readers = [];
    private readonly byte[][] _definitions;
    private SimulatedStorage _disk;
    private uint _highestEpoch;
    private bool _mayLose;
    private int _nextDefinition;

    private Simulation(SimulationPlan plan)
    {
        _plan = plan;
        _random = new SimulationRandom(plan.Seed).Fork(2);
        _disk = new SimulatedStorage(_random.Fork(3));
        _definitions = OrderFlow.Definitions(plan.Clients);
        for (int i = 1; i <= plan.Clients; i++)
        {
            _clients.Add(new GatewayClient((uint)i, _random.Fork(100 + (ulong)i), _history));
        }

        for (int i = 1; i <= plan.Readers; i++)
        {
            _readers.Add(new CheckpointReader(i, _random.Fork(200 + (ulong)i), _history));
        }
    }

    public SimulationReport Report { get; } = new();

    /// <summary>Shown what each start found, for judges that this library does not know.</summary>
    public Action<Survival>? Survived { get; init; }

    /// <summary>Told what happens, for a person who looks for the cause of a failure.</summary>
    public Action<string>? Log { get; init; }

    /// <exception cref="SimulationFailure">A promise was broken.</exception>
    public static SimulationReport Run(
        SimulationPlan plan, Action<Survival>? survived = null, Action<string>? log = null)
    {
        var simulation = new Simulation(plan) { Survived = survived, Log = log };
        simulation.Run();
        simulation.Conclude();
        return simulation.Report;
    }

    private void Conclude()
    {
        foreach (GatewayClient client in _clients)
        {
            Report.Answered += client.Answered;
            Report.Duplicates += client.Duplicates;
            Report.Rewinds += client.Rewinds;
        }

        foreach (CheckpointReader reader in _readers)
        {
            Report.Rewinds += reader.Rewinds;
        }

        Report.Gaps = _history.Gaps;
        Report.Finish(_disk);
    }

    private void Run()
    {
        Watch(_disk);
        for (int life = 1; life <= _plan.Lives; life++)
        {
            VenueProcess? venue = StartAgainAndAgain();
            if (venue is null)
            {
                return;
            }

            bool goesOn = Live(venue, isLast: life == _plan.Lives);
            if (!goesOn)
            {
                return;
            }
        }
    }

    /// <summary>Runs one life; false: a lie of the disk was found, and the venue stands until an operator helps.</summary>
    private bool Live(VenueProcess venue, bool isLast)
    {
        try
        {
            Report.Lives++;

            // Many lives are so short that nothing of the one before was made safe by anything but its start.
            int most = _random.OneIn(3) ? 80 : _plan.StepsPerLife;
            int steps = isLast ? _plan.StepsPerLife / 2 : _random.Next(most);
            PlanFault(steps);
            for (int i = 0; i < steps && !IsOver(venue); i++)
            {
                Step(venue, sendsNew: true);
            }

            bool ordered = (isLast || _random.OneIn(4)) && !IsOver(venue) && TryStopInOrder(venue, isLast);
            if (!ordered)
            {
                End(venue);
            }

            return true;
        }
        finally
        {
            Part(venue);
        }
    }

    private bool IsOver(VenueProcess venue) => _disk.IsDead || venue.Halt is not null;

    /// <summary>Whoever's turn it is does one thing.</summary>
    private void Step(VenueProcess venue, bool sendsNew)
    {
        Report.Steps++;
        int who = _random.Next(100);
        try
        {
            switch (who)
            {
                case < 48:
                    venue.RunStage(who / 12);
                    break;
                case < 54:
                    venue.Attend(who & 1);
                    break;
                case < 58:
                    Define(venue);
                    break;
                case < 82:
                    _clients[_random.Next(_clients.Count)].Act(venue, sendsNew);
                    break;
                case < 94:
                    _readers[_random.Next(_readers.Count)].Act(venue, _disk);
                    break;
                case < 98:
                    _time.Advance(_random.NextInt64(1L << _random.Next(26)));
                    break;
                default:
                    Disturb(venue, who);
                    break;
            }
        }
        catch (StorageException)
        {
            // A reader met a bad or a dead disk; it tries again from its checkpoint.
            DropReaders(venue);
        }
        catch (Exception found) when ((_lies > 0 || venue.Halt is not null)
            && found is JournalDamageException or RecoveryRefusedException or EventGapException)
        {
            // A reader was refused what is not whole, or what a failed write left of the event log.
            Report.Detected++;
            DropReaders(venue);
        }
    }

    private void Disturb(VenueProcess venue, int who)
    {
        if (who == 98 && _random.OneIn(4))
        {
            WriteImage(venue);
        }
        else if (_random.OneIn(8))
        {
            _clients[_random.Next(_clients.Count)].Die(venue);
        }
        else if (_random.OneIn(8))
        {
            _time.UtcNs -= _random.NextInt64(1 << 20);
        }
    }

    /// <summary>The venue's operator: definitions and deposits, each once, whatever crashes came between.</summary>
    private void Define(VenueProcess venue)
    {
        if (_nextDefinition < _definitions.Length && venue.Venue.TrySend(_definitions[_nextDefinition]))
        {
            _nextDefinition++;
        }
    }

    /// <summary>An image of what is released, as a shadow makes it, and what may go with it.</summary>
    private void WriteImage(VenueProcess venue)
    {
        ulong released = venue.Events.ReleasedSequence;
        if (released == 0 || venue.Recovered.EventLog.Last.Sequence != released
            || venue.Engine.LastSequence != released)
        {
            return;
        }

        if (_random.Next(2) == 0)
        {
            WriteSnapshot(venue);
            return;
        }

        var images = new ImageStore(_disk, venue.Journal.JournalId);
        images.Write(venue.Recovered.EventLog.Last, venue.Engine.WriteImage);
        Report.Images++;
        if (_random.Next(2) == 0 && _clients.TrueForAll(static c => c.IsCaughtUp))
        {
            EventPosition oldest = images.Retain(1 + _random.Next(2));
            foreach (GatewayClient client in _clients)
            {
                // An image does not tell a gateway what its requests were answered: its checkpoint holds the log.
                oldest = client.Checkpoint.Sequence < oldest.Sequence ? client.Checkpoint : oldest;
            }

            _ = venue.Recovered.EventLog.Retain(oldest);
        }
    }

    /// <summary>A snapshot of what is released; journal and event log up to it are brought to the disk before.</summary>
    private void WriteSnapshot(VenueProcess venue)
    {
        if (venue.Journal.LastSequence != venue.Engine.LastSequence)
        {
            return;
        }

        if (_hasFailedFlush)
        {
            // After a failed flush the kernel takes pages for clean that are not on the disk, and nobody writes those of
            // the event log again: an operator takes no snapshot on such a disk.
            return;
        }

        var point = new SnapshotPoint
        {
            Epoch = venue.Engine.LastEpoch,
            Sequence = venue.Engine.LastSequence,
            TimestampNs = venue.Engine.LastTimestampNs,
            Crc = venue.Journal.LastCrc,
            RuleLevel = venue.Engine.RuleLevel,
            EventDigest = venue.Engine.EventDigestValue,
            Limits = _plan.Limits,
        };
        DurablePoint.Flush(_disk, 0, point.Sequence);
        _ = new SnapshotStore(_disk, _plan.Journal).Write(venue.Journal.JournalId, point, venue.Engine.SaveState);
        Report.Snapshots++;
    }

    private bool TryStopInOrder(VenueProcess venue, bool isLast)
    {
        for (int i = 0; isLast && i < 40_000 && !IsOver(venue) && !AreClientsDone(); i++)
        {
            Step(venue, sendsNew: false);
        }

        venue.RequestDrain();
        for (int i = 0; i < 4000 && !IsOver(venue) && !venue.IsThrough; i++)
        {
            Step(venue, sendsNew: false);
        }

        if (IsOver(venue) || !venue.IsThrough)
        {
            return false;
        }

        if (isLast)
        {
            RequireEverythingAnswered(venue);
        }

        try
        {
            venue.Journal.Stop();
            Report.OrderlyStops++;
            if (_random.Next(2) == 0)
            {
                WriteSnapshot(venue);
            }

            return true;
        }
        catch (Exception failure) when (failure is StorageException
            || (_lies > 0 && failure is JournalDamageException))
        {
            // Dead, or a snapshot that does not read back as it was written.
            return false;
        }
    }

    private bool AreClientsDone() =>
        _nextDefinition == _definitions.Length && _clients.TrueForAll(static c => c.IsConnected && c.IsDone);

    /// <summary>With nothing in the way any more every client has its answers and every reader is at the end.</summary>
    private void RequireEverythingAnswered(VenueProcess venue)
    {
        if (_plan.Adversity != Adversity.Crashes)
        {
            return;
        }

        _disk.Faults = null;
        foreach (GatewayClient client in _clients)
        {
            Require(client.IsDone, "a client waits for answers that do not come");
        }

        bool mayWait = _history.HasLost;
        for (int i = 0; i < 20_000 && !_readers.TrueForAll(r => r.IsThrough(mayWait)); i++)
        {
            _readers[i % _readers.Count].Act(venue, _disk);
        }

        var image = new List<byte[]>();
        venue.Engine.WriteImage(frames => Survival.Split(frames, image));
        foreach (CheckpointReader reader in _readers)
        {
            Require(reader.IsThrough(mayWait), "a reader does not come to the end of the events");
            reader.RequireState(image);
        }
    }

    private void DropReaders(VenueProcess venue)
    {
        foreach (CheckpointReader reader in _readers)
        {
            reader.Kill();
        }

        foreach (GatewayClient client in _clients)
        {
            client.Die(venue);
        }
    }

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new SimulationFailure(char.ToUpperInvariant(what[0]) + what[1..] + ".");
        }
    }
}
