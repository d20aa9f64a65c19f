using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Core.Storage;
using HftEngine.Journal;
using HftEngine.Schemas;

namespace HftEngine.Simulation;

internal sealed partial class Simulation
{
    private const int MostStartAttempts = 60;
    private const int QuietAttempts = 20;

    private int _lies;
    private bool _isDamagedBehindSnapshot;
    private bool _hasFailedFlush;

    /// <summary>
    /// Starts the venue, through crashes of the recovery itself; null when it refuses because the disk lied.
    /// </summary>
    private VenueProcess? StartAgainAndAgain()
    {
        for (int attempt = 0; attempt < MostStartAttempts; attempt++)
        {
            bool disturbed = attempt < MostStartAttempts - QuietAttempts && _random.OneIn(3);
            FaultSchedule? schedule = disturbed ? ScheduleForStart() : null;
            _disk.Faults = schedule;
            try
            {
                VenueProcess venue = VenueProcess.Start(_disk, _plan, _time, _history, Proven());
                _disk.Faults = null;
                if (CheckSurvival(venue, schedule))
                {
                    return venue;
                }

                Part(venue);
                if (_isDamagedBehindSnapshot)
                {
                    return null;
                }

                Leave(power: false);
            }
            catch (StorageException failure)
            {
                Require(schedule is { Hits: > 0 }, $"the venue does not start on a sound disk: {failure.Message}");
                Report.CrashedStarts++;
                Leave(power: _random.Next(2) == 0);
            }
            catch (Exception refusal) when (refusal is JournalDamageException or RecoveryRefusedException)
            {
                _disk.Faults = null;
                if (!OnRefusal(refusal))
                {
                    return null;
                }
            }
        }

        throw new SimulationFailure("The venue never starts again.");
    }

    private FaultSchedule ScheduleForStart()
    {
        var schedule = new FaultSchedule(this);
        StorageFault fault = _plan.Adversity switch
        {
            Adversity.Lies when _random.Next(2) == 0 => RandomLie(),
            Adversity.Errors when _random.Next(2) == 0 => StorageFault.Error,
            _ => RandomCrash(),
        };
        schedule.Add(_disk.Operations + _random.NextInt64(1 + _random.Next(120)), fault);
        return schedule;
    }

    /// <summary>What the operations of this life will meet.</summary>
    private void PlanFault(int steps)
    {
        var schedule = new FaultSchedule(this);
        int faults = _plan.Adversity == Adversity.Crashes ? 1 : 1 + _random.Next(3);
        for (int i = 0; i < faults; i++)
        {
            StorageFault fault = _plan.Adversity switch
            {
                Adversity.Lies when _random.Next(4) != 0 => RandomLie(),
                Adversity.Errors when _random.Next(4) != 0 => _random.Next(2) == 0
                    ? StorageFault.Error
                    : StorageFault.Partial,
                _ => RandomCrash(),
            };
            if (_random.Next(3) != 0)
            {
                schedule.Add(_disk.Operations + _random.NextInt64((long)steps * 2), fault);
            }
        }

        if (_plan.Adversity == Adversity.Errors && _random.Next(2) == 0)
        {
            // Flushes are few among the operations, and theirs are the errors that are easiest to get wrong.
            schedule.FailFlushFrom(_disk.Operations + _random.NextInt64(steps));
        }

        _disk.Faults = schedule;
    }

    private StorageFault RandomCrash() => StorageFault.CrashBefore + _random.Next(3);

    private StorageFault RandomLie() => _random.Next(2) == 0 ? StorageFault.Misdirected : StorageFault.Flipped;

    /// <summary>The life ends without an orderly stop.</summary>
    private void End(VenueProcess venue)
    {
        if (venue.Halt is not null)
        {
            // A venue that has halted answers nobody, however long one waits.
            Report.Halts++;
            ulong released = venue.Events.ReleasedSequence;
            ulong committed = venue.Journal.LastSequence;
            for (int i = _random.Next(300); i > 0 && !_disk.IsDead; i--)
            {
                Step(venue, sendsNew: true);
            }

            bool isBeyond = venue.Events.ReleasedSequence > ulong.Max(released, committed);
            Require(!isBeyond, "a halted venue released more than its journal had");
        }

        foreach (GatewayClient client in _clients)
        {
            if (_random.Next(2) == 0)
            {
                client.ReadLast();
            }
        }

        Report.Crashes++;
    }

