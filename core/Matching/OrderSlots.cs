namespace HftEngine.Core.Matching;

/// <summary>Gives out the slots of the order slab: last freed first, then fresh ones in rising order from 1.</summary>
/// <remarks>The free list is threaded through <see cref="RestingOrder.Next"/>, so it costs no memory of its own.</remarks>
internal unsafe struct OrderSlots
{
    private readonly RestingOrder* _orders;
    private readonly uint _maxOrders;
    private uint _free;
    private uint _fresh;

    public OrderSlots(OrderBooks books)
    {
        _orders = books.Orders;
        _maxOrders = books.MaxOrders;
        _free = 0;
        _fresh = 1;
        Used = 0;
    }

    /// <summary>Slots in use now.</summary>
    public uint Used { get; private set; }

    public readonly bool HasRoom => _free != 0 || _fresh <= _maxOrders;

    /// <summary>First of the freed slots and the first slot never used: with the generations, all that decides future ids.</summary>
    public readonly (uint Free, uint Fresh) Heads => (_free, _fresh);

    /// <summary>The caller has asked <see cref="HasRoom"/>.</summary>
    public uint Take()
    {
        uint slot = _free;
        if (slot != 0)
        {
            _free = _orders[slot].Next;
        }
        else
        {
            slot = _fresh++;
        }

        Used++;
        _orders[slot].Generation++;
        return slot;
    }

    /// <summary>As if the last <see cref="Take"/> had not been.</summary>
    public void Untake(uint slot)
    {
        _orders[slot].Generation--;
        Give(slot);
    }

    public void Give(uint slot)
    {
        Used--;
        _orders[slot].OpenLots = 0;
        _orders[slot].Next = _free;
        _free = slot;
    }
}
