using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>Genesis, rules, currencies and instruments.</summary>
internal sealed partial class ReferenceEngine
{
    private const int MaxCurrencyScale = 9;
    private const int MaxDefinitionScale = 12;

    private void Genesis(in GenesisBlock request)
    {
        bool agrees = request.Features == 0
            && request.RuleLevel <= KnownRuleLevel
            && request.MaxOrders == Limits.MaxOrders
            && request.MaxPricePages == Limits.MaxPricePages
            && request.MaxInstruments == Limits.MaxInstruments
            && request.MaxCurrencies == Limits.MaxCurrencies
            && request.MaxAccounts == Limits.MaxAccounts
            && request.MaxBalances == Limits.MaxBalances
            && request.MaxSessions == Limits.MaxSessions
            && request.ClientIdWindow == Limits.ClientIdWindow
            && request.MaxClientIds == Limits.MaxClientIds
            && request.MaxFillsPerCommand == Limits.MaxFillsPerCommand
            && request.MaxOwners == Limits.MaxOwners
            && request.MaxJobs == Limits.MaxJobs
            && request.HashSeed == Limits.HashSeed
            && request.MaxGateways == Limits.MaxGateways
            && request.MaxRiskRows == Limits.MaxRiskRows
            && request.MaxPermissions == Limits.MaxPermissions
            && request.MaxPositions == Limits.MaxPositions
            && request.MaxPositionLots == Limits.MaxPositionLots
            && request.MaxFirms == Limits.MaxFirms
            && request.MaxAccountGroups == Limits.MaxAccountGroups
            && request.MaxWithdrawals == Limits.MaxWithdrawals
            && request.MaxFeeSchedules == Limits.MaxFeeSchedules
            && request.MaxKeptTrades == Limits.MaxKeptTrades
            && request.MaxVolumeAccounts == Limits.MaxVolumeAccounts
            && HasZeroGaps(request);
        if (LastSequence != 0 || !agrees)
        {
            RejectCommand(RejectReason.InvalidDefinition);
            return;
        }

        RuleLevel = request.RuleLevel;
        Emit(new VenueResumedBlock { RuleLevel = RuleLevel });
    }

