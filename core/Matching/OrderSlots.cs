using System.Runtime.CompilerServices;

namespace HftEngine.Core.Matching;

/// <summary>Gives out the slots of the order slab: last freed first, then fresh ones in rising order from 1.</summary>
/// <remarks>The free list is threaded through <see cref="RestingOrder.Next"/>, so it costs no memory of its own.</remarks>
internal unsafe struct OrderSlots<TLayout>
    where TLayout : struct, IOrderLayout
{
    private readonly RestingOrder* _orders;
    private readonly uint _maxOrders;
    private uint _free;
    private uint _fresh;

    public OrderSlots(in OrderBooks<TLayout> books)
    {
        _orders = books.At(0);
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
            _free = At(slot)->Next;
        }
        else
        {
            slot = _fresh++;
        }

        Used++;
        At(slot)->Generation++;
        return slot;
    }

    /// <summary>As if the last <see cref="Take"/> had not been.</summary>
    public void Untake(uint slot)
    {
        At(slot)->Generation--;
        Give(slot);
    }

    public void Give(uint slot)
    {
        Used--;
        RestingOrder* order = At(slot);
        order->OpenLots = 0;

        // A slot whose generations are used up stays out, so that no order id ever comes twice.
        if (order->Generation != uint.MaxValue)
        {
            order->Next = _free;
            _free = slot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly RestingOrder* At(uint slot) =>
        (RestingOrder*)((byte*)_orders + ((nuint)slot << TLayout.SlotShift));
}
