using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Variation margin, expiry, financing.</summary>
internal sealed partial class ReferenceEngine
{
    private const long Billion = 1_000_000_000;

    private readonly List<RunningSettlement> _settlements = [];

    private sealed class RunningSettlement
    {
        public required SettleInstrumentBlock Terms { get; init; }

        public required ReferenceInstrument Instrument { get; init; }

        /// <summary>The youngest first.</summary>
        public required Queue<ReferencePosition> Left { get; init; }

        public uint Settled { get; set; }
    }

    private void SettleInstrument(SettleInstrumentBlock request)
    {
        RejectReason reason = CheckSettlement(request, out ReferenceInstrument? instrument);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        SettlementStartedBlock started = new()
        {
            Price = request.Price,
            LongRate = request.LongRate,
            ShortRate = request.ShortRate,
            Kind = request.Kind,
        };
        Emit(started, instrument);
        if (request.Kind == SettlementKind.Expiry)
        {
            instrument!.HasExpired = true;
            instrument.Status = TradingStatus.Halted;
        }

        _settlements.Add(new RunningSettlement
        {
            Terms = request,
            Instrument = instrument!,
            Left = new(_positions.Where(p => p.Instrument == instrument).Reverse()),
        });
        uint budget = Limits.MaxFillsPerCommand;
        GoOnWithSettlements(ref budget);
    }

    private RejectReason CheckSettlement(in SettleInstrumentBlock request, out ReferenceInstrument? instrument)
    {
        if (!_instruments.TryGetValue(request.InstrumentId, out instrument))
        {
            return RejectReason.UnknownInstrument;
        }

        if (!instrument.IsOnMargin)
        {
            return RejectReason.NotOnMargin;
        }

        if (request.Kind > SettlementKind.Financing)
        {
            return RejectReason.MalformedCommand;
        }

        ReferenceInstrument settled = instrument;
        if (_settlements.Exists(s => s.Instrument == settled))
        {
            return RejectReason.SettlementInProgress;
        }

        if (instrument.HasExpired)
        {
            return RejectReason.InstrumentExpired;
        }

        bool isFuture = instrument.Definition.Kind == InstrumentKind.Future;
        long expiry = instrument.Definition.ExpiryNs;
        bool sound = request.Kind switch
        {
            SettlementKind.Financing => !isFuture && request.Price == 0
                && BigInteger.Abs(request.LongRate) <= Billion && BigInteger.Abs(request.ShortRate) <= Billion,
            SettlementKind.Expiry => isFuture && request.LongRate == 0 && request.ShortRate == 0
                && expiry != 0 && _command.TimestampNs >= expiry,
            _ => isFuture && request.LongRate == 0 && request.ShortRate == 0,
        };
        if (!sound)
        {
            return RejectReason.InvalidSettlement;
        }

        return isFuture ? CheckPrice(instrument, request.Price, 1) : RejectReason.None;
    }

    private void GoOnWithSettlements(ref uint budget)
    {
        while (_settlements.Count > 0 && SettleFurther(_settlements[0], ref budget))
        {
            RunningSettlement done = _settlements[0];
            _settlements.RemoveAt(0);
            Emit(new SettlementDoneBlock { Positions = done.Settled, Kind = done.Terms.Kind }, done.Instrument);
        }
    }

    private bool SettleFurther(RunningSettlement settlement, ref uint budget)
    {
        while (settlement.Terms.Kind == SettlementKind.Expiry && settlement.Instrument.Book.Orders.Any())
        {
            if (budget == 0)
            {
                return false;
            }

            List<ReferenceOrder> left = settlement.Instrument.Book.Orders.OrderBy(o => o.Id).ToList();
            CancelResting(NextToCancel(left), CancelReason.Expired, default);
            budget--;
        }

        while (settlement.Left.Count > 0)
        {
            if (budget == 0)
            {
                return false;
            }

            budget--;
            ReferencePosition position = settlement.Left.Dequeue();
            if (position.NetLots != 0 || position.Unsettled != 0)
            {
                Settle(settlement, position);
            }
        }

        return true;
    }

    private void Settle(RunningSettlement settlement, ReferencePosition position)
    {
        settlement.Settled += position.NetLots != 0 ? 1u : 0u;
        PostingReason reason = PostingReason.VariationMargin;
        if (settlement.Terms.Kind == SettlementKind.Financing)
        {
            reason = PostingReason.Financing;
            BigInteger worth = BigInteger.Abs(
                position.NetLots * position.Instrument.MarkPrice!.Value * position.Instrument.NotionalPerTickLot);
            int rate = position.NetLots > 0 ? settlement.Terms.LongRate : settlement.Terms.ShortRate;
            position.Unsettled -= CeilingDiv(worth * rate, Billion);
        }
        else
        {
            BigInteger net = position.NetLots;
            BigInteger before = position.RealisedAverage;
            position.Fill(-net, settlement.Terms.Price, 0);
            position.Unsettled += position.RealisedAverage - before;
            if (settlement.Terms.Kind == SettlementKind.Variation)
            {
                position.Fill(net, settlement.Terms.Price, 0);
            }
        }

        SettleProfit(position, reason, 0);
        Value(position);
        Review(position.Account);
    }
}
