using System;
using HftEngine.Core.Instruments;
using HftEngine.Core.Ledger;
using HftEngine.Core.Ledger.Positions;
using HftEngine.Core.Orders;
using HftEngine.Schemas;

namespace HftEngine.Core;

public sealed unsafe partial class Engine
{
    private const int MaxMantissaScale = 12;
    private const int MaxCurrencyScale = 9;

    /// <summary>The Genesis command for an engine with these limits.</summary>
    public static GenesisBlock GenesisOf(EngineLimits limits) => new()
    {
        MaxOrders = limits.MaxOrders,
        MaxPricePages = limits.MaxPricePages,
        MaxInstruments = limits.MaxInstruments,
        MaxCurrencies = limits.MaxCurrencies,
        MaxAccounts = limits.MaxAccounts,
        MaxBalances = limits.MaxBalances,
        MaxSessions = limits.MaxSessions,
        ClientIdWindow = limits.ClientIdWindow,
        MaxClientIds = limits.MaxClientIds,
        MaxFillsPerCommand = limits.MaxFillsPerCommand,
        RuleLevel = KnownRuleLevel,
        MaxOwners = limits.MaxOwners,
        MaxGateways = limits.MaxGateways,
        MaxJobs = limits.MaxJobs,
        HashSeed = limits.HashSeed,
        MaxRiskRows = limits.MaxRiskRows,
        MaxPermissions = limits.MaxPermissions,
        MaxPositions = limits.MaxPositions,
        MaxPositionLots = limits.MaxPositionLots,
        MaxFirms = limits.MaxFirms,
        MaxAccountGroups = limits.MaxAccountGroups,
        MaxWithdrawals = limits.MaxWithdrawals,
        MaxFeeSchedules = limits.MaxFeeSchedules,
        MaxKeptTrades = limits.MaxKeptTrades,
        MaxVolumeAccounts = limits.MaxVolumeAccounts,
    };

    /// <summary>The limits that a Genesis command states.</summary>
    public static EngineLimits LimitsOf(in GenesisBlock genesis) => new()
    {
        MaxOrders = genesis.MaxOrders,
        MaxPricePages = genesis.MaxPricePages,
        MaxInstruments = genesis.MaxInstruments,
        MaxCurrencies = genesis.MaxCurrencies,
        MaxAccounts = genesis.MaxAccounts,
        MaxBalances = genesis.MaxBalances,
        MaxSessions = genesis.MaxSessions,
        ClientIdWindow = genesis.ClientIdWindow,
        MaxClientIds = genesis.MaxClientIds,
        MaxFillsPerCommand = genesis.MaxFillsPerCommand,
        MaxOwners = genesis.MaxOwners,
        MaxGateways = genesis.MaxGateways,
        MaxJobs = genesis.MaxJobs,
        HashSeed = genesis.HashSeed,
        MaxRiskRows = genesis.MaxRiskRows,
        MaxPermissions = genesis.MaxPermissions,
        MaxPositions = genesis.MaxPositions,
        MaxPositionLots = genesis.MaxPositionLots,
        MaxFirms = genesis.MaxFirms,
        MaxAccountGroups = genesis.MaxAccountGroups,
        MaxWithdrawals = genesis.MaxWithdrawals,
        MaxFeeSchedules = genesis.MaxFeeSchedules,
        MaxKeptTrades = genesis.MaxKeptTrades,
        MaxVolumeAccounts = genesis.MaxVolumeAccounts,
    };

    private void Genesis(GenesisBlock* request)
    {
        // Compared as bytes, with what may differ taken over first; no record is made for it.
        GenesisBlock wanted = _genesis;
        wanted.Envelope = request->Envelope;
        wanted.RuleLevel = request->RuleLevel;
        bool agrees = new ReadOnlySpan<byte>(&wanted, sizeof(GenesisBlock))
            .SequenceEqual(new ReadOnlySpan<byte>(request, sizeof(GenesisBlock)));
        if (LastSequence != 0 || !agrees || request->RuleLevel > KnownRuleLevel)
        {
            RejectCommand(GenesisBlock.TemplateId, RejectReason.InvalidDefinition);
            return;
        }

        RuleLevel = request->RuleLevel;
        WriteResumed();
    }

    private void WriteResumed()
    {
        var block = (VenueResumedBlock*)_writer.Next(
            VenueResumedBlock.TemplateId, VenueResumedBlock.BlockLength, 0, 0);
        block->RuleLevel = RuleLevel;
    }

