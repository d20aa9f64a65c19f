using System.Collections.Generic;

namespace HftEngine.Server.Replay;

/// <summary>
/// The slots of the bare book that stand for a tape's orders. A tape with dense ids needs none of this: its ids are the
/// slots. A venue's ids are long and come again, so each order that enters is given the next slot.
/// </summary>
internal sealed class BookIds
{
    private readonly Dictionary<(ulong Id, long Entry), uint> _slots = [];
    private readonly ulong[] _tapeIds;
    private uint _last;

    /// <param name="orders">Orders that enter, executions included.</param>
    public BookIds(long orders)
    {
        _tapeIds = new ulong[orders + 1];
    }

    public void Clear()
    {
        _slots.Clear();
        _last = 0;
    }

    public uint SlotOf(in ReplayRequest request)
    {
        if (request.Action is RequestAction.Cancel or RequestAction.Amend)
        {
            return _slots[(request.Id, request.Entry)];
        }

        uint slot = ++_last;
        _tapeIds[slot] = request.TapeId;
        if (!request.IsExecution)
        {
            _slots[(request.Id, request.Entry)] = slot;
        }

        return slot;
    }

    /// <summary>By which the trades tape names the order.</summary>
    public ulong TapeIdOf(ulong slot) => _tapeIds[slot];
}
