using System.Runtime.CompilerServices;
using HftEngine.Core.State;

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

    /// <summary>Which slots come next, and with which generations: all that decides future ids.</summary>
    public readonly void Save(ref StateWriter state)
    {
        state.Begin(StateSection.Slots);
        if (_fresh > 1)
        {
            state.Word((ulong)_fresh);
            for (uint slot = _free; slot != 0; slot = At(slot)->Next)
            {
                state.Word(slot, At(slot)->Generation);
            }

            state.EndList();
        }

        state.End();
    }

    public void Load(ref StateReader state)
    {
        if (state.Begin(StateSection.Slots) == 0)
        {
            return;
        }

        ulong fresh = state.Word();
        state.Require(fresh >= 2 && fresh <= (ulong)_maxOrders + 1, "more order slots were used than there are");
        _fresh = (uint)fresh;
        uint last = 0;
        while (true)
        {
            (uint slot, uint generation) = state.Pair();
            if ((slot | generation) == 0)
            {
                break;
            }

            state.Require(slot != 0 && slot < _fresh && !IsFree(slot), "a free order slot is not one");
            state.Require(generation != uint.MaxValue, "a free order slot has used up its generations");
            At(slot)->Generation = generation;

            // While loading a free slot is known by this; nobody looks at its older neighbour otherwise.
            At(slot)->Previous = slot;
            if (last == 0)
            {
                _free = slot;
            }
            else
            {
                At(last)->Next = slot;
            }

            last = slot;
        }

        state.End();
    }

    /// <summary>The slot is a resting order's. False: it cannot be.</summary>
    public bool TryRestore(uint slot, uint generation)
    {
        if (slot == 0 || slot >= _fresh || generation == 0 || At(slot)->Generation != 0 || IsFree(slot))
        {
            return false;
        }

        At(slot)->Generation = generation;
        Used++;
        return true;
    }

    /// <summary>A used slot that is neither free nor an order's has used up its generations.</summary>
    public readonly void RetireRest()
    {
        for (uint slot = 1; slot < _fresh; slot++)
        {
            if (At(slot)->Generation == 0 && !IsFree(slot))
            {
                At(slot)->Generation = uint.MaxValue;
            }
        }
    }

    private readonly bool IsFree(uint slot) => At(slot)->Previous == slot;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly RestingOrder* At(uint slot) =>
        (RestingOrder*)((byte*)_orders + ((nuint)slot << TLayout.SlotShift));
}
