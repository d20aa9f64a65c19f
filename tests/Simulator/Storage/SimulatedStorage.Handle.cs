using System;
using System.Collections.Generic;
using System.IO;
using HftEngine.Core.Storage;

namespace HftEngine.Simulation;

internal sealed partial class SimulatedStorage
{
    private void Write(string name, SimulatedFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        StorageFault fault = Begin("write", name);
        int part = bytes.Length == 0 ? 0 : _random.Next(bytes.Length);
        switch (fault)
        {
            case StorageFault.Error:
                throw new StorageException("write", name, offset, new IOException("Input/output error"));
            case StorageFault.Partial:
                file.Write(offset, bytes[..part]);
                throw new StorageException(
                    "write", name, offset + part, new IOException("No space left on device"));
            case StorageFault.CrashBefore:
                Die("write", name);
                return;
            case StorageFault.CrashDuring:
                file.Write(offset, bytes[..part]);
                Die("write", name);
                return;
            case StorageFault.CrashAfter:
                file.Write(offset, bytes);
                Die("write", name);
                return;
            case StorageFault.Misdirected when _names.Count > 0:
                (string other, SimulatedFile target, long place) = ElsewhereThan(name, offset);
                LastFault += $" at {offset} to {other} at {place}";
                target.Write(place, bytes);
                break;
            case StorageFault.Flipped:
                file.Write(offset, Flipped(bytes, offset));
                break;
            default:
                file.Write(offset, bytes);
                break;
        }

        After?.Invoke("write", name, offset, bytes.Length);
    }

    private int Read(string name, SimulatedFile file, long offset, Span<byte> buffer)
    {
        StorageFault fault = Begin("read", name);
        if (fault is StorageFault.Error or StorageFault.Partial)
        {
            throw new StorageException("read", name, offset, new IOException("Input/output error"));
        }

        if (fault is StorageFault.CrashBefore or StorageFault.CrashDuring or StorageFault.CrashAfter)
        {
            Die("read", name);
        }

        int bytes = (int)long.Clamp(file.Content.Length - offset, 0, buffer.Length);
        file.Content.AsSpan((int)long.Min(offset, file.Content.Length), bytes).CopyTo(buffer);
        if (fault == StorageFault.Misdirected && bytes > 0 && _names.Count > 0)
        {
            (string other, SimulatedFile source, long place) = ElsewhereThan(name, offset);
            LastFault += $" at {offset} from {other} at {place}";
            int there = (int)long.Clamp(source.Content.Length - place, 0, bytes);
            source.Content.AsSpan((int)place, there).CopyTo(buffer);
        }
        else if (fault == StorageFault.Flipped && bytes > 0)
        {
            Flipped(buffer[..bytes], offset).CopyTo(buffer);
        }

        After?.Invoke("read", name, offset, bytes);
        return bytes;
    }

    private void Flush(string name, SimulatedFile file)
    {
        StorageFault fault = Begin("flush", name);
        switch (fault)
        {
            case StorageFault.Error or StorageFault.Partial:
                file.FailFlush(_random);
                throw new StorageException("flush", name, 0, new IOException("Input/output error"));
            case StorageFault.CrashBefore or StorageFault.CrashDuring:
                Die("flush", name);
                return;
            case StorageFault.CrashAfter:
                file.Flush();
                Die("flush", name);
                return;
            default:
                file.Flush();
                break;
        }

        After?.Invoke("flush", name, 0, 0);
    }

    /// <summary>A sector of this or another file.</summary>
    private (string Name, SimulatedFile File, long Offset) ElsewhereThan(string name, long offset)
    {
        var names = new List<string>(_names.Keys);
        names.Sort(StringComparer.Ordinal);
        string other = _random.Next(2) == 0 ? name : names[_random.Next(names.Count)];
        if (!_names.TryGetValue(other, out SimulatedFile? file))
        {
            other = names[_random.Next(names.Count)];
            file = _names[other];
        }

        long sectors = long.Max(1, file.Content.Length / SectorBytes);
        long place = _random.Next(4) == 0
            ? long.Min(offset + (SectorBytes * (1L + _random.Next(16))), (sectors - 1) * SectorBytes)
            : _random.NextInt64(sectors) * SectorBytes;
        return (other, file, place);
    }

    private byte[] Flipped(ReadOnlySpan<byte> bytes, long offset)
    {
        byte[] copy = bytes.ToArray();
        if (copy.Length > 0)
        {
            int at = _random.Next(copy.Length);
            int bit = _random.Next(8);
            copy[at] ^= (byte)(1 << bit);
            LastFault += $" at {offset + at} bit {bit}";
        }

        return copy;
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
                storage.Write(name, file, offset, bytes);
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            lock (storage._gate)
            {
                return storage.Read(name, file, offset, buffer);
            }
        }

        public void Flush()
        {
            lock (storage._gate)
            {
                storage.Flush(name, file);
            }
        }

        public void Truncate(long lengthBytes)
        {
            lock (storage._gate)
            {
                storage.Do("truncate", name, () => file.Truncate(lengthBytes));
            }
        }

        public void Dispose()
        {
        }
    }
}
