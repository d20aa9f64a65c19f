using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Core.Storage;

namespace HftEngine.Journal.Tests;

/// <summary>
/// A disk in memory that forgets what was not flushed, sector by sector, and fails where it is told to.
/// </summary>
internal sealed class SimulatedStorage : IStorage
{
    public const int SectorBytes = 512;

    private readonly object _gate = new();
    private Dictionary<string, SimulatedFile> _names = [];
    private Dictionary<string, SimulatedFile> _durableNames = [];

    /// <summary>Called before every operation with its name and file; may throw.</summary>
    public Action<string, string>? Before { get; set; }

    public long Operations { get; private set; }

    public IStorageFile Create(string name, long sizeBytes)
    {
        lock (_gate)
        {
            Step("create", name);
            if (_names.ContainsKey(name))
            {
                throw new StorageException("create", name, 0, new IOException("exists"));
            }

            var file = new SimulatedFile(sizeBytes);
            _names[name] = file;
            return new Handle(this, name, file);
        }
    }

    public IStorageFile Open(string name, bool writable)
    {
        lock (_gate)
        {
            Step("open", name);
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
            Step("rename", from);
            SimulatedFile file = _names[from];
            _names.Remove(from);
            _names[to] = file;
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Step("delete", name);
            _names.Remove(name);
        }
    }

    public void FlushFolder()
    {
        lock (_gate)
        {
            Step("flush-folder", ".");
            _durableNames = new Dictionary<string, SimulatedFile>(_names);
        }
    }

    public byte[] Bytes(string name)
    {
        lock (_gate)
        {
            return _names[name].Content;
        }
    }

    /// <summary>The disk after the process died: everything that was written is there.</summary>
    public SimulatedStorage AfterKill() => Copy(static file => file.Content, useDurableNames: false, null);

    /// <summary>
    /// The disk after the power failed: of what was not flushed each sector is there or not, as chance has
    /// it.
    /// </summary>
    public SimulatedStorage AfterPowerLoss(Random random) =>
        Copy(file => file.Survive(random), useDurableNames: true, random);

    private SimulatedStorage Copy(Func<SimulatedFile, byte[]> content, bool useDurableNames, Random? random)
    {
        lock (_gate)
        {
            // Names change in one journal of the file system: all of the changes since the last flush, or
            // none.
            bool durable = useDurableNames && random!.Next(2) == 0;
            var copies = new Dictionary<SimulatedFile, SimulatedFile>();
            var copy = new SimulatedStorage();
            foreach ((string name, SimulatedFile file) in durable ? _durableNames : _names)
            {
                if (!copies.TryGetValue(file, out SimulatedFile? kept))
                {
                    kept = new SimulatedFile(content(file));
                    copies[file] = kept;
                }

                copy._names[name] = kept;
                copy._durableNames[name] = kept;
            }

            return copy;
        }
    }

    private void Step(string operation, string name)
    {
        Operations++;
        Before?.Invoke(operation, name);
    }

    private sealed class SimulatedFile
    {
        private readonly HashSet<long> _dirtySectors = [];

        public SimulatedFile(long sizeBytes)
        {
            Content = new byte[sizeBytes];
            Durable = new byte[sizeBytes];
        }

        public SimulatedFile(byte[] content)
        {
            Content = (byte[])content.Clone();
            Durable = (byte[])content.Clone();
        }

        public byte[] Content { get; private set; }

        private byte[] Durable { get; set; }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            if (offset + bytes.Length > Content.Length)
            {
                Truncate(offset + bytes.Length);
            }

            bytes.CopyTo(Content.AsSpan((int)offset));
            for (long sector =
                offset / SectorBytes; sector <= (offset + bytes.Length - 1) / SectorBytes; sector++)
            {
                _dirtySectors.Add(sector);
            }
        }

        public void Flush()
        {
            foreach (long sector in _dirtySectors)
            {
                CopySector(Content, Durable, sector);
            }

            _dirtySectors.Clear();
        }

        public byte[] Survive(Random random)
        {
            byte[] survived = (byte[])Durable.Clone();
            long[] dirty = [.. _dirtySectors];
            Array.Sort(dirty);
            int chance = random.Next(0, 101);
            foreach (long sector in dirty)
            {
                if (random.Next(100) < chance)
                {
                    CopySector(Content, survived, sector);
                }
            }

            return survived;
        }

        public void Truncate(long length)
        {
            byte[] content = Content;
            byte[] durable = Durable;
            Array.Resize(ref content, (int)length);
            Array.Resize(ref durable, (int)length);
            Content = content;
            Durable = durable;
        }

        private static void CopySector(byte[] from, byte[] to, long sector)
        {
            int start = (int)(sector * SectorBytes);
            int bytes = int.Min(SectorBytes, from.Length - start);
            from.AsSpan(start, bytes).CopyTo(to.AsSpan(start));
        }
    }

    private sealed class Handle(SimulatedStorage storage, string name, SimulatedFile file) : IStorageFile
    {
        public string Name => name;

        public long LengthBytes
        {
            get
            {
                lock (storage._gate)
                {
                    return file.Content.Length;
                }
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (storage._gate)
            {
                storage.Step("write", name);
                file.Write(offset, bytes);
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            lock (storage._gate)
            {
                int bytes = (int)long.Clamp(file.Content.Length - offset, 0, buffer.Length);
                file.Content.AsSpan((int)offset, bytes).CopyTo(buffer);
                return bytes;
            }
        }

        public void Flush()
        {
            lock (storage._gate)
            {
                storage.Step("flush", name);
                file.Flush();
            }
        }

        public void Truncate(long lengthBytes)
        {
            lock (storage._gate)
            {
                storage.Step("truncate", name);
                file.Truncate(lengthBytes);
            }
        }

        public void Dispose()
        {
        }
    }
}
