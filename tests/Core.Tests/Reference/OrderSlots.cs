using System.Collections.Generic;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Order ids: (generation &lt;&lt; 32) | slot; the slot that came back last is given first.</summary>
internal sealed class OrderSlots(uint capacity)
{
    private readonly Stack<uint> _returned = [];
    private readonly Dictionary<uint, uint> _generations = [];
    private uint _fresh;

    public bool HasRoom => _returned.Count > 0 || _fresh < capacity;

    public ulong Take()
    {
        uint slot = _returned.Count > 0 ? _returned.Pop() : ++_fresh;
        uint generation = _generations.GetValueOrDefault(slot) + 1;
        _generations[slot] = generation;
        return ((ulong)generation << 32) | slot;
    }

    public void Return(ulong orderId) => _returned.Push((uint)orderId);
}
