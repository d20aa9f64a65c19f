using System;
using System.Collections.Generic;

namespace HftEngine.Simulation;

/// <summary>
/// One file of a simulated disk: what a reader sees, what is on the plates, and the writes between the two.
/// </summary>
internal sealed class SimulatedFile
{
    private readonly List<(long Offset, byte[] Bytes)> _unflushed = [];

    // Copies of a disk share what neither has changed: a disk is copied more often than written.
    private byte[] _content;
    private byte[] _durable;
    private bool _isContentShared;
    private bool _isDurableShared;

    public SimulatedFile(long sizeBytes)
    {
        // A file that was just made has no length of its own on the disk before a flush.
        _content = new byte[sizeBytes];
        _durable = [];
    }

    public SimulatedFile(byte[] content)
    {
        _content = content;
        _durable = (byte[])content.Clone();
    }

    private SimulatedFile(SimulatedFile other)
    {
        _content = other._content;
        _durable = other._durable;
        _isContentShared = other._isContentShared = true;
        _isDurableShared = other._isDurableShared = true;
        _unflushed.AddRange(other._unflushed);
    }

    /// <summary>To read.</summary>
    public byte[] Content => _content;

    /// <summary>To write to.</summary>
    public byte[] OwnContent
    {
        get
        {
            _content = _isContentShared ? (byte[])_content.Clone() : _content;
            _isContentShared = false;
            return _content;
        }
    }

    private byte[] OwnDurable
    {
        get
        {
            _durable = _isDurableShared ? (byte[])_durable.Clone() : _durable;
            _isDurableShared = false;
            return _durable;
        }
    }

    public SimulatedFile Copy() => new(this);

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (offset + bytes.Length > Content.Length)
        {
            Resize(offset + bytes.Length);
        }

        bytes.CopyTo(OwnContent.AsSpan((int)offset));
        _unflushed.Add((offset, bytes.ToArray()));
    }

    public void Flush()
    {
        // Only what is still marked as unwritten: pages that a failed flush counted as clean are not brought again.
        byte[] durable = OwnDurable;
        Array.Resize(ref durable, _content.Length);
        foreach ((long offset, byte[] bytes) in _unflushed)
        {
            Put(durable, offset, bytes);
        }

        _durable = durable;
        _unflushed.Clear();
    }

    /// <summary>
    /// The flush failed: some of the writes arrived, and the kernel counts the others as clean all the same. A later
    /// flush does not bring them.
    /// </summary>
    public void FailFlush(Random random)
    {
        _durable = Survive(random);
        _isDurableShared = false;
        _unflushed.Clear();
    }

    public void Truncate(long length) => Resize(length);

    /// <summary>At rest: on the plates and in every copy.</summary>
    public void Flip(long offset, int bit)
    {
        OwnContent[offset] ^= (byte)(1 << bit);
        if (offset < _durable.Length)
        {
            OwnDurable[offset] ^= (byte)(1 << bit);
        }
    }

    /// <summary>
    /// What the plates hold after the power went: of what was not flushed nothing, everything, the first writes with
    /// the last one torn, or any sector of any age.
    /// </summary>
    public byte[] Survive(Random random)
    {
        byte[] survived = new byte[SurvivingLength(random)];
        _durable.AsSpan(0, int.Min(_durable.Length, survived.Length)).CopyTo(survived);
        switch (random.Next(4))
        {
            case 0:
                break;
            case 1:
                Apply(survived, _unflushed.Count, random, tornPercent: 0);
                break;
            case 2:
                Apply(survived, random.Next(_unflushed.Count + 1), random, random.Next(101));
                break;
            default:
                ApplyAnySectors(survived, random);
                break;
        }

        return survived;
    }

    private long SurvivingLength(Random random)
    {
        if (_durable.Length == Content.Length)
        {
            return Content.Length;
        }

        long least = long.Min(_durable.Length, Content.Length);
        long most = long.Max(_durable.Length, Content.Length);
        long sectors = (most - least) / SimulatedStorage.SectorBytes;
        return random.Next(3) switch
        {
            0 => _durable.Length,
            1 => Content.Length,
            _ => least + (random.NextInt64(sectors + 1) * SimulatedStorage.SectorBytes),
        };
    }

    /// <summary>The first writes whole, the one after them in some of its sectors.</summary>
    private void Apply(byte[] survived, int whole, Random random, int tornPercent)
    {
        for (int i = 0; i < int.Min(whole + 1, _unflushed.Count); i++)
        {
            (long offset, byte[] bytes) = _unflushed[i];
            foreach ((long from, long to, _) in Sectors(offset, bytes.Length))
            {
                if (i < whole || random.Next(100) < tornPercent)
                {
                    Put(survived, from, bytes.AsSpan((int)(from - offset), (int)(to - from)));
                }
            }
        }
    }

    /// <summary>Each sector stopped at a write of its own.</summary>
    private void ApplyAnySectors(byte[] survived, Random random)
    {
        var stoppedAt = new Dictionary<long, int>();
        int stayPercent = random.Next(101);
        for (int i = 0; i < _unflushed.Count; i++)
        {
            (long offset, byte[] bytes) = _unflushed[i];
            foreach ((long from, long to, long sector) in Sectors(offset, bytes.Length))
            {
                if (!stoppedAt.TryGetValue(sector, out int stop))
                {
                    stop = random.Next(100) < stayPercent ? _unflushed.Count : random.Next(_unflushed.Count);
                    stoppedAt[sector] = stop;
                }

                if (i < stop)
                {
                    Put(survived, from, bytes.AsSpan((int)(from - offset), (int)(to - from)));
                }
            }
        }
    }

    private static IEnumerable<(long From, long To, long Sector)> Sectors(long offset, int length)
    {
        long end = offset + length;
        while (offset < end)
        {
            long sector = offset / SimulatedStorage.SectorBytes;
            long next = long.Min(end, (sector + 1) * SimulatedStorage.SectorBytes);
            yield return (offset, next, sector);
            offset = next;
        }
    }

    private static void Put(byte[] target, long offset, ReadOnlySpan<byte> bytes)
    {
        long room = long.Clamp(target.Length - offset, 0, bytes.Length);
        bytes[..(int)room].CopyTo(target.AsSpan((int)long.Min(offset, target.Length)));
    }

    private void Resize(long length)
    {
        byte[] content = OwnContent;
        Array.Resize(ref content, (int)length);
        _content = content;
    }
}
