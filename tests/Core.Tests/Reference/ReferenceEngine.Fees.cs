using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Fee schedules, and what orders hold and pay by them.</summary>
internal sealed partial class ReferenceEngine
{
    private const uint AnyGroupColumn = uint.MaxValue;
    private const int MaxFeeTiers = 8;

    private readonly SortedDictionary<uint, (uint Beneficiary, List<SetFeeTierBlock> Tiers)> _feeSchedules = [];
    private readonly SortedDictionary<(uint Instrument, uint Group), uint> _feeAssignments = [];

    /// <summary>Worth traded by account and date.</summary>
    private readonly Dictionary<uint, Dictionary<uint, BigInteger>> _volumes = [];

    private void DefineFeeSchedule(in DefineFeeScheduleBlock request)
    {
        RejectReason reason =
            CheckNewId(request.ScheduleId, Limits.MaxFeeSchedules, _feeSchedules.ContainsKey(request.ScheduleId));
        if (reason == RejectReason.None && request.BeneficiaryId != 0 && !_accounts.ContainsKey(request.BeneficiaryId))
        {
            reason = RejectReason.UnknownAccount;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _feeSchedules.Add(request.ScheduleId, (request.BeneficiaryId, [new SetFeeTierBlock { ScheduleId = request.ScheduleId }]));
        Emit(new FeeScheduleDefinedBlock { ScheduleId = request.ScheduleId, BeneficiaryId = request.BeneficiaryId });
    }

    private void SetFeeTier(in SetFeeTierBlock request)
    {
        RejectReason reason = CheckTier(request);
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        List<SetFeeTierBlock> tiers = _feeSchedules[request.ScheduleId].Tiers;
        if (request.Tier == tiers.Count)
        {
            tiers.Add(request);
        }

        tiers[request.Tier] = request;
        Emit(Told(request));
    }

    private RejectReason CheckTier(in SetFeeTierBlock request)
    {
        if (!_feeSchedules.TryGetValue(request.ScheduleId, out var schedule))
        {
            return RejectReason.UnknownFeeSchedule;
        }

        List<long> volumes = schedule.Tiers.Select(t => t.FromVolume).ToList();
        if (request.Tier >= MaxFeeTiers || request.Tier > volumes.Count)
        {
            return RejectReason.InvalidRate;
        }

        if (request.Tier == volumes.Count)
        {
            volumes.Add(0);
        }

        volumes[request.Tier] = request.FromVolume;
        bool rises = volumes[0] == 0 && volumes.Zip(volumes.Skip(1)).All(pair => pair.First < pair.Second);
        BigInteger[] rates = [request.TakerRate, request.MakerRate];
        bool sound = rises
            && request.PerLot >= 0 && request.Flat >= 0 && request.Minimum >= 0
            && rates.All(rate => BigInteger.Abs(rate) <= 1_000_000_000)
            && (schedule.Beneficiary == 0 || rates.All(rate => rate >= 0));
        return sound ? RejectReason.None : RejectReason.InvalidRate;
    }

    private static FeeTierSetBlock Told(in SetFeeTierBlock tier) => new()
    {
        FromVolume = tier.FromVolume,
        PerLot = tier.PerLot,
        Flat = tier.Flat,
        Minimum = tier.Minimum,
        TakerRate = tier.TakerRate,
        MakerRate = tier.MakerRate,
        ScheduleId = tier.ScheduleId,
        Tier = tier.Tier,
    };

    private void AssignFeeSchedule(in AssignFeeScheduleBlock request)
    {
        ReferenceInstrument? instrument = _instruments.GetValueOrDefault(request.InstrumentId);
        RejectReason reason = request.InstrumentId != 0 && instrument is null ? RejectReason.UnknownInstrument
            : request.AnyGroup > 1 ? RejectReason.MalformedCommand
            : request.AnyGroup == 0 && request.GroupId >= Limits.MaxAccountGroups ? RejectReason.UnknownAccountGroup
            : request.ScheduleId != 0 && !_feeSchedules.ContainsKey(request.ScheduleId) ? RejectReason.UnknownFeeSchedule
            : RejectReason.None;
        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        (uint, uint) place = (request.InstrumentId, request.AnyGroup == 1 ? AnyGroupColumn : request.GroupId);
        _feeAssignments.Remove(place);
        if (request.ScheduleId != 0)
        {
            _feeAssignments.Add(place, request.ScheduleId);
        }

        Emit(Told(place, request.ScheduleId), instrument);
    }

    private static FeeScheduleAssignedBlock Told((uint Instrument, uint Group) place, uint schedule) => new()
    {
        GroupId = place.Group == AnyGroupColumn ? (ushort)0 : (ushort)place.Group,
        AnyGroup = place.Group == AnyGroupColumn ? (byte)1 : (byte)0,
        ScheduleId = (ushort)schedule,
    };

    /// <summary>The terms for a new order with its hold for them; null when no schedule applies.</summary>
    private ReferenceFees? PlanFees(ReferenceAccount account, ReferenceInstrument instrument, long lots, BigInteger cost)
    {
        (uint, uint)[] places =
        [
            (instrument.Id, account.GroupId), (instrument.Id, AnyGroupColumn), (0, account.GroupId), (0, AnyGroupColumn),
        ];
        uint scheduleId = places.Select(place => _feeAssignments.GetValueOrDefault(place)).FirstOrDefault(id => id != 0);
        if (scheduleId == 0 || instrument.IsOnMargin)
        {
            return null;
        }

        BigInteger volume = VolumeBefore(account.Id);
        ReferenceFees fees = new() { Terms = _feeSchedules[scheduleId].Tiers.Last(tier => tier.FromVolume <= volume) };
        fees.Held = fees.Most(lots, cost);
        return fees;
    }

    private static OrderFeesSetBlock Told(ReferenceOrder order) => new()
    {
        OrderId = order.Id,
        Held = (long)order.Fees!.Held,
        PerLot = order.Fees.Terms.PerLot,
        Flat = order.Fees.Terms.Flat,
        Minimum = order.Fees.Terms.Minimum,
        TurnoverLow = (ulong)(order.Fees.Turnover & ulong.MaxValue),
        TurnoverHigh = (long)(order.Fees.Turnover >> 64),
        TakerRate = order.Fees.Terms.TakerRate,
        MakerRate = order.Fees.Terms.MakerRate,
        ScheduleId = order.Fees.Terms.ScheduleId,
        Tier = order.Fees.Terms.Tier,
    };

    /// <summary>After a fill: one side pays what its order owes more than before, and holds what it may owe yet.</summary>
    private void ChargeFee(ReferenceOrder order, bool isTaker, BigInteger notional, long lots)
    {
        if (order.Fees is not { } fees)
        {
            return;
        }

        uint currency = order.Instrument.Definition.QuoteCurrencyId;
        ReferenceBalance balance = order.Account.Balances[currency];
        Hold(balance, -fees.Held);
        (BigInteger upBefore, BigInteger downBefore) = fees.Due(order.FilledLots - lots);
        fees.Turnover += BigInteger.Abs(notional) * (isTaker ? fees.Terms.TakerRate : fees.Terms.MakerRate);
        (BigInteger up, BigInteger down) = fees.Due(order.FilledLots);
        PostFee(order.Account, currency, fees.Terms.ScheduleId, up - upBefore, down - downBefore);
        BigInteger most = fees.Most(order.OpenLots + order.FilledLots, order.HeldQuote) - up;
        fees.Held = BigInteger.Max(0, BigInteger.Min(most, balance.Available));
        Hold(balance, fees.Held);
        CountVolume(order.Account.Id, BigInteger.Abs(notional), currency);
    }

    private void PostFee(ReferenceAccount payer, uint currency, uint scheduleId, BigInteger pays, BigInteger gets)
    {
        uint rounding = VenueAccount(payer.Environment, AccountKind.Rounding);
        uint named = _feeSchedules[scheduleId].Beneficiary;
        bool usable = named != 0 && named != payer.Id
            && _accounts[named].Environment == payer.Environment
            && (!LacksBalance(named, currency) || BalanceCount < Limits.MaxBalances);
        uint beneficiary = usable ? named : VenueAccount(payer.Environment, AccountKind.Fee);
        PostIfPossible(PostingReason.Rounding, rounding, payer.Id, currency, gets - pays, _lastTradeId);
        PostIfPossible(PostingReason.Rebate, beneficiary, payer.Id, currency, -gets, _lastTradeId);
        BigInteger fee = BigInteger.Min(gets, payer.Available(currency));
        PostIfPossible(PostingReason.Fee, payer.Id, beneficiary, currency, fee, _lastTradeId);
        BigInteger rest = BigInteger.Min(pays - gets, payer.Available(currency));
        PostIfPossible(PostingReason.Rounding, payer.Id, rounding, currency, rest, _lastTradeId);
    }

    private void CountVolume(uint account, BigInteger amount, uint currency)
    {
        if (!_volumes.ContainsKey(account) && _volumes.Count < Limits.MaxVolumeAccounts)
        {
            _volumes.Add(account, []);
        }

        if (_volumes.TryGetValue(account, out Dictionary<uint, BigInteger>? days))
        {
            BigInteger price = currency == _referenceCurrency ? 1_000_000_000_000
                : _referencePrices.TryGetValue(currency, out SetReferencePriceBlock set) ? set.Price : 0;
            BigInteger worth = BigInteger.Min(amount * price / 1_000_000_000_000, long.MaxValue);
            days[TradingDate] = BigInteger.Min(days.GetValueOrDefault(TradingDate) + worth, long.MaxValue);
        }
    }

    private BigInteger VolumeBefore(uint account) => !_volumes.TryGetValue(account, out Dictionary<uint, BigInteger>? days)
        ? 0
        : days.Where(day => day.Key < TradingDate && TradingDate - day.Key <= 30)
            .Aggregate(BigInteger.Zero, (sum, day) => sum + day.Value);

    private void ShowFeeSchedules()
    {
        foreach ((uint id, (uint beneficiary, List<SetFeeTierBlock> tiers)) in _feeSchedules)
        {
            Show(new FeeScheduleDefinedBlock { ScheduleId = (ushort)id, BeneficiaryId = beneficiary }, default);
            foreach ((SetFeeTierBlock tier, int index) in tiers.Select((tier, index) => (tier, index)))
            {
                Show(Told(tier with { ScheduleId = (ushort)id, Tier = (byte)index }), default);
            }
        }

        foreach (((uint Instrument, uint Group) place, uint schedule) in _feeAssignments)
        {
            Show(Told(place, schedule), new EventEnvelope { InstrumentId = place.Instrument });
        }
    }
}

/// <summary>The fees of one order, as exact sums.</summary>
internal sealed class ReferenceFees
{
    private static readonly BigInteger One = 1_000_000_000;

