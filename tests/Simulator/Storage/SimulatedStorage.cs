using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Core.Storage;

namespace HftEngine.Simulation;

/// <summary>
/// A disk in memory that forgets what was not flushed, sector by sector, and fails or lies where it is told to.
/// </summary>
/// <remarks>
/// A sector is written whole or not at all; that is all that a write promises before its flush. Changes of names are
/// safe after the folder's flush; before, any of them may be lost.
/// </remarks>
internal sealed partial class SimulatedStorage : IStorage
{
    public const int SectorBytes = 512;

    private readonly object _gate = new();
    private readonly Dictionary<string, SimulatedFile> _names = [];
    private readonly List<NameChange> _unflushedNames = [];
    private readonly Random _random;
    private Dictionary<string, SimulatedFile> _durableNames = [];

    public SimulatedStorage()
        : this(new SimulationRandom(1))
    {
    }

    /// <param name="random">Chooses where faults go; nothing else.</param>
    public SimulatedStorage(Random random) => _random = random;

    /// <summary>Called before every operation that can change something with its name and file; may throw.</summary>
    public Action<string, string>? Before { get; set; }

    public IStorageFaults? Faults { get; set; }

    /// <summary>Operations so far, those that a fault stopped included.</summary>
    public long Operations { get; private set; }

    /// <summary>The machine has stopped: nothing works any more.</summary>
    public bool IsDead { get; private set; }

    /// <summary>What the last fault was done to; empty when there was none.</summary>
    public string LastFault { get; private set; } = string.Empty;

    /// <summary>Told the operation after it was done: name, file, offset, bytes.</summary>
    public Action<string, string, long, long>? After { get; set; }

    public IStorageFile Create(string name, long sizeBytes)
    {
        lock (_gate)
        {
            SimulatedFile? file = null;
            Do("create", name, () =>
            {
                if (_names.ContainsKey(name))
                {
                    throw new StorageException("create", name, 0, new IOException("exists"));
                }

                file = new SimulatedFile(sizeBytes);
                Change(new NameChange(null, name, file));
            });
            return new Handle(this, name, file!);
        }
    }

    public IStorageFile Open(string name, bool writable)
    {
        lock (_gate)
        {
            Do("open", name, static () => { });
            return _names.TryGetValue(name, out SimulatedFile? file)
                ? new Handle(this, name, file)
                : throw new StorageException("open", name, 0, new FileNotFoundException(name));
        }
    }