    private void Part(VenueProcess venue)
    {
        _disk.Faults = null;
        foreach (CheckpointReader reader in _readers)
        {
            reader.Kill();
        }

        foreach (GatewayClient client in _clients)
        {
            client.Disconnect();
        }

        Report.Rolls += venue.Journal.SegmentsRolled;
        SimulatedStorage before = _disk;
        Leave(power: _random.Next(2) == 0);
        before.Faults = null;
        venue.Dispose();
    }

    /// <summary>The process is gone, or the machine: what is left of the disk is the next one.</summary>
    private void Leave(bool power)
    {
        Log?.Invoke($"{(power ? "power loss" : "kill")} at {_disk.Operations}, released {_history.Last}, {_disk.LastFault}");
        _disk = power ? _disk.AfterPowerLoss(_random) : _disk.AfterKill();
        _mayLose |= power && _plan.Durability == Durability.Os;
        Report.PowerLosses += power ? 1 : 0;
        if (_plan.Adversity == Adversity.Lies && _random.OneIn(6))
        {
            Rot();
        }

        Watch(_disk);
    }

    /// <summary>A bit goes bad at rest.</summary>
    private void Rot()
    {
        IReadOnlyList<string> names = _disk.List();
        if (names.Count == 0)
        {
            return;
        }

        string name = names[_random.Next(names.Count)];
        int length = _disk.Bytes(name).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        if (length > 0)
        {
            _disk.Flip(name, _random.Next(length), _random.Next(8));
            _lies++;
            _history.IsOfLyingDisk = true;
        }
    }

    /// <summary>What the clients can show of what was released; not where a power loss may take it back.</summary>
    private ulong Proven()
    {
        bool asks = !_mayLose && (_plan.Adversity == Adversity.Lies || (_plan.Seed & 2) != 0);
        return asks ? HighestProven() : 0;
    }

    private ulong HighestProven()
    {
        ulong proven = 0;
        foreach (GatewayClient client in _clients)
        {
            proven = ulong.Max(proven, client.Proven);
        }

        return proven;
    }

    /// <summary>The venue names what is wrong. True: an operator has cut it, and it may start again.</summary>
    private bool OnRefusal(Exception refusal)
    {
        Report.Refusals++;
        Log?.Invoke($"refused: {refusal.Message}");
        if (_lies > 0)
        {
            bool names = refusal is RecoveryRefusedException or JournalDamageException { File.Length: > 0 };
            Require(names, $"a refusal names nothing: {refusal.Message}");
            Report.Detected++;
            return false;
        }

        Require(_mayLose, $"the venue refuses to start: {refusal.Message}");
        using var said = new StringWriter();
        bool disturbed = _random.OneIn(3);
        var schedule = new FaultSchedule(this);
        schedule.Add(_disk.Operations + _random.NextInt64(60), RandomCrash());
        _disk.Faults = disturbed ? schedule : null;
        int exitCode = JournalCut.Run(_disk, _plan.Journal, new JournalConsole(said), afterSequence: null);
        _disk.Faults = null;
        Report.Cuts++;
        if (_disk.IsDead)
        {
            Leave(power: _random.Next(2) == 0);
            return true;
        }

        Require(exitCode == 0, $"the cut failed: {said} after {refusal.Message}");
        return true;
    }

