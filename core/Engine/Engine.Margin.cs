using System;
using System.Runtime.CompilerServices;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Memory;
using HftEngine.Core.Orders;
using HftEngine.Core.Risk;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>What positions on margin ask for, and what stands behind them; see the rules, Positions and margin.</summary>
public sealed unsafe partial class Engine
{
    private readonly NativeArray<MarginTiers> _marginTiers;
    private readonly NativeArray<CollateralPrice> _collateralPrices;
    private readonly NativeArray<MarginAccount> _marginAccounts;

    /// <summary>Currencies that count as collateral, by rising id.</summary>
    private readonly NativeArray<uint> _collateral;
    private uint _collateralCount;

    /// <summary>Quote units of a price and a number of lots; the size of positions keeps it in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOnMargin(Instrument* instrument) => (instrument->Features & InstrumentFeatures.Margin) != 0;

    /// <summary>
    /// Initial margin, in the reference currency: the worse of two cases, in which all open buys or all open sells are
    /// filled; each with the loss that their prices mean against the mark.
    /// </summary>
    private long InitialOf(Instrument* instrument, uint instrumentId, in PositionRecord position)
    {
        long mark = _positionTerms[instrumentId].MarkPrice;
        ref MarginTiers tiers = ref _marginTiers[instrumentId];
        long bought = tiers.InitialOf(Math.Abs(instrument->Notional(mark, position.NetLots + position.OpenBuyLots)))
            + Math.Max(0, position.OpenBuyValue - instrument->Notional(mark, position.OpenBuyLots));
        long sold = tiers.InitialOf(Math.Abs(instrument->Notional(mark, position.NetLots - position.OpenSellLots)))
            + Math.Max(0, instrument->Notional(mark, position.OpenSellLots) - position.OpenSellValue);
        return _collateralPrices[instrument->QuoteCurrencyId].CostOf(Math.Max(bought, sold));
    }

    /// <summary>Values a position on margin anew and moves its account's sums.</summary>
    private void Value(uint row)
    {
        ref PositionRecord position = ref _positions[row];
        uint instrumentId = position.InstrumentId;
        Instrument* instrument = _instruments + instrumentId;
        ref MarginAccount account = ref _marginAccounts[position.AccountId];
        ref CollateralPrice reference = ref _collateralPrices[instrument->QuoteCurrencyId];
        long worth = instrument->Notional(_positionTerms[instrumentId].MarkPrice, position.NetLots);
        long initial = InitialOf(instrument, instrumentId, in position);
        long maintenance = reference.CostOf(_marginTiers[instrumentId].MaintenanceOf(Math.Abs(worth)));
        long unrealised = reference.ValueOf(worth - position.Cost + position.Unsettled);
        account.Initial += initial - position.Initial;
        account.Maintenance += maintenance - position.Maintenance;
        account.Unrealised += unrealised - position.Unrealised;
        position.Initial = initial;
        position.Maintenance = maintenance;
        position.Unrealised = unrealised;
    }

    /// <summary>What an account has free in collateral, after haircuts, and what its positions have earned or lost.</summary>
    private Int128 EquityOf(uint accountId)
    {
        Int128 equity = _marginAccounts[accountId].Unrealised;
        for (uint i = 0; i < _collateralCount; i++)
        {
            if (_balances.TryFind(accountId, _collateral[i], out uint slot))
            {
                equity += _collateralPrices[_collateral[i]].CollateralOf(_balances[slot].Available);
            }
        }

        return equity;
    }

    /// <summary>
    /// Whether equity still covers the initial margin of everything that the account has and has asked for, or has not
    /// fallen by what was done.
    /// </summary>
    private bool IsCovered(uint accountId, Int128 equityBefore)
    {
        Int128 equity = EquityOf(accountId);
        return equity >= equityBefore || equity >= _marginAccounts[accountId].Initial;
    }

    /// <summary>Whether an account may lose an amount of what is available to it.</summary>
    private bool MaySpend(uint accountId, uint currencyId, long amount)
    {
        if (_accounts[accountId].Margin == AccountMargin.None || !_balances.TryFind(accountId, currencyId, out uint slot))
        {
            return true;
        }

        Int128 before = EquityOf(accountId);
        _balances[slot].Available -= amount;
        bool covered = IsCovered(accountId, before);
        _balances[slot].Available += amount;
        return covered;
    }