    /// <summary>Nothing stands between the fields: the same bytes come out of a record made from the fields alone.</summary>
    private bool HasZeroGaps(GenesisBlock request)
    {
        GenesisBlock made = Harness.EngineHarness.GenesisOf(Limits);
        made.Envelope = request.Envelope;
        made.RuleLevel = request.RuleLevel;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<GenesisBlock>(in made))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<GenesisBlock>(in request)));
    }

    private void ActivateRule(in ActivateRuleBlock request)
    {
        if (request.RuleLevel > KnownRuleLevel || request.RuleLevel < RuleLevel)
        {
            RejectCommand(RejectReason.UnknownRule);
            return;
        }

        RuleLevel = request.RuleLevel;
        Emit(new RuleActivatedBlock { RuleLevel = RuleLevel });
    }

    private static RejectReason CheckNewId(uint id, uint limit, bool isDefined)
    {
        if (id == 0)
        {
            return RejectReason.InvalidDefinition;
        }

        if (id >= limit)
        {
            return RejectReason.CapacityExceeded;
        }

        return isDefined ? RejectReason.AlreadyDefined : RejectReason.None;
    }

    private void DefineCurrency(in DefineCurrencyBlock request)
    {
        RejectReason reason =
            CheckNewId(request.CurrencyId, Limits.MaxCurrencies, _currencies.ContainsKey(request.CurrencyId));
        if (reason == RejectReason.None && request.Scale > MaxCurrencyScale)
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _currencies.Add(request.CurrencyId, request);
        CurrencyDefinedBlock defined = new()
        {
            CurrencyId = request.CurrencyId,
            Scale = request.Scale,
            Code = request.Code,
        };
        Emit(defined);
    }

    private void DefineInstrument(in DefineInstrumentBlock request)
    {
        RejectReason reason = CheckNewId(
            request.InstrumentId, Limits.MaxInstruments, _instruments.ContainsKey(request.InstrumentId));
        ReferenceInstrument? instrument = null;
        if (reason == RejectReason.None)
        {
            reason = CheckDefinition(request, out instrument);
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(reason);
            return;
        }

        _instruments.Add(instrument!.Id, instrument);
        Emit(Defined(instrument), instrument);
    }

    private static InstrumentDefinedBlock Defined(ReferenceInstrument instrument)
    {
        DefineInstrumentBlock definition = instrument.Definition;
        return new InstrumentDefinedBlock
        {
            BaseCurrencyId = definition.BaseCurrencyId,
            QuoteCurrencyId = definition.QuoteCurrencyId,
            TickScale = definition.TickScale,
            LotScale = definition.LotScale,
            MultiplierScale = definition.MultiplierScale,
            NegativePrices = definition.NegativePrices,
            Status = instrument.Status,
            TickMantissa = definition.TickMantissa,
            LotMantissa = definition.LotMantissa,
            MultiplierMantissa = definition.MultiplierMantissa,
            MinPrice = definition.MinPrice,
            MaxPrice = definition.MaxPrice,
            MaxQuantity = definition.MaxQuantity,
            NotionalPerTickLot = instrument.NotionalPerTickLot,
            BasePerLot = instrument.BasePerLot,
            Symbol = definition.Symbol,
            Kind = definition.Kind,
            SettlementDays = definition.SettlementDays,
            Flags = definition.Flags,
            ExpiryNs = definition.ExpiryNs,
            Environment = definition.Environment,
        };
    }

    private RejectReason CheckDefinition(in DefineInstrumentBlock request, out ReferenceInstrument? instrument)
    {
        instrument = null;
        if (!_currencies.TryGetValue(request.BaseCurrencyId, out DefineCurrencyBlock baseCurrency)
            || !_currencies.TryGetValue(request.QuoteCurrencyId, out DefineCurrencyBlock quoteCurrency))
        {
            return RejectReason.UnknownCurrency;
        }

        bool isSane = request.BaseCurrencyId != request.QuoteCurrencyId
            && request.NegativePrices <= 1
            && request.Environment <= Schemas.Environment.Demo
            && request.TickMantissa >= 1 && request.LotMantissa >= 1 && request.MultiplierMantissa >= 1
            && request.TickScale <= MaxDefinitionScale && request.LotScale <= MaxDefinitionScale
            && request.MultiplierScale <= MaxDefinitionScale
            && request.MaxQuantity >= 1
            && request.MinPrice <= request.MaxPrice
            && (request.NegativePrices == 1 || request.MinPrice >= 1);
        if (!isSane)
        {
            return RejectReason.InvalidDefinition;
        }

        BigInteger lotSize = (BigInteger)request.LotMantissa * request.MultiplierMantissa;
        int lotScale = request.LotScale + request.MultiplierScale;
        bool isExact =
            TryDivide(lotSize * Ten(baseCurrency.Scale), Ten(lotScale), out long basePerLot)
            & TryDivide(
                lotSize * request.TickMantissa * Ten(quoteCurrency.Scale),
                Ten(lotScale + request.TickScale),
                out long notionalPerTickLot);
        if (!isExact || !Fits((BigInteger)request.MaxQuantity * basePerLot))
        {
            return RejectReason.InvalidDefinition;
        }

        instrument = new ReferenceInstrument
        {
            Definition = request,
            NotionalPerTickLot = notionalPerTickLot,
            BasePerLot = basePerLot,
        };
        return CheckPositionTerms(instrument);
    }

    private static BigInteger Ten(int power) => BigInteger.Pow(10, power);

    /// <summary>Whether the quotient is a whole number of at least 1, the dividend within 127 bits and the quotient within 63.</summary>
    private static bool TryDivide(BigInteger dividend, BigInteger divisor, out long quotient)
    {
        BigInteger whole = BigInteger.DivRem(dividend, divisor, out BigInteger rest);
        bool fits = dividend < BigInteger.Pow(2, 127) && rest == 0 && whole >= 1 && whole <= long.MaxValue;
        quotient = fits ? (long)whole : 0;
        return fits;
    }

    private void SetTradingStatus(in SetTradingStatusBlock request)
    {
        if (!_instruments.TryGetValue(request.InstrumentId, out ReferenceInstrument? instrument))
        {
            RejectCommand(RejectReason.UnknownInstrument);
            return;
        }

        if (instrument.HasExpired)
        {
            RejectCommand(RejectReason.InstrumentExpired);
            return;
        }

        if (request.Status > TradingStatus.Halted)
        {
            RejectCommand(RejectReason.MalformedCommand);
            return;
        }

        instrument.Status = request.Status;
        Emit(new TradingStatusChangedBlock { Status = request.Status }, instrument);
    }
}
