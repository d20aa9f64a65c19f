using System.Numerics;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    /// <summary>Every book, best price first, by priority; with each order its names outside the window.</summary>
    private void SaveOrders(ref StateWriter state)
    {
        state.Begin(StateSection.Orders);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            for (uint side = 0; side < 2; side++)
            {
                for (uint slot = _books.First(id, side); slot != 0; slot = _books.After(slot))
                {
                    SaveOrder(ref state, slot);
                }
            }
        }

        state.EndList();
        state.End();
    }

    private void SaveOrder(ref StateWriter state, uint slot)
    {
        OrderRecord* order = Record(slot);
        uint manner = order->Resting.Side
            | ((uint)order->Resting.SelfTradePrevention << 8)
            | ((uint)order->Resting.PostOnly << 16)
            | ((uint)(order->Resting.Marks & ~OrderMarks.NameOutOfWindow) << 24);
        state.Word(slot, order->Resting.Generation);
        state.Word(order->InstrumentId, manner);
        state.Word(order->Price);
        state.Word(order->Resting.OpenLots);
        state.Word(order->FilledLots);
        state.Word(order->Resting.AccountId, order->Era);
        bool outlived = (order->Resting.Marks & OrderMarks.NameOutOfWindow) != 0;
        state.Word(outlived ? CountOutlived(order) : 0UL);
        if (outlived)
        {
            SaveOutlived(ref state, order);
        }
    }

    private ulong CountOutlived(OrderRecord* order)
    {
        ulong count = 0;
        for (uint name = order->ClientIdEntry; name != 0; name = NameBefore(order, name))
        {
            count += ClientOrderIds.IsOutlived(name) ? 1UL : 0UL;
        }

        return count;
    }

    private void SaveOutlived(ref StateWriter state, OrderRecord* order)
    {
        for (uint name = order->ClientIdEntry; name != 0; name = NameBefore(order, name))
        {
            if (ClientOrderIds.IsOutlived(name))
            {
                RememberedId* entry = _clientIds.Entry(order->Resting.AccountId, name);
                state.Row(in entry->Id);
                state.Word(entry->Content);
            }
        }
    }

    private uint NameBefore(OrderRecord* order, uint name) =>
        _clientIds.Entry(order->Resting.AccountId, name)->Earlier;

    private void LoadOrders(ref StateReader state)
    {
        if (state.Begin(StateSection.Orders) != 0)
        {
            while (true)
            {
                (uint slot, uint generation) = state.Pair();
                if ((slot | generation) == 0)
                {
                    break;
                }

                state.Require(_slots.TryRestore(slot, generation), "an order's slot is not its own");
                LoadOrder(ref state, slot);
            }

            state.End();
        }

        _slots.RetireRest();
    }

    private void LoadOrder(ref StateReader state, uint slot)
    {
        OrderRecord* order = Record(slot);
        (order->InstrumentId, uint manner) = state.Pair();
        state.Require(DefinedOrZero(order->InstrumentId) != 0, "an order's instrument is not defined");
        uint prevention = (manner >> 8) & 0xFF;
        state.Require((manner & 0xFF) <= (uint)Side.Sell, "an order has no side");
        state.Require(prevention <= (uint)SelfTradePrevention.Decrement, "an order's self-trade prevention is unknown");
        uint postOnly = (manner >> 16) & 0xFF;
        state.Require(postOnly <= (uint)PostOnly.Slide, "an order's post-only mode is unknown");
        order->Resting.SelfTradePrevention = (byte)prevention;
        order->Resting.PostOnly = (byte)postOnly;
        order->Resting.Marks = (OrderMarks)(manner >> 24);
        order->Price = state.Signed();
        order->Resting.OpenLots = state.Signed();
        order->FilledLots = state.Signed();
        state.Require(order->Resting.OpenLots > 0, "an order has nothing open");
        state.Require(order->FilledLots >= 0, "an order has filled less than nothing");
        (order->Resting.AccountId, order->Era) = state.Pair();
        state.Require(IsOpenAccount(order->Resting.AccountId), "an order's account is not open");
        bool hasPage = _books.TryRest(order->InstrumentId, manner & 0xFF, order->Price, slot);
        state.Require(hasPage, "the orders need too many price pages");
        CountInPosition(ref state, order);
        LoadOutlived(ref state, order, slot);
    }

    private void LoadOutlived(ref StateReader state, OrderRecord* order, uint slot)
    {
        ulong count = state.Word();
        RememberedId* later = null;
        for (ulong i = 0; i < count; i++)
        {
            state.Require(_clientIds.HasRoom, "there are too many client order ids");
            var name = new RememberedId { AccountId = order->Resting.AccountId };
            state.Row(out name.Id);
            name.Content = state.Word();
            name.Outcome = ((ulong)order->Resting.Generation << 32) | slot;
            name.Hash = _clientIds.HashOf((byte*)&name.Id, name.AccountId);
            uint index = _clientIds.MoveOut(&name);
            if (later == null)
            {
                order->ClientIdEntry = index;
            }
            else
            {
                later->Earlier = index;
            }

            later = _clientIds.Entry(name.AccountId, index);
            order->Resting.Marks |= OrderMarks.NameOutOfWindow;
            _accounts[name.AccountId].OutlivedIds++;
        }
    }

    private void LoadOwners(ref StateReader state)
    {
        uint orders = 0;
        if (state.Begin(StateSection.Owners) != 0)
        {
            for (uint owner = 1; ; owner++)
            {
                (uint accountId, uint sessionId) = state.Pair();
                if ((accountId | sessionId) == 0)
                {
                    break;
                }

                state.Require(IsOpenAccount(accountId), "an owner's account is not open");
                state.Require(sessionId < _sessions.Length, "an owner's session is beyond the limits");
                uint added = _owners.FindOrAdd(
                    sessionId, accountId, ref _accounts[accountId].FirstOwner, ref _sessions[sessionId].FirstOwner);
                state.Require(added == owner, "an owner comes twice or there are too many");
                LoadBlocks(ref state, owner, ref _owners[owner].Full, full: true, ref orders);
                LoadBlocks(ref state, owner, ref _owners[owner].Roomy, full: false, ref orders);
            }

            state.End();
        }

        state.Require(orders == RestingOrders, "not every order has an owner");
    }

    /// <summary>One of an owner's lists; <paramref name="orders"/> counts what is in all of them.</summary>
    private void LoadBlocks(ref StateReader state, uint owner, ref uint first, bool full, ref uint orders)
    {
        uint last = 0;
        while (true)
        {
            ulong used = state.Word();
            if (used == 0)
            {
                return;
            }

            state.Require(used <= OwnerBlock.Full && used == OwnerBlock.Full == full, "an owner's block is in the wrong list");

            // Every block so far holds an order that no other holds, so one that is free is left.
            state.Require(orders < RestingOrders, "an owner has more blocks than there are orders");
            uint block = _owners.Append(owner, ref first, last, (uint)used);
            for (uint places = (uint)used; places != 0; places &= places - 1)
            {
                uint place = (uint)BitOperations.TrailingZeroCount(places);
                ulong slot = state.Word();
                state.Require(slot - 1 < Limits.MaxOrders && _books.At((uint)slot)->Level != 0, "an owner's order does not rest");
                OrderRecord* order = Record((uint)slot);
                state.Require(order->OwnerPlace == 0, "an order has two owners");
                state.Require(order->Resting.AccountId == _owners[owner].AccountId, "an order's owner has another account");
                order->OwnerPlace = (block << 4) | place;
                _owners.Block(block)->Slots[place] = (uint)slot;
                orders++;
            }

            last = block;
        }
    }

    private void SaveClientIds(ref StateWriter state)
    {
        state.Begin(StateSection.ClientIds);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            ulong remembered = _accounts[id].RememberedIds;
            if (_accounts[id].Open == 0 || remembered == 0)
            {
                continue;
            }

            state.Word((ulong)id);
            state.Word(remembered);
            for (ulong i = remembered - System.Math.Min(remembered, Limits.ClientIdWindow); i < remembered; i++)
            {
                RememberedId* entry = _clientIds.NextPlace(id, i);
                state.Row(in entry->Id);
                state.Word(entry->Content);
                state.Word(entry->Outcome);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadClientIds(ref StateReader state)
    {
        if (state.Begin(StateSection.ClientIds) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxAccounts)) != 0)
        {
            state.Require(IsOpenAccount(id), "client order ids of an account that is not open");
            ulong remembered = state.Word();
            ulong kept = System.Math.Min(remembered, Limits.ClientIdWindow);
            for (ulong i = remembered - kept; i < remembered; i++)
            {
                LoadClientId(ref state, id, i);
            }

            _accounts[id].RememberedIds = remembered;
        }

        state.End();
    }

    private void LoadClientId(ref StateReader state, uint accountId, ulong place)
    {
        state.Require(_clientIds.HasRoom, "there are too many client order ids");
        state.Row(out ClientOrderId clientOrderId);
        uint hash = _clientIds.HashOf((byte*)&clientOrderId, accountId);
        uint name = _clientIds.Restore((byte*)&clientOrderId, accountId, hash, place);
        RememberedId* entry = _clientIds.Entry(accountId, name);
        entry->Content = state.Word();
        entry->Outcome = state.Word();
        if (!IsResting(entry->Outcome))
        {
            return;
        }

        // The window is read from its oldest id on, so each name of an order is younger than those it has.
        OrderRecord* order = Record((uint)entry->Outcome);
        state.Require(order->Resting.AccountId == accountId, "a client order id names another account's order");
        entry->Earlier = order->ClientIdEntry;
        order->ClientIdEntry = name;
    }

    private void SaveJobs(ref StateWriter state)
    {
        state.Begin(StateSection.Jobs);
        if ((_era | _jobCount) != 0)
        {
            state.Word(_era, _jobCount);
        }

        for (uint i = 0; i < _jobCount; i++)
        {
            state.Row(in _jobs[i]);
            for (uint word = 0; word < _closingWords && ClosesSessions(in _jobs[i]); word++)
            {
                state.Word(ClosingOf(i)[word]);
            }
        }

        state.End();
    }

    private static bool ClosesSessions(in CancelJob job) =>
        job.Kind is CancelJobKind.GatewayLost or CancelJobKind.VenueRestarted;

    private void LoadJobs(ref StateReader state)
    {
        if (state.Begin(StateSection.Jobs) != 0)
        {
            (_era, _jobCount) = state.Pair();
            state.Require(_jobCount <= Limits.MaxJobs, "there are too many mass cancels");
            for (uint i = 0; i < _jobCount; i++)
            {
                state.Row(out _jobs[i]);
                ref CancelJob job = ref _jobs[i];
                bool known = job.AccountId < Limits.MaxAccounts
                    && job.SessionId < _sessions.Length
                    && job.SideFilter <= SideFilter.Sell
                    && job.Kind <= CancelJobKind.DeadMan;
                state.Require(known, "a mass cancel is beyond the limits");
                for (uint word = 0; word < _closingWords && ClosesSessions(in job); word++)
                {
                    ClosingOf(i)[word] = state.Word();
                }
            }

            state.End();
        }

        NextDeadlineNs = DeadlineAfter(LastTimestampNs);
    }
}
