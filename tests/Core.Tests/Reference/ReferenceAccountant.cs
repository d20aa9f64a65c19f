using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;
using Environment = HftEngine.Schemas.Environment;

namespace HftEngine.Core.Tests.Reference;

/// <summary>
/// Keeps the books from the events alone: every entry, and the two legs of every trade. It knows no rule of the engine;
/// what an account has in all must come out all the same.
/// </summary>
internal sealed class ReferenceAccountant
{
    private readonly SortedDictionary<(uint Account, uint Currency), BigInteger> _balances = [];
    private readonly Dictionary<uint, InstrumentDefinedBlock> _instruments = [];
    private readonly Dictionary<uint, Environment> _environments = [];

    /// <summary>Bought less sold, by account and instrument.</summary>
    private readonly Dictionary<(uint Account, uint Instrument), BigInteger> _lots = [];
    private readonly HashSet<uint> _expiring = [];
    private ulong _lastEntryId;

    public ulong Entries => _lastEntryId;

    public void Read(IEnumerable<ReferenceEvent> events)
    {
        foreach (ReferenceEvent e in events)
        {
            Read(e);
        }
    }

    /// <summary>Every account has what the engine says; accounts without a balance have nothing.</summary>
    public void RequireSame(ReferenceEngine engine)
    {
        foreach (ReferenceAccount account in engine.Accounts.Values)
        {
            foreach ((uint currency, ReferenceBalance balance) in account.Balances)
            {
                Require(account.Id, currency, balance.Total);
            }
        }

        foreach (((uint account, uint currency), BigInteger balance) in engine.VenueBalances)
        {
            Require(account, currency, balance);
        }

        foreach (IGrouping<(uint, uint), ReferencePosition> legs in engine.Positions
            .Where(p => !_expiring.Contains(p.Instrument.Id)).GroupBy(p => (p.Account.Id, p.Instrument.Id)))
        {
            BigInteger held = legs.Aggregate(BigInteger.Zero, (sum, p) => sum + p.NetLots);
            BigInteger traded = _lots.GetValueOrDefault(legs.Key);
            Require(held == traded, $"account and instrument {legs.Key} have {held} lots, by their trades {traded}");
        }

        foreach (IGrouping<(Environment, uint), KeyValuePair<(uint Account, uint Currency), BigInteger>> group in
            _balances.GroupBy(b => (EnvironmentOf(b.Key.Account), b.Key.Currency)))
        {
            BigInteger sum = group.Aggregate(BigInteger.Zero, (total, b) => total + b.Value);
            if (sum != 0)
            {
                throw new InvalidOperationException($"debits and credits of {group.Key} differ by {sum}");
            }
        }
    }

    private void Read(ReferenceEvent e)
    {
        switch (e.TemplateId)
        {
            case InstrumentDefinedBlock.TemplateId:
                _instruments[e.Envelope.InstrumentId] = e.As<InstrumentDefinedBlock>();
                break;
            case AccountOpenedBlock.TemplateId:
                _environments[e.Envelope.AccountId] = e.As<AccountOpenedBlock>().Environment;
                break;
            case BalanceAdjustedBlock.TemplateId:
                Adjust(e.As<BalanceAdjustedBlock>());
                break;
            case LedgerPostedBlock.TemplateId:
                Post(e.As<LedgerPostedBlock>());
                break;
            case SettlementStartedBlock.TemplateId when e.As<SettlementStartedBlock>().Kind == SettlementKind.Expiry:
                _expiring.Add(e.Envelope.InstrumentId);
                break;
            case SettlementDoneBlock.TemplateId when _expiring.Remove(e.Envelope.InstrumentId):
                foreach ((uint, uint Instrument) key in _lots.Keys.Where(k => k.Instrument == e.Envelope.InstrumentId).ToList())
                {
                    _lots.Remove(key);
                }

                break;
            case TradeBlock.TemplateId:
                Trade(e.As<TradeBlock>());
                break;
        }
    }

    private void Adjust(in BalanceAdjustedBlock e)
    {
        Number(e.EntryId);
        uint outside = ReferenceEngine.VenueAccount(EnvironmentOf(e.Envelope.AccountId), AccountKind.External);
        Move(outside, e.Envelope.AccountId, e.CurrencyId, e.Amount);
    }

    private void Post(in LedgerPostedBlock e)
    {
        Number(e.EntryId);
        Require(e.Amount >= 0, "an entry below zero");
        Require(EnvironmentOf(e.DebitAccountId) == EnvironmentOf(e.CreditAccountId), "live and demo in one entry");
        Move(e.DebitAccountId, e.CreditAccountId, e.CurrencyId, e.Amount);
    }

    private void Trade(in TradeBlock e)
    {
        InstrumentDefinedBlock instrument = _instruments[e.Envelope.InstrumentId];
        (uint buyer, uint seller) = e.TakerSide == Side.Buy
            ? (e.TakerAccountId, e.MakerAccountId)
            : (e.MakerAccountId, e.TakerAccountId);
        Require(EnvironmentOf(buyer) == EnvironmentOf(seller), "live and demo in one trade");
        Require(EnvironmentOf(buyer) == instrument.Environment, "a trade outside the instrument's environment");
        (uint, uint) bought = (buyer, e.Envelope.InstrumentId);
        (uint, uint) sold = (seller, e.Envelope.InstrumentId);
        _lots[bought] = _lots.GetValueOrDefault(bought) + e.Quantity;
        _lots[sold] = _lots.GetValueOrDefault(sold) - e.Quantity;
        if (instrument.Kind != InstrumentKind.Spot)
        {
            // On margin a trade moves nothing; its entries tell what it pays.
            return;
        }

        Move(buyer, seller, instrument.QuoteCurrencyId, (BigInteger)e.Price * e.Quantity * instrument.NotionalPerTickLot);
        Move(seller, buyer, instrument.BaseCurrencyId, (BigInteger)e.Quantity * instrument.BasePerLot);
    }

    private void Number(ulong entryId)
    {
        Require(entryId == _lastEntryId + 1, $"entry {entryId} after {_lastEntryId}");
        _lastEntryId = entryId;
    }

    private void Move(uint from, uint to, uint currency, BigInteger amount)
    {
        _balances[(from, currency)] = _balances.GetValueOrDefault((from, currency)) - amount;
        _balances[(to, currency)] = _balances.GetValueOrDefault((to, currency)) + amount;
    }

    private Environment EnvironmentOf(uint account) => _environments.TryGetValue(account, out Environment environment)
        ? environment
        : account >> 16 == 0xFFFF ? (Environment)((account >> 8) & 1) : throw new InvalidOperationException($"account {account}?");

    private void Require(uint account, uint currency, BigInteger expected)
    {
        BigInteger actual = _balances.GetValueOrDefault((account, currency));
        Require(actual == expected, $"account {account} has {expected} of {currency}, by its entries {actual}");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"the books differ: {otherwise}");
        }
    }
}
