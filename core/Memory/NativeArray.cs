using System;
using System.Runtime.CompilerServices;

namespace HftEngine.Core.Memory;

/// <summary>A fixed number of unmanaged values in native memory, zeroed at start and addressed by 32-bit index.</summary>
/// <remarks>
/// The indexer does not check its bound: the indexes are links that the engine made itself. An index that comes from
/// a message is checked by the table that owns the array before it gets here.
/// </remarks>
public sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeRegion _region;
    private readonly T* _items;

    public NativeArray(uint length)
    {
        ArgumentOutOfRangeException.ThrowIfZero(length);
        _region = new NativeRegion((long)length * sizeof(T));
        _items = (T*)_region.Pointer;
        Length = length;
    }

    public uint Length { get; }

    public T* Pointer => _items;

    public ref T this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _items[index];
    }

    public void Clear() => System.Runtime.InteropServices.NativeMemory.Clear(_items, (nuint)Length * (nuint)sizeof(T));

    public void Dispose() => _region.Dispose();
}
