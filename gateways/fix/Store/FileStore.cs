using System;
using System.Buffers.Binary;
using System.Threading;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;

namespace HftEngine.Fix.Store;

/// <summary>
/// One session's numbers and sent messages in one append-only file that survives the death of the process
/// and of the machine. docs/fix-store-format.md describes the file.
/// </summary>
/// <remarks>
/// Writes are not flushed, so a loss of power may take the latest ones. What must never happen is that a
/// number is used twice: numbers are taken from blocks whose end is flushed to the file beforehand, and
/// after a crash the sequence goes on behind the block. The hole is gap-filled when the counterparty asks
/// for it.
/// </remarks>
public sealed class FileStore : IMessageStore
{
    private readonly IStorage _storage;
    private readonly string _name;
    private readonly FileStoreOptions _options;
    private readonly MessageIndex _index = new();
    private readonly byte[] _pending;
    private readonly byte[] _verified;
    private IStorageFile _file;
    private uint _seed;
    private long _end;
    private int _pendingBytes;
    private long _nextInbound = 1;
    private long _writtenInbound = 1;
    private long _writtenOutbound = 1;
    private long _reservedTo;
    private SafeBlock _safe = new();

    private FileStore(IStorage storage, string name, FileStoreOptions options, IStorageFile file)
    {
        _storage = storage;
        _name = name;
        _options = options.Checked();
        _pending = new byte[options.PendingBytes];
        _verified = new byte[options.PendingBytes];
        _file = file;
    }

    public long NextOutbound { get; private set; } = 1;

    public long NextInbound
    {
        get => _nextInbound;
        set => _nextInbound = value;
    }

    public long CreatedNs { get; private set; }

    public EventPosition LastOrigin { get; private set; }

    /// <summary>Whether the numbers go on behind a block because the last end was not orderly.</summary>
    public bool HasHole { get; private set; }

    /// <summary>Opens the file of a session or makes it.</summary>
    public static FileStore Open(IStorage storage, string name, FileStoreOptions options, long nowNs)
    {
        // A reset replaces the file; a crash in the middle of it leaves the new one under this name.
        if (storage.Exists(TemporaryOf(name)))
        {
            storage.Delete(TemporaryOf(name));
        }

        bool exists = storage.Exists(name);
        IStorageFile file = exists ? storage.Open(name, writable: true) : storage.Create(name, 0);
        FileStore store = new(storage, name, options, file);
        if (!exists || !store.Recover())
        {
            store.Start(nowNs);
            storage.FlushFolder();
        }

        return store;
    }