    /// <summary>False: the disk lied while the venue started, and the next start has to notice.</summary>
    private bool CheckSurvival(VenueProcess venue, FaultSchedule? schedule)
    {
        Survival survival;
        try
        {
            survival = Survival.Of(_disk, _plan.Limits);
        }
        catch (SimulationFailure) when (schedule is { Lies: > 0 })
        {
            return false;
        }
        catch (SimulationFailure) when (_lies > 0 && venue.Recovered.Snapshot is not null)
        {
            // What the snapshot covers was not read: the state is right, and the check of every byte finds the damage.
            using var said = new StringWriter();
            int exitCode = JournalVerify.Run(_disk, _plan.Journal, new JournalConsole(said));
            Require(exitCode != 0, $"the damage behind the snapshot is not found: {said}");
            Report.Detected++;
            _isDamagedBehindSnapshot = true;
            return false;
        }

        bool lied = _lies > 0;
        ulong last = survival.History.Last;
        Require(_mayLose || last >= HighestProven(), $"clients were answered beyond {last}, where the journal ends");
        ulong lost = _history.Continue(survival.History, _mayLose || lied);
        Report.Lost += lost;
        Report.Commands = last;
        Require(venue.Journal.Epoch > _highestEpoch, $"the epoch {venue.Journal.Epoch} was used before");
        _highestEpoch = venue.Journal.Epoch;
        Log?.Invoke($"started: epoch {_highestEpoch}, {last} commands, cut {venue.Recovered.Cut}");
        _mayLose = false;
        Report.SnapshotStarts += venue.Recovered.Snapshot is null ? 0 : 1;
        _clients.ForEach(c => c.GiveUpBeyond(last));
        Require(venue.Engine.LastSequence == last, $"recovery reached {venue.Engine.LastSequence} of {last}");
        Require(venue.Engine.ComputeStateHash() == survival.StateHash, "the recovered state is not the replayed one");
        Require(venue.Engine.EventDigestValue == survival.EventDigest, "the recovered digest is not the replayed one");
        survival.RequireConservedBalances();
        survival.RequireNothingDoubled();
        _nextDefinition = DefinitionsIn(survival.History);
        Survived?.Invoke(survival);
        return true;
    }

    private static int DefinitionsIn(History history)
    {
        int count = 0;
        for (ulong sequence = 1; sequence <= history.Last; sequence++)
        {
            foreach (byte[] frame in history.FramesOf(sequence))
            {
                count += Survival.TemplateOf(frame) is CurrencyDefinedBlock.TemplateId
                    or InstrumentDefinedBlock.TemplateId
                    or AccountOpenedBlock.TemplateId
                    or BalanceAdjustedBlock.TemplateId ? 1 : 0;
            }
        }

        return count;
    }

    private void Watch(SimulatedStorage disk) => disk.After = (operation, file, offset, bytes) =>
    {
        Report.Record(operation, file, offset, bytes);
        if (operation != "read")
        {
            Log?.Invoke($"  {disk.Operations - 1} {operation} {file} {offset} {bytes}");
        }
    };

    /// <summary>Faults by the number of the operation.</summary>
    private sealed class FaultSchedule(Simulation simulation) : IStorageFaults
    {
        private readonly SortedDictionary<long, StorageFault> _faults = [];
        private long _failFlushFrom = long.MaxValue;

        public int Hits { get; private set; }

        public int Lies { get; private set; }

        public void Add(long number, StorageFault fault)
        {
            _faults[number] = fault;
        }

        /// <summary>The first flush of a file from this operation on fails.</summary>
        public void FailFlushFrom(long number) => _failFlushFrom = number;

        public StorageFault On(string operation, string file, long number)
        {
            if (operation == "flush" && number >= _failFlushFrom)
            {
                _failFlushFrom = long.MaxValue;
                Hits++;
                simulation._hasFailedFlush = true;
                return StorageFault.Error;
            }

            if (!_faults.TryGetValue(number, out StorageFault fault))
            {
                return StorageFault.None;
            }

            bool isLie = fault is StorageFault.Misdirected or StorageFault.Flipped;
            bool moves = operation is "read" or "write";
            if (isLie && !moves)
            {
                return StorageFault.None;
            }

            Hits++;
            simulation._hasFailedFlush |= operation == "flush";
            Lies += isLie ? 1 : 0;
            simulation._lies += isLie ? 1 : 0;
            simulation._history.IsOfLyingDisk |= isLie;
            return fault;
        }
    }
}
