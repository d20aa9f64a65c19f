using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.State;

/// <summary>Gives the next bytes of a state stream: as many as there are, at most the buffer's length; 0 at its end.</summary>
public delegate int StateSource(Span<byte> buffer);

/// <summary>
/// Reads what <see cref="StateWriter"/> wrote and takes the same hash. It trusts nothing: what does not fit is a
/// <see cref="StateException"/>.
/// </summary>
internal unsafe ref struct StateReader
{
    private readonly NativeRegion _memory;
    private readonly StateSource _source;
    private EventDigest _hash;
    private bool _isHashing;
    private int _length;
    private int _at;
    private StateSection _section;
    private ulong _sectionBytes;

    public StateReader(StateSource source)
    {
        _memory = new NativeRegion(StateWriter.BufferBytes);
        _source = source;
    }

    /// <summary>From here on what is read is part of the state hash.</summary>
    public void BeginHash()
    {
        // The rest moves to the front, so that later buffers end between two of the hash's stripes.
        Buffer.MemoryCopy(_memory.Pointer + _at, _memory.Pointer, StateWriter.BufferBytes, _length - _at);
        _length -= _at;
        _at = 0;
        Fill();
        _hash = EventDigest.Start();
        _isHashing = true;
    }

    /// <summary>The hash of what was read since; the reader stands where the writer took it.</summary>
    public ulong EndHash()
    {
        int whole = _at & -EventDigest.StripeBytes;
        _hash.Update(_memory.Pointer, whole);
        if (whole != _at)
        {
            byte* last = stackalloc byte[EventDigest.StripeBytes];
            new Span<byte>(last, EventDigest.StripeBytes).Clear();
            Unsafe.CopyBlockUnaligned(last, _memory.Pointer + whole, (uint)(_at - whole));
            _hash.Update(last, EventDigest.StripeBytes);
        }

        _isHashing = false;
        return _hash.Value;
    }

    /// <summary>Version of the section when it comes next, 0 when it was left out.</summary>
    /// <param name="section">Wanted.</param>
    /// <param name="newest">The highest version that the caller can read.</param>
    public uint Begin(StateSection section, uint newest = 1)
    {
        ulong next = Peek();
        uint id = (uint)next;
        if (id > (uint)section)
        {
            return 0;
        }

        // Sections come in rising order, so one that was not asked for before this is one that nobody here knows.
        Require(id == (uint)section, $"section {id} is unknown");
        uint version = (uint)(next >> 32);
        Require(version >= 1 && version <= newest, $"version {version} of section {section} is unknown");
        Take();
        _section = section;
        _sectionBytes = 0;
        return version;
    }

    /// <summary>The same for a section that is never left out.</summary>
    public uint BeginRequired(StateSection section, uint newest = 1)
    {
        uint version = Begin(section, newest);
        Require(version != 0, $"section {section} is missing");
        return version;
    }

    public void End()
    {
        Require(Take() == ((ulong)_section | ((ulong)StateWriter.EndMark << 32)), "it does not end where it should");
        Require(Take() == _sectionBytes, "it has another length than its end says");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Word()
    {
        _sectionBytes += 8;
        return Take();
    }

    public long Signed() => (long)Word();

    public (uint Low, uint High) Pair()
    {
        ulong word = Word();
        return ((uint)word, (uint)(word >> 32));
    }

    /// <summary>What <see cref="StateWriter.Row"/> wrote.</summary>
    public void Row<T>(out T row)
        where T : unmanaged
    {
        row = default;
        fixed (T* first = &row)
        {
            byte* at = (byte*)first;
            int left = sizeof(T);
            for (; left >= 8; left -= 8, at += 8)
            {
                Unsafe.WriteUnaligned(at, Word());
            }

            if (left != 0)
            {
                ulong last = Word();
                Require(last >> (8 * left) == 0, "a row is followed by something");
                Unsafe.CopyBlockUnaligned(at, &last, (uint)left);
            }
        }
    }

    /// <summary>Id of the next row of a list in rising order, or 0 at the list's end.</summary>
    /// <param name="previous">Id of the row before.</param>
    /// <param name="limit">Ids are below it.</param>
    public uint NextId(uint previous, uint limit)
    {
        ulong id = Word();
        Require(id == 0 || id > previous, "ids do not rise");
        Require(id < limit, "an id is beyond the limits");
        return (uint)id;
    }

    public void RequireEnd()
    {
        Fill();
        Require(_at == _length, "something follows its end");
    }

    public readonly void Require([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
        {
            Fail(what);
        }
    }

    public readonly void Dispose() => _memory.Dispose();

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Fail(string what) =>
        throw new StateException($"The engine's state cannot be loaded: section {_section}: {what}.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Take()
    {
        ulong word = Peek();
        _at += 8;
        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Peek()
    {
        if (_length - _at < 8)
        {
            Fill();
            Require(_length - _at >= 8, "the stream ends early");
        }

        return *(ulong*)(_memory.Pointer + _at);
    }

    /// <summary>Reads on when everything in the buffer was taken; whole words stay where they are.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fill()
    {
        if (_at == _length || _at == StateWriter.BufferBytes)
        {
            if (_isHashing)
            {
                _hash.Update(_memory.Pointer, _at & -EventDigest.StripeBytes);
            }

            _at = 0;
            _length = 0;
        }

        while (_length < StateWriter.BufferBytes)
        {
            int read = _source(new Span<byte>(_memory.Pointer + _length, StateWriter.BufferBytes - _length));
            Require(read >= 0 && read <= StateWriter.BufferBytes - _length, "its source is broken");
            if (read == 0)
            {
                return;
            }

            _length += read;
        }
    }
}