    public bool Exists(string name)
    {
        lock (_gate)
        {
            return _names.ContainsKey(name);
        }
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            var names = new List<string>(_names.Keys);
            names.Sort(StringComparer.Ordinal);
            return names;
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Do("rename", from, () => Change(new NameChange(from, to, _names[from])));
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Do("delete", name, () => Change(new NameChange(name, null, null)));
        }
    }

    public void FlushFolder()
    {
        lock (_gate)
        {
            Do("flush-folder", ".", () =>
            {
                _durableNames = new Dictionary<string, SimulatedFile>(_names);
                _unflushedNames.Clear();
            });
        }
    }

    /// <summary>The file's bytes themselves, as a reader sees them.</summary>
    public byte[] Bytes(string name)
    {
        lock (_gate)
        {
            return _names[name].OwnContent;
        }
    }

    /// <summary>A bit goes bad while nobody looks.</summary>
    public void Flip(string name, long offset, int bit)
    {
        lock (_gate)
        {
            _names[name].Flip(offset, bit);
        }
    }

    /// <summary>The disk after the process died: everything that was written is there, and none of it safer than before.</summary>
    public SimulatedStorage AfterKill()
    {
        lock (_gate)
        {
            var copy = new SimulatedStorage(_random) { Operations = Operations };
            var copies = new Dictionary<SimulatedFile, SimulatedFile>();
            foreach ((string name, SimulatedFile file) in _names)
            {
                copy._names[name] = Copied(file, copies, static f => f.Copy());
            }

            foreach ((string name, SimulatedFile file) in _durableNames)
            {
                copy._durableNames[name] = Copied(file, copies, static f => f.Copy());
            }

            foreach (NameChange change in _unflushedNames)
            {
                SimulatedFile? file = change.File is null ? null : Copied(change.File, copies, static f => f.Copy());
                copy._unflushedNames.Add(change with { File = file });
            }

            return copy;
        }
    }

    /// <summary>The disk after the power failed.</summary>
    public SimulatedStorage AfterPowerLoss(Random random)
    {
        lock (_gate)
        {
            var copy = new SimulatedStorage(_random) { Operations = Operations };
            var copies = new Dictionary<SimulatedFile, SimulatedFile>();
            var names = new List<KeyValuePair<string, SimulatedFile>>(SurvivingNames(random));
            names.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
            foreach ((string name, SimulatedFile file) in names)
            {
                SimulatedFile kept = Copied(file, copies, f => new SimulatedFile(f.Survive(random)));
                copy._names[name] = kept;
                copy._durableNames[name] = kept;
            }

            return copy;
        }
    }

    private static SimulatedFile Copied(
        SimulatedFile file,
        Dictionary<SimulatedFile, SimulatedFile> copies,
        Func<SimulatedFile, SimulatedFile> copy)
    {
        if (!copies.TryGetValue(file, out SimulatedFile? kept))
        {
            kept = copy(file);
            copies[file] = kept;
        }

        return kept;
    }

    /// <summary>None of the changes since the folder's flush, all, the first ones, or any of them.</summary>
    private Dictionary<string, SimulatedFile> SurvivingNames(Random random)
    {
        var names = new Dictionary<string, SimulatedFile>(_durableNames);
        int kind = random.Next(4);
        int first = kind switch
        {
            0 => 0,
            2 => random.Next(_unflushedNames.Count + 1),
            _ => _unflushedNames.Count,
        };
        for (int i = 0; i < first; i++)
        {
            if (kind != 3 || random.Next(2) == 0)
            {
                _unflushedNames[i].ApplyTo(names);
            }
        }

        return names;
    }

    private void Change(NameChange change)
    {
        change.ApplyTo(_names);
        _unflushedNames.Add(change);
    }

    /// <summary>Does what the plan says with an operation on names, whole or not at all.</summary>
    private void Do(string operation, string name, Action work)
    {
        StorageFault fault = Begin(operation, name);
        if (fault is StorageFault.Error or StorageFault.Partial)
        {
            string text = operation == "create" ? "No space left on device" : "Input/output error";
            throw new StorageException(operation, name, 0, new IOException(text));
        }

        bool done = fault == StorageFault.CrashAfter || (fault == StorageFault.CrashDuring && _random.Next(2) == 0);
        if (fault is StorageFault.CrashBefore or StorageFault.CrashDuring or StorageFault.CrashAfter)
        {
            if (done)
            {
                work();
            }

            Die(operation, name);
        }

        work();
        After?.Invoke(operation, name, 0, 0);
    }

    private StorageFault Begin(string operation, string name)
    {
        if (IsDead)
        {
            Die(operation, name);
        }

        long number = Operations++;
        if (operation != "read")
        {
            Before?.Invoke(operation, name);
        }

        StorageFault fault = Faults?.On(operation, name, number) ?? StorageFault.None;
        if (fault != StorageFault.None)
        {
            LastFault = $"{fault} {operation} {name}";
        }

        return fault;
    }

    private void Die(string operation, string name)
    {
        IsDead = true;
        throw new StorageException(operation, name, 0, new IOException("the machine has stopped"));
    }

    /// <summary>A name that comes, goes or moves.</summary>
    private sealed record NameChange(string? From, string? To, SimulatedFile? File)
    {
        public void ApplyTo(Dictionary<string, SimulatedFile> names)
        {
            if (From is not null)
            {
                names.Remove(From);
            }

            if (To is not null)
            {
                names[To] = File!;
            }
        }
    }
}
