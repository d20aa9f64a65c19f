using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Memory;

namespace HftEngine.Core.State;

/// <summary>Takes the next bytes of a state stream.</summary>
public delegate void StateSink(ReadOnlySpan<byte> bytes);

/// <summary>
/// Writes the engine's state as one canonical stream of 64-bit words and takes its hash on the way: equal states give
/// equal bytes, and the state hash is the hash of these very bytes.
/// </summary>
/// <remarks>
/// A section is (id u32, version u32), its content, (id u32, end mark u32), bytes of content u64. A section in which
/// nothing is written does not appear at all, so a feature that was never used changes neither stream nor hash.
///
/// To add a feature's state: give it a number in <see cref="StateSection"/>; write Save and Load side by side, in the
/// component that owns the memory; call them from <c>Engine.SaveSections</c> and <c>Engine.LoadSections</c> in the order of the
/// numbers; name the new fields in the test that looks through the engine's fields. Save writes only what cannot be
/// computed from the rest, in an order that does not depend on hashing, free lists or memory; Load checks each index
/// before it uses it and makes the derived structures again. What grows later gets a new section version, and Load keeps
/// reading the old one while a kept snapshot needs it.
/// </remarks>
internal unsafe ref struct StateWriter
{
    public const uint EndMark = 0xFFFFFFFF;
    public const int BufferBytes = 1 << 16;

    private readonly NativeRegion _memory;
    private readonly StateSink? _sink;
    private EventDigest _hash;
    private bool _isHashing;
    private int _used;
    private StateSection _section;
    private uint _version;
    private bool _isOpen;
    private ulong _sectionBytes;

    /// <param name="sink">Takes the stream; null when only its hash is wanted.</param>
    public StateWriter(StateSink? sink)
    {
        _memory = new NativeRegion(BufferBytes);
        _sink = sink;
    }

    /// <summary>From here on what is written is part of the state hash.</summary>
    public void BeginHash()
    {
        Flush();
        _hash = EventDigest.Start();
        _isHashing = true;
    }

    /// <summary>The state hash; what follows is not part of it.</summary>
    public ulong EndHash()
    {
        Flush();
        _isHashing = false;
        return _hash.Value;
    }

    /// <summary>The following words belong to this section; it appears in the stream with the first of them.</summary>
    public void Begin(StateSection section, uint version = 1)
    {
        Invariant.Require(section > _section);
        Invariant.Require(version != 0 && version != EndMark);
        _section = section;
        _version = version;
        _isOpen = false;
        _sectionBytes = 0;
    }

    public void End()
    {
        if (!_isOpen)
        {
            return;
        }

        Put((ulong)_section | ((ulong)EndMark << 32));
        Put(_sectionBytes);
        _isOpen = false;
    }

    /// <summary>Ends a list whose items never begin with a zero word; an empty list writes nothing.</summary>
    public void EndList()
    {
        if (_isOpen)
        {
            Word(0UL);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Word(ulong word)
    {
        if (!_isOpen)
        {
            Open();
        }

        _sectionBytes += 8;
        Put(word);
    }

    public void Word(long word) => Word((ulong)word);

    public void Word(uint low, uint high) => Word(low | ((ulong)high << 32));

    /// <summary>A whole row of explicit layout whose gaps are always zero, with zeros up to the next word.</summary>
    public void Row<T>(in T row)
        where T : unmanaged
    {
        fixed (T* first = &row)
        {
            byte* at = (byte*)first;
            int left = sizeof(T);
            for (; left >= 8; left -= 8, at += 8)
            {
                Word(Unsafe.ReadUnaligned<ulong>(at));
            }

            if (left != 0)
            {
                ulong last = 0;
                Unsafe.CopyBlockUnaligned(&last, at, (uint)left);
                Word(last);
            }
        }
    }

    /// <summary>Hands over what is left and gives the buffer back.</summary>
    public void Dispose()
    {
        Flush();
        _memory.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Open()
    {
        Invariant.Require(_version != 0);
        _isOpen = true;
        Put((ulong)_section | ((ulong)_version << 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Put(ulong word)
    {
        *(ulong*)(_memory.Pointer + _used) = word;
        _used += 8;
        if (_used == BufferBytes)
        {
            Flush();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Flush()
    {
        if (_isHashing)
        {
            // Only the last piece can end within a stripe; zeros fill it for the hash alone.
            int padded = (_used + EventDigest.StripeBytes - 1) & -EventDigest.StripeBytes;
            new Span<byte>(_memory.Pointer + _used, padded - _used).Clear();
            _hash.Update(_memory.Pointer, padded);
        }

        _sink?.Invoke(new ReadOnlySpan<byte>(_memory.Pointer, _used));
        _used = 0;
    }
}
