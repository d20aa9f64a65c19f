using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    /// <summary>
    /// Canonical walk over everything that can decide a future answer. Two engines with equal hashes answer alike from
    /// here on. Slow (it visits every table); called at a stop, by replay and by the shadow, never by the live core.
    /// </summary>
    public ulong ComputeStateHash()
    {
        StateHash hash = StateHash.Start();
        hash.Add(LastSequence);
        hash.Add(LastTimestampNs);
        hash.Add((ulong)LastEpoch);
        hash.Add((ulong)RuleLevel);
        hash.Add(_lastTradeId);
        HashDefinitions(ref hash);
        HashAccounts(ref hash);
        HashBooks(ref hash);
        HashOwners(ref hash);
        HashJobs(ref hash);
        HashSlots(ref hash);
        return hash.Value;
    }

    private void HashDefinitions(ref StateHash hash)
    {
        for (uint id = 1; id < _currencies.Length; id++)
        {
            ref Currency currency = ref _currencies[id];
            if (currency.Defined != 0)
            {
                hash.Add((ulong)id);
                hash.Add(currency.Code.AsReadOnlySpan());
                hash.Add((ulong)currency.Scale);
                hash.Add(currency.Total);
            }
        }

        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            Instrument* instrument = _instruments + id;
            if (instrument->IsDefined)
            {
                hash.Add((ulong)id);
                hash.Add(new System.ReadOnlySpan<byte>(instrument, sizeof(Instrument)));
            }
        }
    }

    private void HashAccounts(ref StateHash hash)
    {
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            Account* account = _accounts + id;
            if (account->Open == 0)
            {
                continue;
            }

            hash.Add((ulong)id);
            hash.Add((ulong)account->FirmId);
            HashBalances(ref hash, id);
            hash.Add(account->RememberedIds);
            ulong kept = System.Math.Min(account->RememberedIds, Limits.ClientIdWindow);
            for (ulong i = account->RememberedIds - kept; i < account->RememberedIds; i++)
            {
                HashName(ref hash, _clientIds.NextPlace(id, i));
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            ref Session session = ref _sessions[id];
            if (session.Known != 0)
            {
                hash.Add((ulong)id);
                hash.Add(session.LastSequence);
                hash.Add((ulong)session.GatewayId | ((ulong)session.Policy << 16) | ((ulong)session.Open << 24));
                hash.Add(session.ClosedBy);
            }
        }
    }

    private void HashBalances(ref StateHash hash, uint accountId)
    {
        for (uint currencyId = 1; currencyId < _currencies.Length; currencyId++)
        {
            if (_currencies[currencyId].Defined != 0 && _balances.TryFind(accountId, currencyId, out uint slot))
            {
                hash.Add((ulong)currencyId);
                hash.Add(_balances[slot].Available);
                hash.Add(_balances[slot].Held);
            }
        }
    }

    private static void HashName(ref StateHash hash, RememberedId* name)
    {
        hash.Add(name->Id.AsReadOnlySpan());
        hash.Add(name->Content);
        hash.Add(name->Outcome);
    }

    /// <summary>Every book, best price first, by priority; with each order all its names.</summary>
    private void HashBooks(ref StateHash hash)
    {
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            for (uint side = 0; side < 2; side++)
            {
                for (uint slot = _books.First(id, side); slot != 0; slot = _books.After(slot))
                {
                    HashOrder(ref hash, slot);
                }
            }
        }
    }

    private void HashOrder(ref StateHash hash, uint slot)
    {
        OrderRecord* order = Record(slot);
        hash.Add(((ulong)order->Resting.Generation << 32) | slot);
        hash.Add((ulong)order->InstrumentId | ((ulong)order->Resting.Side << 32));
        hash.Add(order->Price);
        hash.Add(order->Resting.OpenLots);
        hash.Add(order->FilledLots);
        hash.Add((ulong)order->Resting.AccountId | ((ulong)order->Era << 32));
        hash.Add((ulong)order->Resting.SelfTradePrevention | ((ulong)order->Resting.PostOnly << 8));
        for (uint name = order->ClientIdEntry; name != 0;)
        {
            RememberedId* entry = _clientIds.Entry(order->Resting.AccountId, name);
            HashName(ref hash, entry);
            hash.Add(ClientOrderIds.IsOutlived(name) ? 1UL : 0UL);
            name = entry->Earlier;
        }
    }

    /// <summary>The lists decide the order of a mass cancel.</summary>
    private void HashOwners(ref StateHash hash)
    {
        for (uint id = 1; id <= _owners.OwnerCount; id++)
        {
            ref Owner owner = ref _owners[id];
            hash.Add(((ulong)owner.SessionId << 32) | owner.AccountId);
            HashBlocks(ref hash, owner.Full);
            HashBlocks(ref hash, owner.Roomy);
        }
    }

    private void HashBlocks(ref StateHash hash, uint block)
    {
        for (; block != 0; block = _owners.Block(block)->Next)
        {
            OwnerBlock* b = _owners.Block(block);
            hash.Add((ulong)b->Used);
            for (uint used = b->Used; used != 0; used &= used - 1)
            {
                hash.Add((ulong)b->Slots[System.Numerics.BitOperations.TrailingZeroCount(used)]);
            }
        }
    }

    private void HashJobs(ref StateHash hash)
    {
        hash.Add((ulong)_era);
        for (uint i = 0; i < _jobCount; i++)
        {
            fixed (CancelJob* job = &_jobs[i])
            {
                hash.Add(new System.ReadOnlySpan<byte>(job, sizeof(CancelJob)));
            }
        }
    }

    /// <summary>Which slots come next, and with which generations.</summary>
    private void HashSlots(ref StateHash hash)
    {
        (uint free, uint fresh) = _slots.Heads;
        hash.Add((ulong)fresh);
        for (; free != 0; free = _books.At(free)->Next)
        {
            hash.Add(((ulong)_books.At(free)->Generation << 32) | free);
        }
    }
}