    private void ActivateRule(ActivateRuleBlock* request)
    {
        if (request->RuleLevel > KnownRuleLevel || request->RuleLevel < RuleLevel)
        {
            RejectCommand(ActivateRuleBlock.TemplateId, RejectReason.UnknownRule);
            return;
        }

        RuleLevel = request->RuleLevel;
        var block = (RuleActivatedBlock*)_writer.Next(
            RuleActivatedBlock.TemplateId, RuleActivatedBlock.BlockLength, 0, 0);
        block->RuleLevel = RuleLevel;
    }

    private void DefineCurrency(DefineCurrencyBlock* request)
    {
        uint id = request->CurrencyId;
        RejectReason reason = CheckNewId(id, _currencies.Length);
        if (reason == RejectReason.None && _currencies[id].Defined != 0)
        {
            reason = RejectReason.AlreadyDefined;
        }

        if (reason == RejectReason.None && request->Scale > MaxCurrencyScale)
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(DefineCurrencyBlock.TemplateId, reason);
            return;
        }

        _currencies[id] = new Currency { Code = request->Code, Scale = request->Scale, Defined = 1 };
        WriteCurrency(id);
    }

    private void WriteCurrency(uint id)
    {
        var block = (CurrencyDefinedBlock*)_writer.Next(
            CurrencyDefinedBlock.TemplateId, CurrencyDefinedBlock.BlockLength, 0, 0);
        FillCurrency(block, id);
    }

    private void FillCurrency(CurrencyDefinedBlock* block, uint id)
    {
        block->CurrencyId = id;
        block->Scale = _currencies[id].Scale;
        block->Code = _currencies[id].Code;
    }

    private static RejectReason CheckNewId(uint id, uint length)
    {
        if (id == 0)
        {
            return RejectReason.InvalidDefinition;
        }

        return id >= length ? RejectReason.CapacityExceeded : RejectReason.None;
    }

    private void DefineInstrument(DefineInstrumentBlock* request)
    {
        uint id = request->InstrumentId;
        RejectReason reason = CheckNewId(id, Limits.MaxInstruments);
        if (reason == RejectReason.None && _instruments[id].IsDefined)
        {
            reason = RejectReason.AlreadyDefined;
        }

        if (reason == RejectReason.None
            && (!IsCurrency(request->BaseCurrencyId) || !IsCurrency(request->QuoteCurrencyId)))
        {
            reason = RejectReason.UnknownCurrency;
        }

        long notionalPerTickLot = 0;
        long basePerLot = 0;
        PositionTerms terms = default;
        if (reason == RejectReason.None
            && (!TryUnits(request, out notionalPerTickLot, out basePerLot) || !TryTerms(request, notionalPerTickLot, out terms)))
        {
            reason = RejectReason.InvalidDefinition;
        }

        if (reason != RejectReason.None)
        {
            RejectCommand(DefineInstrumentBlock.TemplateId, reason);
            return;
        }

        _instruments[id] = new Instrument
        {
            NotionalPerTickLot = notionalPerTickLot,
            BasePerLot = basePerLot,
            MinPrice = request->MinPrice,
            MaxPrice = request->MaxPrice,
            MaxQuantity = request->MaxQuantity,
            BaseCurrencyId = request->BaseCurrencyId,
            QuoteCurrencyId = request->QuoteCurrencyId,
            NegativePrices = request->NegativePrices,
            Environment = request->Environment,
            HasFees = HasAssignment(0) ? (byte)1 : (byte)0,
            TickScale = request->TickScale,
            LotScale = request->LotScale,
            MultiplierScale = request->MultiplierScale,
            TickMantissa = request->TickMantissa,
            LotMantissa = request->LotMantissa,
            MultiplierMantissa = request->MultiplierMantissa,
            Symbol = request->Symbol,
            LastPrice = Instrument.NoPrice,
            Kind = request->Kind,
            Features = FeaturesOf(request),
        };
        _positionTerms[id] = terms;
        WriteInstrument(id);
    }

    private bool IsCurrency(uint id) => id < _currencies.Length && _currencies[id].Defined != 0;

    /// <summary>The instrument's whole units and the rest of its definition; false = refused.</summary>
    private bool TryUnits(DefineInstrumentBlock* request, out long notionalPerTickLot, out long basePerLot)
    {
        notionalPerTickLot = 0;
        basePerLot = 0;
        bool plausible = request->TickMantissa >= 1 && request->LotMantissa >= 1 && request->MultiplierMantissa >= 1
            && request->TickScale <= MaxMantissaScale
            && request->LotScale <= MaxMantissaScale
            && request->MultiplierScale <= MaxMantissaScale
            && request->BaseCurrencyId != request->QuoteCurrencyId
            && request->NegativePrices <= 1
            && request->Environment <= Schemas.Environment.Demo
            && request->MaxQuantity >= 1
            && request->MinPrice <= request->MaxPrice
            && (request->NegativePrices == 1 || request->MinPrice >= 1);
        if (!plausible)
        {
            return false;
        }

        Int128 lot = (Int128)request->LotMantissa * request->MultiplierMantissa;
        int lotScale = request->LotScale + request->MultiplierScale;
        return TryMultiply(lot, request->TickMantissa, out Int128 tickLot)
            && TryWhole(tickLot, lotScale + request->TickScale, _currencies[request->QuoteCurrencyId].Scale, out notionalPerTickLot)
            && TryWhole(lot, lotScale, _currencies[request->BaseCurrencyId].Scale, out basePerLot)
            && Math.BigMul(request->MaxQuantity, basePerLot, out long low) == 0
            && low >= 0;
    }

    /// <summary>value × 10^currencyScale / 10^scale, when it is a whole number within 63 bits and the product fits.</summary>
    private static bool TryWhole(Int128 value, int scale, int currencyScale, out long whole)
    {
        whole = 0;
        if (!TryMultiply(value, PowerOfTen(currencyScale), out Int128 scaled))
        {
            return false;
        }

        Int128 divisor = PowerOfTen(scale);
        Int128 quotient = scaled / divisor;
        if (quotient * divisor != scaled || quotient < 1 || quotient > long.MaxValue)
        {
            return false;
        }

        whole = (long)quotient;
        return true;
    }

    private static bool TryMultiply(Int128 a, Int128 b, out Int128 product)
    {
        // Both are at least 1, so the quotient tells whether the product fits in 127 bits.
        bool fits = a <= Int128.MaxValue / b;
        product = fits ? a * b : 0;
        return fits;
    }

    private static Int128 PowerOfTen(int exponent)
    {
        Int128 power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }

    private void WriteInstrument(uint id)
    {
        var block = (InstrumentDefinedBlock*)_writer.Next(
            InstrumentDefinedBlock.TemplateId, InstrumentDefinedBlock.BlockLength, id, 0);
        FillInstrument(block, id);
    }

    private void FillInstrument(InstrumentDefinedBlock* block, uint id)
    {
        ref Instrument instrument = ref _instruments[id];
        block->BaseCurrencyId = instrument.BaseCurrencyId;
        block->QuoteCurrencyId = instrument.QuoteCurrencyId;
        block->TickScale = instrument.TickScale;
        block->LotScale = instrument.LotScale;
        block->MultiplierScale = instrument.MultiplierScale;
        block->NegativePrices = instrument.NegativePrices;
        block->Status = instrument.Status;
        block->TickMantissa = instrument.TickMantissa;
        block->LotMantissa = instrument.LotMantissa;
        block->MultiplierMantissa = instrument.MultiplierMantissa;
        block->MinPrice = instrument.MinPrice;
        block->MaxPrice = instrument.MaxPrice;
        block->MaxQuantity = instrument.MaxQuantity;
        block->NotionalPerTickLot = instrument.NotionalPerTickLot;
        block->BasePerLot = instrument.BasePerLot;
        block->Symbol = instrument.Symbol;
        block->Kind = instrument.Kind;
        block->SettlementDays = _positionTerms[id].SettlementDays;
        block->Flags = _positionTerms[id].Flags;
        block->ExpiryNs = _positionTerms[id].ExpiryNs;
        block->Environment = instrument.Environment;
    }

    private void SetTradingStatus(SetTradingStatusBlock* request)
    {
        if (DefinedOrZero(request->InstrumentId) == 0)
        {
            RejectCommand(SetTradingStatusBlock.TemplateId, RejectReason.UnknownInstrument);
            return;
        }

        if (_settlements[request->InstrumentId].Expired != 0)
        {
            RejectCommand(SetTradingStatusBlock.TemplateId, RejectReason.InstrumentExpired);
            return;
        }

        if (request->Status > TradingStatus.Halted)
        {
            RejectCommand(SetTradingStatusBlock.TemplateId, RejectReason.MalformedCommand);
            return;
        }

        _instruments[request->InstrumentId].Status = request->Status;
        var block = (TradingStatusChangedBlock*)_writer.Next(
            TradingStatusChangedBlock.TemplateId, TradingStatusChangedBlock.BlockLength, request->InstrumentId, 0);
        block->Status = request->Status;
    }
}