    public required SetFeeTierBlock Terms { get; init; }

    public BigInteger Turnover { get; set; }

    public BigInteger Held { get; set; }

    /// <summary>What is owed for so many lots that have traded: rounded up for who pays, down for who receives.</summary>
    public (BigInteger Up, BigInteger Down) Due(long filledLots)
    {
        BigInteger rest = filledLots * (BigInteger)Terms.PerLot + Terms.Flat;
        return filledLots == 0 ? (0, 0) : (WithMinimum(Up(Turnover) + rest), WithMinimum(Down(Turnover) + rest));
    }

    /// <summary>The most that all lots together can come to owe.</summary>
    public BigInteger Most(BigInteger allLots, BigInteger cost)
    {
        BigInteger rate = Math.Max(0, Math.Max(Terms.TakerRate, Terms.MakerRate));
        return WithMinimum(Up(Turnover + (cost * rate)) + (allLots * Terms.PerLot) + Terms.Flat);
    }

    private BigInteger WithMinimum(BigInteger fee) => Terms.Minimum == 0 ? fee : BigInteger.Max(fee, Terms.Minimum);

    private static BigInteger Down(BigInteger turnover)
    {
        BigInteger rest = ((turnover % One) + One) % One;
        return (turnover - rest) / One;
    }

    private static BigInteger Up(BigInteger turnover) => -Down(-turnover);
}
