using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Memory;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>End of the day for positions on margin: variation margin, expiry, financing.</summary>
public sealed unsafe partial class Engine
{
    private const int SettlementRateOne = 1_000_000_000;

    private readonly NativeArray<Settlement> _settlements;
    private uint _firstSettlement;
    private uint _lastSettlement;

    private void SettleInstrument(SettleInstrumentBlock* request)
    {
        RejectReason reason = CheckSettlement(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(SettleInstrumentBlock.TemplateId, reason);
            return;
        }

        uint id = request->InstrumentId;
        _settlements[id] = new Settlement
        {
            Price = request->Price,
            LongRate = request->LongRate,
            ShortRate = request->ShortRate,
            Kind = request->Kind,
            Cursor = _positionTerms[id].FirstPosition,
            Active = 1,
            Expired = request->Kind == SettlementKind.Expiry ? (byte)1 : (byte)0,
        };
        QueueSettlement(id);
        var block = (SettlementStartedBlock*)_writer.Next(
            SettlementStartedBlock.TemplateId, SettlementStartedBlock.BlockLength, id, 0);
        block->Price = request->Price;
        block->LongRate = request->LongRate;
        block->ShortRate = request->ShortRate;
        block->Kind = request->Kind;
        if (request->Kind == SettlementKind.Expiry)
        {
            _instruments[id].Status = TradingStatus.Halted;
        }

        uint budget = Limits.MaxFillsPerCommand;
        ContinueSettlements(ref budget);
    }

    private RejectReason CheckSettlement(SettleInstrumentBlock* request)
    {
        uint id = request->InstrumentId;
        if (DefinedOrZero(id) == 0)
        {
            return RejectReason.UnknownInstrument;
        }

        Instrument* instrument = _instruments + id;
        if (!IsOnMargin(instrument))
        {
            return RejectReason.NotOnMargin;
        }

        if (request->Kind > SettlementKind.Financing)
        {
            return RejectReason.MalformedCommand;
        }

        if (_settlements[id].Active != 0)
        {
            return RejectReason.SettlementInProgress;
        }

        if (_settlements[id].Expired != 0)
        {
            return RejectReason.InstrumentExpired;
        }

        bool financing = request->Kind == SettlementKind.Financing;
        bool sound = financing
            ? instrument->Kind != InstrumentKind.Future && request->Price == 0
                && Math.Abs((long)request->LongRate) <= SettlementRateOne && Math.Abs((long)request->ShortRate) <= SettlementRateOne
            : instrument->Kind == InstrumentKind.Future && (request->LongRate | request->ShortRate) == 0;
        long expiry = _positionTerms[id].ExpiryNs;
        bool early = request->Kind == SettlementKind.Expiry && (expiry == 0 || request->Envelope.TimestampNs < expiry);
        if (!sound || early)
        {
            return RejectReason.InvalidSettlement;
        }

        return financing ? RejectReason.None : CheckPrice(instrument, request->Price, 1);
    }

    private void QueueSettlement(uint instrumentId)
    {
        if (_lastSettlement == 0)
        {
            _firstSettlement = instrumentId;
        }
        else
        {
            _settlements[_lastSettlement].NextInQueue = instrumentId;
        }

        _lastSettlement = instrumentId;
    }

    private void ContinueSettlements(ref uint budget)
    {
        while (_firstSettlement != 0 && SettleFurther(_firstSettlement, ref budget))
        {
            ref Settlement done = ref _settlements[_firstSettlement];
            var block = (SettlementDoneBlock*)_writer.Next(
                SettlementDoneBlock.TemplateId, SettlementDoneBlock.BlockLength, _firstSettlement, 0);
            block->Positions = done.Settled;
            block->Kind = done.Kind;
            uint next = done.NextInQueue;
            done = new Settlement { Expired = done.Expired };
            _firstSettlement = next;
            _lastSettlement = next == 0 ? 0 : _lastSettlement;
        }
    }

