using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Matching;
using HftEngine.Core.Orders;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private void SavePositionTerms(ref StateWriter state)
    {
        state.Begin(StateSection.PositionTerms);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_instruments[id].Features != InstrumentFeatures.None)
            {
                ref PositionTerms terms = ref _positionTerms[id];
                state.Word((ulong)id);
                state.Word(terms.MaxLots);
                state.Word(terms.ExpiryNs);
                state.Word(terms.SettlementDays | ((uint)terms.Flags << 8), terms.HasMark);
                state.Word(terms.MarkPrice);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadPositionTerms(ref StateReader state)
    {
        if (state.Begin(StateSection.PositionTerms) == 0)
        {
            return;
        }

        uint id = 0;
        while ((id = state.NextId(id, Limits.MaxInstruments)) != 0)
        {
            ref PositionTerms terms = ref _positionTerms[id];
            state.Require(_instruments[id].Features != InstrumentFeatures.None, "an instrument has no positions");
            terms.MaxLots = state.Signed();
            state.Require(terms.MaxLots is > 0 and <= MaxPositionNotional, "a position's limit is beyond all limits");
            terms.ExpiryNs = state.Signed();
            (uint days, uint hasMark) = state.Pair();
            state.Require(days <= ushort.MaxValue && hasMark <= 1, "an instrument's terms are too large");
            terms.SettlementDays = (byte)days;
            terms.Flags = (byte)(days >> 8);
            terms.HasMark = (byte)hasMark;
            terms.MarkPrice = state.Signed();
        }

        state.End();
    }

    private void SaveAccountModes(ref StateWriter state)
    {
        state.Begin(StateSection.AccountModes);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            uint modes = (uint)_accounts[id].PositionMode | ((uint)_accounts[id].MarginMode << 8);
            if (modes != 0)
            {
                state.Word(id, modes);
            }
        }

        state.EndList();
        state.End();
    }

    private void LoadAccountModes(ref StateReader state)
    {
        if (state.Begin(StateSection.AccountModes) == 0)
        {
            return;
        }

        uint previous = 0;
        while (true)
        {
            (uint id, uint modes) = state.Pair();
            if ((id | modes) == 0)
            {
                break;
            }

            state.Require(id > previous && IsOpenAccount(id), "an account with a mode is not open");
            state.Require((modes & 0xFF) <= (uint)PositionMode.Hedging, "a position mode is unknown");
            state.Require(modes >> 8 <= (uint)MarginMode.Cross, "a margin mode is unknown");
            _accounts[id].PositionMode = (PositionMode)(modes & 0xFF);
            _accounts[id].MarginMode = (MarginMode)(modes >> 8);
            previous = id;
        }

        state.End();
    }

    /// <summary>Open lots are the orders' and follow with them.</summary>
    private void SavePositions(ref StateWriter state)
    {
        state.Begin(StateSection.Positions);
        for (uint row = 1; row <= _positions.Count; row++)
        {
            ref PositionRecord position = ref _positions[row];
            state.Word(position.Key);
            state.Word(position.NetLots);
            state.Word(position.Cost);
            state.Word(position.RealisedAverage);
            state.Word(position.RealisedFifo);
            if (IsOnMargin(_instruments + position.InstrumentId))
            {
                state.Word(position.Unsettled);
                state.Word(position.Unrealised);
                state.Word(position.Initial);
                state.Word(position.Maintenance);
                state.Word((ulong)position.Tried);
            }

            for (uint lot = position.OldestLot; lot != 0; lot = _positionLots[lot].Next)
            {
                state.Word(_positionLots[lot].Lots);
                state.Word(_positionLots[lot].Price);
                state.Word(_positionLots[lot].TradeId);
            }

            state.Word(0UL);
        }

        state.EndList();
        state.End();
    }

    private void LoadPositions(ref StateReader state)
    {
        if (state.Begin(StateSection.Positions) == 0)
        {
            return;
        }

        for (ulong key = state.Word(); key != 0; key = state.Word())
        {
            uint instrumentId = (uint)(key >> 33);
            state.Require(IsOpenAccount((uint)key), "a position's account is not open");
            state.Require(HasPositions(instrumentId), "a position's instrument has none");
            state.Require(_positions.HasRoom && _positions.Find(key) == 0, "there are too many positions");
            ref PositionRecord position = ref _positions[AddPosition(key)];
            position.NetLots = state.Signed();
            position.Cost = state.Signed();
            position.RealisedAverage = state.Signed();
            position.RealisedFifo = state.Signed();
            if (IsOnMargin(_instruments + instrumentId))
            {
                LoadMargin(ref state, ref position);
            }

            LoadLots(ref state, ref position);
        }

        state.End();
    }

    private void LoadMargin(ref StateReader state, ref PositionRecord position)
    {
        state.Require(IsValuable(position.InstrumentId), "a position on margin has no price");
        position.Unsettled = state.Signed();
        position.Unrealised = state.Signed();
        position.Initial = state.Signed();
        position.Maintenance = state.Signed();
        ulong tried = state.Word();
        state.Require(tried <= DebtTried, "a position's liquidation is unknown");
        position.Tried = (byte)tried;
        SumMargin(in position);
    }

    /// <summary>What it takes to value positions of an instrument on margin.</summary>
    private bool IsValuable(uint instrumentId) =>
        _positionTerms[instrumentId].HasMark != 0
        && _collateralPrices[_instruments[instrumentId].QuoteCurrencyId].Price != 0;

    private void LoadLots(ref StateReader state, ref PositionRecord position)
    {
        long sum = 0;
        for (long lots = state.Signed(); lots != 0; lots = state.Signed())
        {
            state.Require(lots > 0 && lots <= MaxPositionNotional - sum, "a position's lots are beyond all limits");
            state.Require(_positionLots.Free != 0, "there are too many lots");
            sum += lots;
            long price = state.Signed();
            uint youngest = position.YoungestLot;
            state.Require(youngest == 0 || _positionLots[youngest].Price != price, "two lots have the same price");
            _positionLots.Open(ref position, price, lots, state.Word());
        }

        state.Require(position.NetLots == sum || position.NetLots == -sum, "a position is not the sum of its lots");
    }

    private bool HasPositions(uint instrumentId) =>
        DefinedOrZero(instrumentId) != 0 && _instruments[instrumentId].Features != InstrumentFeatures.None;

    /// <summary>A loaded order counts in its position as it did when it was accepted.</summary>
    private void CountInPosition(ref StateReader state, OrderRecord* order)
    {
        OrderMarks marks = order->Resting.Marks & ~OrderMarks.PaysFees;
        state.Require(marks <= (OrderMarks.OfPosition | OrderMarks.ShortLeg), "an order has unknown marks");
        state.Require((marks & OrderMarks.NameOutOfWindow) == 0, "an order has unknown marks");
        OrderMarks effect = marks & OrderMarks.OfPosition;
        state.Require(effect != OrderMarks.OfPosition, "an order opens and reduces");
        state.Require((effect != OrderMarks.None) == HasPositions(order->InstrumentId), "an order's marks are not its instrument's");
        if (marks == OrderMarks.None)
        {
            return;
        }

        uint leg = (marks & OrderMarks.ShortLeg) != 0 ? 1u : 0u;
        uint row = _positions.Find(Positions.KeyOf(order->Resting.AccountId, order->InstrumentId, leg));
        state.Require(row != 0, "an order's position is missing");
        long open = order->Resting.Side == 0 ? _positions[row].OpenBuyLots : _positions[row].OpenSellLots;
        state.Require(order->Resting.OpenLots <= long.MaxValue - open, "an order has too many open lots");
        _openingOrders += effect == OrderMarks.Opens ? 1u : 0u;
        Instrument* instrument = _instruments + order->InstrumentId;
        long value = IsOnMargin(instrument) ? instrument->Notional(order->Price, order->Resting.OpenLots) : 0;
        AddOpen(ref _positions[row], order->Resting.Side, order->Resting.OpenLots, value);
    }
}