    /// <summary>What every order on margin needs before anything is computed.</summary>
    private RejectReason CheckMarginTerms(Instrument* instrument, uint instrumentId)
    {
        if (_positionTerms[instrumentId].HasMark == 0)
        {
            return RejectReason.NoMarkPrice;
        }

        return _collateralPrices[instrument->QuoteCurrencyId].Price == 0 ? RejectReason.NoCollateralPrice : RejectReason.None;
    }

    /// <summary>An order may ask for more margin only as far as the account's equity goes.</summary>
    /// <param name="key">Of the position.</param>
    /// <param name="side">Of the order.</param>
    /// <param name="lots">By which the side's open lots grow; below zero they shrink.</param>
    /// <param name="value">The same for their value.</param>
    private RejectReason CheckMargin(ulong key, uint side, long lots, long value)
    {
        uint row = _positions.Find(key);
        PositionRecord changed = _positions[row];
        changed.Key = key;
        AddOpen(ref changed, side, lots, value);
        uint accountId = changed.AccountId;
        long initial = InitialOf(_instruments + changed.InstrumentId, changed.InstrumentId, in changed);
        long before = _positions[row].Initial;
        if (initial <= before)
        {
            return RejectReason.None;
        }

        Int128 wanted = _marginAccounts[accountId].Initial - before + initial;
        return EquityOf(accountId) >= wanted ? RejectReason.None : RejectReason.InsufficientMargin;
    }

    private static void AddOpen(ref PositionRecord position, uint side, long lots, long value)
    {
        AddOpenLots(ref position, side, lots);
        if (side == 0)
        {
            position.OpenBuyValue += value;
        }
        else
        {
            position.OpenSellValue += value;
        }
    }

    /// <summary>
    /// What the lots of a new order are bought or sold for at worst: at its limit; a market order at the prices of the
    /// makers that it could reach, and at the mark beyond them.
    /// </summary>
    private long WorstValue(ref Entry entry)
    {
        NewOrderBlock* request = entry.Request;
        Instrument* instrument = entry.Instrument;
        if (request->OrderType != OrderType.Market)
        {
            return instrument->Notional(entry.Price, request->Quantity);
        }

        long left = request->Quantity;
        long value = 0;
        uint met = 0;
        uint slot = _books.First(request->InstrumentId, (uint)request->Side ^ 1);
        for (; slot != 0 && left > 0 && met < Limits.MaxFillsPerCommand; slot = _books.After(slot), met++)
        {
            long lots = Math.Min(left, _books.At(slot)->OpenLots);
            value += instrument->Notional(Record(slot)->Price, lots);
            left -= lots;
        }

        return value + instrument->Notional(_positionTerms[request->InstrumentId].MarkPrice, left);
    }

    /// <summary>Pays what a position has realised, as far as there is money on either side.</summary>
    private void SettleProfit(Instrument* instrument, ref PositionRecord position, PostingReason reason, ulong relatedId)
    {
        uint accountId = position.AccountId;
        uint currencyId = instrument->QuoteCurrencyId;
        uint clearing = SystemAccountFor(accountId, AccountKind.Clearing);
        long amount = position.Unsettled < 0
            ? Math.Min(-position.Unsettled, AvailableOf(accountId, currencyId))
            : position.Unsettled;
        if (amount == 0)
        {
            return;
        }

        Ledger.Movement movement = position.Unsettled < 0
            ? new Ledger.Movement(accountId, clearing, currencyId, amount)
            : new Ledger.Movement(clearing, accountId, currencyId, amount);
        if (_systemAccounts.HasRoomFor(EnvironmentOf(accountId), in movement))
        {
            Post(reason, in movement, relatedId, null);
            position.Unsettled += position.Unsettled < 0 ? amount : -amount;
        }
    }

    /// <summary>A side of a fill on margin: what it realised is paid, and the position valued anew.</summary>
    private void SettleFillOnMargin(Instrument* instrument, uint row, long realised)
    {
        ref PositionRecord position = ref _positions[row];
        position.Unsettled += realised;
        if (instrument->Kind != InstrumentKind.Future)
        {
            SettleProfit(instrument, ref position, PostingReason.Profit, _lastTradeId);
        }

        Value(row);
    }
}