    /// <summary>True: the instrument is settled.</summary>
    private bool SettleFurther(uint instrumentId, ref uint budget)
    {
        ref Settlement settlement = ref _settlements[instrumentId];
        if (settlement.Kind == SettlementKind.Expiry)
        {
            var job = new CancelJob { InstrumentId = instrumentId, Reason = CancelReason.Expired, Era = uint.MaxValue };
            if (!CancelMatching(ref job, 0, ref budget))
            {
                return false;
            }
        }

        for (; settlement.Cursor != 0; settlement.Cursor = _positions[settlement.Cursor].NextOfInstrument)
        {
            if (budget == 0)
            {
                return false;
            }

            budget--;
            if (_positions[settlement.Cursor].NetLots != 0 || _positions[settlement.Cursor].Unsettled != 0)
            {
                SettlePosition(ref settlement, settlement.Cursor);
            }
        }

        return true;
    }

    private void SettlePosition(ref Settlement settlement, uint row)
    {
        ref PositionRecord position = ref _positions[row];
        Instrument* instrument = _instruments + position.InstrumentId;
        settlement.Settled += position.NetLots != 0 ? 1u : 0u;
        if (settlement.Kind == SettlementKind.Financing)
        {
            position.Unsettled -= FinancingOf(ref settlement, instrument, in position);
            SettleProfit(instrument, ref position, PostingReason.Financing, 0);
        }
        else
        {
            MarkToMarket(ref settlement, instrument, ref position);
            SettleProfit(instrument, ref position, PostingReason.VariationMargin, 0);
        }

        Value(row);
        Review(position.AccountId);
    }

    /// <summary>What an account pays for keeping the position: rounded up when it pays, down when it receives.</summary>
    private long FinancingOf(ref Settlement settlement, Instrument* instrument, in PositionRecord position)
    {
        long worth = Math.Abs(instrument->Notional(_positionTerms[position.InstrumentId].MarkPrice, position.NetLots));
        long rate = position.NetLots > 0 ? settlement.LongRate : settlement.ShortRate;
        Int128 product = (Int128)worth * rate;
        Int128 whole = product / SettlementRateOne;
        return (long)(whole + (whole * SettlementRateOne < product ? 1 : 0));
    }

    /// <summary>Everything is closed at the settlement price and, unless the instrument has expired, opened again at it.</summary>
    private void MarkToMarket(ref Settlement settlement, Instrument* instrument, ref PositionRecord position)
    {
        long net = position.NetLots;
        if (net == 0)
        {
            return;
        }

        long realised = position.RealisedAverage;
        Close(instrument, ref position, settlement.Price, Math.Abs(net), Math.Sign(net));
        position.Unsettled += position.RealisedAverage - realised;
        if (settlement.Kind == SettlementKind.Variation)
        {
            position.NetLots = net;
            position.Cost = instrument->Notional(settlement.Price, net);
            _positionLots.Open(ref position, settlement.Price, Math.Abs(net), 0);
        }
    }

    private void SaveSettlements(ref StateWriter state)
    {
        state.Begin(StateSection.Settlements);
        for (uint id = 1; id < Limits.MaxInstruments; id++)
        {
            if (_settlements[id].Expired != 0 && _settlements[id].Active == 0)
            {
                state.Word((ulong)id);
                state.Row(in _settlements[id]);
            }
        }

        for (uint id = _firstSettlement; id != 0; id = _settlements[id].NextInQueue)
        {
            state.Word((ulong)id);
            state.Row(in _settlements[id]);
        }

        state.EndList();
        state.End();
    }

    private void LoadSettlements(ref StateReader state)
    {
        if (state.Begin(StateSection.Settlements) == 0)
        {
            return;
        }

        for (ulong id = state.Word(); id != 0; id = state.Word())
        {
            state.Require(id < Limits.MaxInstruments && IsOnMargin(_instruments + id), "a settlement has no instrument");
            ref Settlement settlement = ref _settlements[(uint)id];
            state.Require((settlement.Active | settlement.Expired) == 0, "an instrument is settled twice");
            state.Row(out settlement);
            bool sound = settlement.Kind <= SettlementKind.Financing && settlement.Active <= 1 && settlement.Expired <= 1
                && settlement.Cursor <= _positions.Count
                && (settlement.Cursor == 0 || _positions[settlement.Cursor].InstrumentId == id);
            state.Require(sound, "a settlement is damaged");
            settlement.NextInQueue = 0;
            if (settlement.Active != 0)
            {
                QueueSettlement((uint)id);
            }
        }

        state.End();
    }
}