    public void Append(ReadOnlySpan<byte> message, in EventPosition origin)
    {
        Reserve();
        Span<byte> body = Record(StoreRecord.Message, StoreRecord.MessageHeadBytes + message.Length);
        BinaryPrimitives.WriteInt64LittleEndian(body, NextOutbound);
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], origin.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], origin.Index);
        BinaryPrimitives.WriteUInt64LittleEndian(body[16..], origin.Sequence);
        message.CopyTo(body[StoreRecord.MessageHeadBytes..]);
        _index.Add(NextOutbound, _end + _pendingBytes, message.Length);
        Seal();
        LastOrigin = origin == default ? LastOrigin : origin;
        NextOutbound++;
        _writtenOutbound = NextOutbound;
    }

    public void Skip()
    {
        Reserve();
        NextOutbound++;
    }

    public int Read(long number, Span<byte> buffer)
    {
        (long at, int length) = _index.Find(number);
        if (length == 0 || length > buffer.Length)
        {
            return 0;
        }

        Commit();
        long start = at + StoreRecord.HeadBytes + StoreRecord.MessageHeadBytes;
        return _file.Read(start, buffer[..length]) == length ? length : 0;
    }

    public void SetNextOutbound(long number)
    {
        NextOutbound = number;
        Reserve();
        WriteNumbers();
    }

    public void Reset(long nowNs)
    {
        _pendingBytes = 0;
        _file.Dispose();
        string temporary = TemporaryOf(_name);
        _file = _storage.Create(temporary, 0);
        Start(nowNs);
        _storage.Rename(temporary, _name);
        _storage.FlushFolder();
    }

    public void Commit()
    {
        if (_nextInbound != _writtenInbound || NextOutbound != _writtenOutbound)
        {
            WriteNumbers();
        }

        if (_pendingBytes > 0)
        {
            _file.Write(_end, _pending.AsSpan(0, _pendingBytes));
            _end += _pendingBytes;
            _pendingBytes = 0;
        }
    }

    /// <summary>Ends orderly: the next start goes on exactly here.</summary>
    public void Dispose()
    {
        Commit();
        Span<byte> body = Record(StoreRecord.Closed, StoreRecord.NumbersBytes);
        BinaryPrimitives.WriteInt64LittleEndian(body, NextOutbound);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], _nextInbound);
        Seal();
        Commit();
        _file.Flush();
        _file.Dispose();
    }

    private static string TemporaryOf(string name) => name + ".new";

    /// <summary>A new file: its beginning and the first block of numbers.</summary>
    private void Start(long nowNs)
    {
        _index.Clear();
        _end = 0;
        _seed = 0;
        NextOutbound = 1;
        _nextInbound = 1;
        _writtenInbound = 1;
        _writtenOutbound = 1;
        _safe = new SafeBlock();
        _reservedTo = 0;
        LastOrigin = default;
        HasHole = false;
        CreatedNs = nowNs;
        _file.Truncate(0);
        Span<byte> body = Record(StoreRecord.Start, StoreRecord.StartBytes);
        BinaryPrimitives.WriteInt64LittleEndian(body, nowNs);
        BinaryPrimitives.WriteUInt64LittleEndian(body[8..], StoreRecord.Magic);
        Seal();
        WriteReservation(_options.BlockNumbers);
        Commit();
        _file.Flush();
        _safe.To = _reservedTo;
    }

    /// <summary>
    /// Makes sure that the next number is in a block whose end is on the disk. The next block is asked for
    /// long before this one ends, so that the flush is done elsewhere and nobody waits for it.
    /// </summary>
    private void Reserve()
    {
        if (NextOutbound + (_options.BlockNumbers / 2) <= _reservedTo && NextOutbound <= _safe.To)
        {
            return;
        }

        if (_reservedTo < NextOutbound + (_options.BlockNumbers / 2))
        {
            WriteReservation(NextOutbound + _options.BlockNumbers);
            Commit();
            if (_options.FlushLater is { } later && NextOutbound <= _safe.To)
            {
                FlushLater(later, _file, _safe, _reservedTo);
                return;
            }
        }

        if (NextOutbound > _safe.To)
        {
            _file.Flush();
            _safe.To = _reservedTo;
        }
    }

    // A reset gives the store a new file and a new block; a flush of the old ones must not vouch for them.
    private static void FlushLater(Action<Action> later, IStorageFile file, SafeBlock safe, long reserved) =>
        later(() =>
    {
        file.Flush();
        safe.To = reserved;
    });

    private void WriteReservation(long to)
    {
        Span<byte> body = Record(StoreRecord.Reserved, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(body, to);
        Seal();
        _reservedTo = to;
    }

    private void WriteNumbers()
    {
        Span<byte> body = Record(StoreRecord.Numbers, StoreRecord.NumbersBytes);
        BinaryPrimitives.WriteInt64LittleEndian(body, NextOutbound);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], _nextInbound);
        Seal();
        _writtenInbound = _nextInbound;
        _writtenOutbound = NextOutbound;
    }

    /// <summary>Room for one record's body; <see cref="Seal"/> ends it.</summary>
    private Span<byte> Record(byte type, int bodyBytes)
    {
        int bytes = StoreRecord.HeadBytes + bodyBytes;
        if (bytes > _pending.Length - _pendingBytes)
        {
            _file.Write(_end, _pending.AsSpan(0, _pendingBytes));
            _end += _pendingBytes;
            _pendingBytes = 0;
        }

        Span<byte> record = _pending.AsSpan(_pendingBytes, bytes);
        StoreRecord.WriteHead(record, type, bodyBytes);
        return record[StoreRecord.HeadBytes..];
    }

    private void Seal()
    {
        Span<byte> record = _pending.AsSpan(_pendingBytes);
        int bytes = StoreRecord.BytesOf(record);
        _seed = StoreRecord.Seal(record[..bytes], _seed);
        _pendingBytes += bytes;
    }

    /// <summary>False when the file does not even have a beginning: it was made and never flushed.</summary>
    private bool Recover()
    {
        bool closed = false;
        bool started = false;
        while (TryReadRecord(out ReadOnlySpan<byte> record))
        {
            byte type = StoreRecord.TypeOf(record);
            if (!started && type != StoreRecord.Start)
            {
                break;
            }

            started = true;
            closed = type == StoreRecord.Closed;
            Apply(type, record[StoreRecord.HeadBytes..]);
            _seed = StoreRecord.CheckOf(record);
            _end += record.Length;
        }

        if (!started)
        {
            return false;
        }

        // What stands behind the last good record was never flushed, and nothing may be read over it later.
        _file.Truncate(_end);
        if (!closed)
        {
            // Numbers up to the end of the block may have been sent, whatever of it the disk remembers.
            HasHole = _reservedTo >= NextOutbound;
            NextOutbound = long.Max(NextOutbound, _reservedTo + 1);
        }

        _writtenOutbound = NextOutbound;
        _writtenInbound = _nextInbound;
        WriteReservation(NextOutbound + _options.BlockNumbers);
        WriteNumbers();
        Commit();
        _file.Flush();
        _safe.To = _reservedTo;
        return true;
    }

    private bool TryReadRecord(out ReadOnlySpan<byte> record)
    {
        int have = _file.Read(_end, _verified);
        record = default;
        if (have < StoreRecord.HeadBytes)
        {
            return false;
        }

        int bytes = StoreRecord.BytesOf(_verified);
        if (bytes > have || !StoreRecord.IsWhole(_verified.AsSpan(0, bytes), _seed))
        {
            return false;
        }

        record = _verified.AsSpan(0, bytes);
        return true;
    }

    private void Apply(byte type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case StoreRecord.Start:
                CreatedNs = BinaryPrimitives.ReadInt64LittleEndian(body);
                break;
            case StoreRecord.Message:
                ApplyMessage(body);
                break;
            case StoreRecord.Reserved:
                _reservedTo = BinaryPrimitives.ReadInt64LittleEndian(body);
                break;
            case StoreRecord.Numbers or StoreRecord.Closed:
                NextOutbound = BinaryPrimitives.ReadInt64LittleEndian(body);
                _nextInbound = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
                break;
            default:
                break;
        }
    }

    private void ApplyMessage(ReadOnlySpan<byte> body)
    {
        long number = BinaryPrimitives.ReadInt64LittleEndian(body);
        EventPosition origin = new(
            BinaryPrimitives.ReadUInt32LittleEndian(body[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(body[12..]));
        _index.Add(number, _end, body.Length - StoreRecord.MessageHeadBytes);
        LastOrigin = origin == default ? LastOrigin : origin;
        NextOutbound = number + 1;
    }

    /// <summary>
    /// The last number that the disk knows to be reserved; written by whatever thread flushes.
    /// </summary>
    private sealed class SafeBlock
    {
        private long _to;

        public long To
        {
            get => Volatile.Read(ref _to);
            set => Volatile.Write(ref _to, value);
        }
    }
}
